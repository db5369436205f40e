"""The milepost as a whole on a shipped model: quiet where nothing changed, right where something did."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from milepost.errors import InputError
from milepost.registry import import_file
from milepost.report.blocks import charts, plain
from milepost.steps.base import Told
from milepost.steps.explain import Explain
from milepost.steps.monitor import Monitor
from milepost.steps.outcomes import Naming, record
from milepost.steps.ship import Ship

stages = import_file(Path(__file__).with_name("stages.py"))


def requests(rows, seed, **columns):
    """Requests of a month, without their truth but with what it hangs on."""
    made = stages.shop(rows, seed)
    at = [datetime(2024, 6, 1) + timedelta(minutes=60 * i) for i in range(rows)]
    return made.with_columns(at=pl.Series(at), **columns)


@pytest.fixture(scope="module")
def shipped(staged):
    """Stages with a package, one a task."""
    made = {}

    def stage(task):
        if task not in made:
            made[task] = staged(task, anew=True)
            for step in (Explain(), Ship()):
                made[task].keep(step.name, step.run(made[task].work(step.name)).findings)
        return made[task]

    return stage


def watched(stage, table, step=None, **brief):
    file = stage.project.folder / "requests.parquet"
    table.drop(stages.EVERY, strict=False).write_parquet(file)
    work = stage.work("monitor", **{"data__time": "", **brief})
    return (step or Monitor(data=str(file), time="at", window="10d", every=20)).run(work), work, file


def test_where_nothing_changed_it_is_quiet(shipped) -> None:
    outcome, _, _ = watched(shipped("binary"), requests(720, 5))
    found = outcome.findings
    assert outcome.verdict == "passed", outcome.reason
    assert [w.rows for w in found.windows] == [240, 240, 240]
    assert found.rate == 0.05
    assert found.vigil is None
    assert "one window in 20" in outcome.reason


def test_a_planted_change_is_named_first_and_shown(shipped) -> None:
    late = pl.int_range(pl.len()) >= 480
    changed = requests(720, 6).with_columns(kind=pl.when(late).then(pl.lit("a")).otherwise("kind"))
    stage = shipped("binary")
    outcome, work, _ = watched(stage, changed)
    assert outcome.verdict == "failed"
    first = outcome.findings.alarms[0]
    assert (first.name, first.column, first.windows) == ("drift kind", "kind", 1)
    assert first.first == first.last == outcome.findings.windows[2].name
    assert first.examples[0][0] == "kind"
    assert "kind" in outcome.reason
    evidence = stage.keep("monitor", outcome.findings)
    blocks = Monitor().tell(Told(outcome.findings, evidence, work))
    text = str(plain(blocks))
    assert "Alarms, the costliest first" in text
    assert "cannot see that it has" in text
    assert len(charts(blocks)) == 2


def test_outcomes_show_a_changed_relation_that_inputs_do_not(shipped) -> None:
    stage = shipped("binary")
    table = requests(900, 7)
    half = pl.int_range(pl.len()) >= 300
    table = table.with_columns(late=pl.when(half).then(1 - pl.col("late")).otherwise("late"))
    quiet, _, file = watched(stage, table)
    assert quiet.verdict == "passed", quiet.reason
    naming = Naming(requests=str(file), keys=stage.project.brief.data.keys)
    record(stage.project.ledger, stage.project.blobs, stage.task, table.select("late", "age"), naming)
    outcome, _, _ = watched(stage, table)
    assert outcome.findings.labelled == 900
    assert outcome.verdict == "failed", outcome.findings
    assert outcome.findings.alarms[0].name == "real"
    assert outcome.findings.vigil.alarm
    assert outcome.findings.vigil.moment.startswith("2024-06-1")
    assert "promise is broken" in outcome.reason


@pytest.mark.parametrize("task", ["multiclass", "multilabel", "regression", "vector"])
def test_every_task_is_watched(shipped, task) -> None:
    late = pl.int_range(pl.len()) >= 240
    changed = requests(480, 8).with_columns(age=pl.when(late).then(pl.col("age") + 40).otherwise("age"))
    outcome, _, _ = watched(shipped(task), changed)
    assert outcome.verdict == "failed"
    assert next(alarm for alarm in outcome.findings.alarms if alarm.column).column == "age"
    assert all(window.estimated for window in outcome.findings.windows)


def test_too_few_requests_are_not_judged(shipped) -> None:
    outcome, _, _ = watched(shipped("binary"), requests(20, 9))
    assert outcome.verdict == "noted"
    assert "too few to judge" in outcome.reason


def test_how_late_outcomes_come_is_told(shipped) -> None:
    stage = shipped("multiclass")
    table = requests(480, 11)
    _, _, file = watched(stage, table)
    late = table.select("grade", "age", known=pl.col("at") + pl.duration(days=5))
    naming = Naming(requests=str(file), at="known", keys=stage.project.brief.data.keys)
    record(stage.project.ledger, stage.project.blobs, stage.task, late, naming)
    outcome, _, _ = watched(stage, table)
    shares = {days: share for days, share, _ in outcome.findings.maturity}
    assert shares[3] == 0.0
    assert shares[7] == 1.0


def test_its_key_hangs_on_requests_and_outcomes(shipped, tmp_path) -> None:
    ledger, step = shipped("binary").project.ledger, Monitor(data=str(tmp_path))
    empty = step.outside(tmp_path, ledger)
    (tmp_path / "requests-2024-01-01.1.jsonl").write_text("{}\n")
    one = step.outside(tmp_path, ledger)
    assert one != empty
    with (tmp_path / "requests-2024-01-01.1.jsonl").open("a") as log:
        log.write("{}\n")
    assert step.outside(tmp_path, ledger) != one


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (Monitor(data="nowhere"), "no requests in"),
        (Monitor(every=1), "Two windows or more"),
        (Monitor(alpha=2.0), "a probability"),
    ],
)
def test_what_cannot_be_is_refused(shipped, step, sentence) -> None:
    with pytest.raises(InputError, match=sentence):
        watched(shipped("binary"), requests(30, 1), step)


def test_a_missing_time_falls_back_to_the_order_of_rows(shipped) -> None:
    table = requests(700, 5).drop("at", "day")
    step = Monitor(data=str(shipped("binary").project.folder / "requests.parquet"))
    outcome, _, _ = watched(shipped("binary"), table, step, data__time="day")
    assert outcome.findings.length == "500 rows"
    assert np.isfinite(outcome.findings.normal)
