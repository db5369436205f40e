"""The quick learning curve is judged on units that its models had not learnt from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.labelling import label, pool, truth_of

from milepost import Project
from milepost.labels.plan import Terms
from milepost.project.guess import Known
from milepost.project.learning import curve
from milepost.report.numbers import numbers
from milepost.steps.whereabouts import frame_of


def test_errors_fall_where_labels_teach_and_copies_do_not_make_them_fall() -> None:
    table, truth = pool(600)
    have = Known(table, tuple(truth), tuple(map(str, range(600))))
    made = curve(have, np.arange(600))
    assert made is not None
    assert made.losses[0] != made.losses[-1]
    assert np.mean(made.losses[-1]) < np.mean(made.losses[0])
    assert made.sizes[-1] <= 480
    rng = np.random.default_rng(0)
    noise = frame_of([{"x": float(x)} for x in np.repeat(rng.normal(size=60), 8)])
    said = tuple(np.repeat(rng.permutation(["a", "b"] * 30), 8).tolist())
    copied = curve(Known(noise, said, tuple(map(str, range(480)))), np.repeat(np.arange(60), 8))
    assert copied is not None
    assert np.mean(copied.losses[-1]) > 0.35, "copies lie on one side"


def test_too_few_labels_have_no_curve() -> None:
    table, truth = pool(40)
    assert curve(Known(table, tuple(truth), tuple(map(str, range(40)))), np.arange(40)) is None


def test_a_project_tells_what_labels_buy_before_the_road_has_a_curve(tmp_path: Path) -> None:
    table, truth = pool(260)
    project = Project.new(tmp_path / "p", table, "y", labels="no,yes")
    project.labels.start(Terms("we", price=0.1), overlap=1)
    label(project, truth_of(table, truth), {"ann": 1.0}, 150)
    found = project.labels.worth()
    assert found is not None
    assert found.measured.loss == "share of wrong answers"
    assert found.tuning is None
    if found.rows:
        assert "what tuning buys is told once" in found.says
    assert len(numbers(found.chart())[1]) == len(found.sizes)
