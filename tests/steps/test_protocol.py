from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from milepost.data.split import Fold
from milepost.digest import plain
from milepost.errors import InputError
from milepost.steps.base import Told, typed
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Findings, Protocol, late


def chosen(bench):
    bench.run(Prepare())
    outcome = bench.run(Protocol())
    return outcome, bench.blobs.get_array(outcome.artifacts["folds"])


def test_many_rows_are_judged_by_one_holdout(road, related) -> None:
    outcome, folds = chosen(road(related(60_000)))
    found = outcome.findings
    assert (found.kind, found.folds, folds.shape) == ("holdout", 1, (1, 60_000))
    assert outcome.verdict == "passed"
    assert found.halfwidth <= found.tolerance
    assert found.needed is None
    assert (folds[0] == 2).sum() == pytest.approx(12_000, abs=2)


def test_fewer_rows_are_judged_by_folds_and_the_rows_needed_are_told(road, related) -> None:
    outcome, folds = chosen(road(related(400), seconds=25.0))
    found = outcome.findings
    assert (found.kind, found.unit, found.units) == ("kfold", "row", 400)
    assert (folds == 2).sum(axis=0).tolist() == [1] * 400
    assert outcome.verdict == "noted"
    assert found.needed > 400
    assert f"{found.needed:,} rows" in outcome.reason


def test_a_noisy_draw_of_folds_is_repeated_where_time_allows(road, related) -> None:
    outcome, folds = chosen(road(related(150), seconds=3000.0))
    found = outcome.findings
    assert found.split_noise > 0.003
    assert found.kind == "repeated"
    assert found.repeats >= 2
    assert len(folds) == found.folds * found.repeats == len(found.repeat_of)
    assert (folds == 2).sum(axis=0).tolist() == [found.repeats] * 150
    hurried, _ = chosen(road(related(150), seconds=2.0))
    assert hurried.findings.repeats == 1


def test_a_group_is_never_on_both_sides(road, related) -> None:
    person = np.arange(600) // 6
    frame = related(600).with_columns(pl.Series("person", person))
    outcome, folds = chosen(road(frame, groups=person, data={"group": "person"}))
    found = outcome.findings
    assert found.grouped
    assert (found.unit, found.units) == ("group", 100)
    for fold in folds:
        assert not set(person[fold == 1]) & set(person[fold == 2])
    assert found.price is not None


def test_the_past_judges_nothing_and_late_answers_are_left_out(road, related) -> None:
    days = [datetime(2020, 1, 1) + timedelta(days=d // 3) for d in range(900)]
    frame = related(900).with_columns(pl.Series("day", days))
    outcome, folds = chosen(road(frame, data={"time": "day"}))
    assert (outcome.findings.kind, outcome.findings.unit) == ("rolling", "day")
    _, gapped = chosen(road(frame, data={"time": "day", "delay": "14d"}))
    stamps = np.array(days)
    for fold, gap in zip(folds, gapped, strict=True):
        assert stamps[fold == 1].max() < stamps[fold == 2].min()
        assert stamps[gap == 1].max() + timedelta(days=14) <= stamps[gap == 2].min()
        assert (gap == 1).sum() < (fold == 1).sum()


def test_long_windows_are_judged_by_a_part_of_their_rows(road, related, monkeypatch) -> None:
    rows = 600
    moments = [datetime(2024, 1, 1) + timedelta(hours=i) for i in range(rows)]
    frame = related(rows).with_columns(pl.Series("at", moments))
    whole, _ = chosen(road(frame, data={"time": "at"}))
    monkeypatch.setattr("milepost.steps.protocol.JUDGED", 100)
    outcome, folds = chosen(road(frame, data={"time": "at"}))
    found = outcome.findings
    assert sum(found.valid_rows) <= 100 < sum(whole.findings.valid_rows)
    assert found.train_rows == whole.findings.train_rows
    assert len(set(found.valid_rows)) == 1
    for one in folds:
        assert np.flatnonzero(one == 1).max() < np.flatnonzero(one == 2).min()


def test_answers_that_come_after_all_rows_leave_nothing_to_learn_from() -> None:
    time = pl.Series([datetime(2020, 1, 1) + timedelta(days=d) for d in range(10)])
    drawn = (Fold(np.arange(5), np.arange(5, 10)),)
    assert late(drawn, time, "") == drawn
    with pytest.raises(InputError, match="no older row"):
        late(drawn, time, "90d")


def test_a_class_without_training_rows_fails(road, related) -> None:
    frame = related(300).with_columns(
        pl.when(pl.int_range(300) == 5).then(pl.lit("third")).otherwise(pl.col("y")).alias("y")
    )
    outcome, _ = chosen(road(frame, "multiclass", "log_loss"))
    assert outcome.verdict == "failed"
    assert "'third'" in outcome.reason


@pytest.mark.parametrize("kind", ["multiclass", "number"])
def test_every_task_has_a_protocol_and_a_story(road, related, kind) -> None:
    task, metric = ("multiclass", "log_loss") if kind == "multiclass" else ("regression", "rmse")
    bench = road(related(kind=kind), task, metric)
    outcome, _ = chosen(bench)
    found = typed(Findings, plain(outcome.findings))
    assert found == outcome.findings
    text = str(Protocol().tell(Told(found, bench.evidence["protocol"], bench.work(Protocol()))))
    assert "independent units" in text
    assert "takes about" in text


def test_a_vector_is_judged_as_well(road, related) -> None:
    frame = related(200, kind="number").with_columns((pl.col("x1") * 2).alias("z"))
    bench = road(frame, "vector", "rmse", target={"columns": ["y", "z"], "task": "vector"})
    outcome, folds = chosen(bench)
    assert outcome.findings.folds == len(folds)
