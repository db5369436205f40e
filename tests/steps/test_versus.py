"""The paired test that decides is the one that the method names, and flips are shown."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from milepost import metrics
from milepost.statistics.delong import delong
from milepost.steps.ground import Ground
from milepost.steps.versus import compare, correct, flipped, score
from milepost.tasks.base import tasks

BINARY = tasks["binary"].of({"targets": ["y"], "labels": ["no", "yes"]})
NUMBER = tasks["regression"]


def seen(truth: Any, champion: Any, candidate: Any, task: Any = BINARY) -> Ground:
    arrays = [np.asarray(a) for a in (truth, champion, candidate)]
    return Ground(task, *arrays, np.arange(len(arrays[0])), {}, {})


def model(threshold: float | tuple[float, ...] | None = None) -> Any:
    columns = [
        SimpleNamespace(name="x", dtype="float", wire="float"),
        SimpleNamespace(name="photo", dtype="image", wire="pixels"),
        SimpleNamespace(name="said", dtype="text", wire="bytes"),
    ]
    return SimpleNamespace(
        cut=lambda _: threshold, package=SimpleNamespace(manifest=SimpleNamespace(columns=columns))
    )


@pytest.fixture
def noisy() -> Ground:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 600)
    old = 1 / (1 + np.exp(-(2 * truth - 1 + rng.normal(0, 1.5, 600))))
    new = 1 / (1 + np.exp(-(2 * truth - 1 + rng.normal(0, 1.0, 600))))
    return seen(truth, old, new)


def test_accuracy_of_rows_that_stand_alone_is_judged_by_mcnemar() -> None:
    """The reference table [[101, 121], [59, 33]]: exact p 4.43e-06, and mid-p close below it."""
    old = np.repeat([1, 0, 1, 0], [101, 121, 59, 33])
    new = np.repeat([1, 1, 0, 0], [101, 121, 59, 33])
    truth = np.ones(314, np.int64)
    test = compare(
        metrics.get("accuracy"), seen(truth, old * 0.8 + 0.1, new * 0.8 + 0.1), np.arange(314), 0.0
    )
    assert test.method == "McNemar mid-p"
    assert test.gain == pytest.approx(62 / 314)
    assert 2e-6 < test.p_two < 4.43e-6


def test_areas_are_judged_by_delong_on_the_same_rows(noisy: Ground) -> None:
    test = compare(metrics.get("roc_auc"), noisy, np.arange(600), 0.01)
    areas, cover = delong(noisy.truth, [noisy.candidate, noisy.champion])
    assert test.method == "DeLong on roc_auc"
    assert test.gain == pytest.approx(areas[0] - areas[1])
    error = np.sqrt(cover[0, 0] + cover[1, 1] - 2 * cover[0, 1])
    assert test.standard_error == pytest.approx(error, rel=0.01)
    assert test.beats


def test_losses_that_share_a_unit_count_once(noisy: Ground) -> None:
    twice = seen(*(np.repeat(a, 4) for a in (noisy.truth, noisy.champion, noisy.candidate)))
    alone = compare(metrics.get("log_loss"), noisy, np.arange(600), 0.0)
    units = compare(metrics.get("log_loss"), twice, np.repeat(np.arange(600), 4), 0.0)
    naive = compare(metrics.get("log_loss"), twice, np.arange(2400), 0.0)
    assert units.standard_error == pytest.approx(alone.standard_error, rel=0.02)
    assert naive.standard_error == pytest.approx(alone.standard_error / 2, rel=0.02)


def test_any_other_metric_is_resampled(noisy: Ground) -> None:
    test = compare(metrics.get("recall_at_20%"), noisy, np.arange(600) // 10, 0.01)
    assert "bootstrap" in test.method
    assert test.interval.low < test.gain < test.interval.high


def test_scores_come_with_intervals_and_without_where_undefined(noisy: Ground) -> None:
    found = score(metrics.get("roc_auc"), noisy, np.arange(600), 2, "decides")
    assert found is not None
    assert found.champion_low < found.champion < found.champion_high
    assert found.gain == pytest.approx(found.candidate - found.champion)
    assert (found.generation, found.rows, found.note) == (2, 600, "decides")
    one = seen(np.ones(50, np.int64), np.full(50, 0.5), np.full(50, 0.6))
    assert score(metrics.get("roc_auc"), one, np.arange(50), 1) is None


def test_each_model_decides_by_its_own_threshold() -> None:
    rows = seen([1, 1, 0], [0.4, 0.2, 0.4], [0.4, 0.9, 0.4])
    old, new = correct(rows, model(0.3), model(None))
    assert old.tolist() == [True, False, False]
    assert new.tolist() == [False, True, True]


def test_the_costliest_negative_flips_are_shown_first() -> None:
    rows = seen([1, 1, 1, 0], [0.9, 0.8, 0.9, 0.2], [0.4, 0.01, 0.95, 0.6])
    frame = pl.DataFrame({"x": [10, 20, 30, 40], "y": ["yes", "yes", "yes", "no"]})
    counts, shown = flipped(rows, (model(), model()), frame, most=2)
    assert (counts.negative, counts.positive) == (3, 0)
    assert [flip.row["x"] for flip in shown] == ["20", "10"]
    assert shown[0].truth == "yes"
    assert "80" in shown[0].old


def test_pictures_and_texts_of_flips_are_shown_as_they_are() -> None:
    rows = seen([1, 1], [0.9, 0.8], [0.4, 0.1])
    photo = f"image:{'a' * 64}"
    frame = pl.DataFrame({"x": [1, 2], "photo": [photo, None], "said": ["a" * 90, "short"]})
    _, (second, first) = flipped(rows, (model(), model()), frame)
    assert first.row == {"x": "1"}
    assert [(one.kind, one.value) for one in first.shown] == [("image", photo), ("text", "")]
    assert first.shown[1].pieces == (("a" * 90, 0.0),)
    assert second.shown[0].pieces == (("missing", 0.0),)


def test_numbers_flip_where_they_leave_the_usual_error() -> None:
    task = NUMBER.bind(pl.DataFrame({"y": [0.5 * i * i for i in range(20)]}))
    rows = seen(np.zeros(4), np.array([1.0, 1.0, 2.0, 3.0]), np.array([9.0, 0.0, 0.0, 3.0]), task)
    old, new = correct(rows, model(), model())
    assert old.tolist() == [True, True, False, False]
    assert new.tolist() == [False, True, True, False]


def test_a_row_of_several_labels_is_right_where_all_are() -> None:
    several = tasks["multilabel"].of({"targets": ["y"], "labels": ["a", "b"], "form": ";"})
    rows = seen([[1, 0], [1, 1]], [[0.4, 0.2], [0.4, 0.2]], [[0.9, 0.4], [0.9, 0.6]], several)
    old, new = correct(rows, model((0.3, 0.3)), model(None))
    assert old.tolist() == [True, False]
    assert new.tolist() == [True, True]
