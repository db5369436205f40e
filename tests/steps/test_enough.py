"""Enough labels is a computed number; agreement below the bar stops the road."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.labelling import Crowded, label, pool, truth_of

from milepost import Project
from milepost.brief import Brief
from milepost.labels.plan import Terms
from milepost.statistics.intervals import hanley_mcneil_se
from milepost.steps import enough
from milepost.steps.team import Span, Team
from milepost.tasks.infer import infer


def crowd(alpha: float | None, items: int = 100) -> Team:
    span = None if alpha is None else Span("alpha", alpha, alpha - 0.1, alpha + 0.1, items)
    classes = (Span("no", 0.9, 0.8, 1.0, 50), Span("yes", 0.5, 0.4, 0.6, 50))
    return Team(
        "choice", 100, 0, 200, 200, 100, 0, (), 4.0, 0.1, "EUR", 20.0, items, span, span, classes, (), "", "",
        {}, (),
    )  # fmt: skip


def bound(values: list):
    frame = pl.DataFrame({"y": values})
    task, _ = infer(frame)
    return task, task.encode(frame)


def test_the_bar_of_an_accuracy_is_the_share_that_is_hardest_to_know() -> None:
    name, wide, needed = enough.bar(*bound(["a", "b"] * 50), "accuracy", 0.05)
    assert name == "accuracy"
    assert wide == pytest.approx(1.96 * np.sqrt(0.25 / 100))
    assert needed == 385  # 0.25 (1.96 / 0.05)^2 = 384.2


def test_the_bar_of_an_area_under_the_curve_counts_the_rarest_class() -> None:
    _, wide, _ = enough.bar(*bound(["a"] * 90 + ["b"] * 10), "roc_auc", 0.05)
    assert wide == pytest.approx(1.96 * hanley_mcneil_se(0.8, 10, 90))


def test_a_loss_that_every_row_has_alike_foretells_nothing() -> None:
    assert enough.bar(*bound(["a", "b"] * 50), "log_loss", 0.05)[1:] == (None, None)


@pytest.mark.parametrize(
    ("alpha", "items", "verdict"),
    [
        (0.66, 100, "failed"),
        (0.66, 10, "noted"),
        (0.7, 100, "noted"),
        (0.81, 100, "passed"),
        (None, 0, "noted"),
    ],
)
def test_agreement_has_its_bars(alpha: float | None, items: int, verdict: str) -> None:
    told = enough.agreeing(crowd(alpha, items))
    assert told[0] == verdict
    if verdict == "failed":
        assert "least about 'yes'" in told[1]


def test_too_few_labels_wait_with_the_number_and_the_command(tmp_path) -> None:
    table, truth = pool(200)
    project = Project.new(tmp_path / "p", table, "y", labels="no,yes", metric="accuracy")
    project.labels.start(Terms(people=2), overlap=2)
    label(project, truth_of(table, truth), {"ann": 1.0, "ben": 1.0}, most=110)
    status = project.run(yes=True)
    assert status.code == 4
    assert status.miles[2].state == "waiting"
    rows = project.found("collect").development
    assert f"takes 385: {385 - rows} more to develop with" in status.miles[2].reason
    assert f"milepost labels status {project.folder}" in status.next
    project.step("annotate", tolerance=0.3)
    assert project.status().miles[2].state == "passed"


def test_the_chapter_shows_agreement_and_labels_over_time(crowded: Crowded) -> None:
    status = crowded.project.run(until="annotate", yes=True)
    assert status.miles[2].state == "failed"
    assert "it is the guideline that has to be mended" in status.miles[2].reason
    page = crowded.project.report().read_text()
    assert "How well people agree, label by label" in page
    assert "Labels over time" in page
    assert "hasty-hal" in page


@pytest.mark.parametrize(("tuning", "says"), [(0.0001, "label"), (0.9, "tune")])
def test_fifty_hours_of_labels_at_the_measured_pace_beside_tuning(tuning: float, says: str) -> None:
    sizes = [50, 100, 200, 400, 800]
    losses = [[0.2 + 3 / size**0.5 + jitter for jitter in (-0.002, 0.0, 0.002)] for size in sizes]
    hours = {"exchange": (1.0, 1.0), "tuning_low": tuning, "tuning_high": tuning * 1.1}
    found = {
        "tune": {"hours": hours},
        "overfit": {"learning": {"learner": "lightgbm", "sizes": sizes, "losses": losses}},
    }
    work: Any = SimpleNamespace(
        has=found.__contains__,
        evidence={name: SimpleNamespace(findings=body) for name, body in found.items()},
        brief=Brief.of({}),
    )
    told = enough.more(work, replace(crowd(0.9), seconds=75.0, left=2_000))
    assert "2,000 more rows" in told
    assert "for 200 EUR" in told
    assert f": {says}. For their cost" in told
    assert enough.more(work, replace(crowd(0.9), seconds=None)) == ""
