"""The search keeps to its clock or to its trials, counts every look once, and takes luck off."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np
import polars as pl
import pytest

from milepost import Project
from milepost.errors import MilepostError
from milepost.learners.base import Learner, learners
from milepost.ledger import Ledger
from milepost.report.blocks import charts
from milepost.steps.base import Told, typed
from milepost.steps.final import Final
from milepost.steps.material import material
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.tune import Findings, Tune
from milepost.store.rows import Rows
from milepost.testing import toys

QUICK = ("linear", "lightgbm")
TRIALS = {"budget": {"seconds": 20.0, "threads": 1, "trials": 3}}


def tuned(bench, families=QUICK, budget=None):
    if "protocol" not in bench.evidence:
        bench.run(Prepare())
        bench.run(Protocol())
    return bench.run(Tune(budget=budget, families=families))


def test_every_configuration_is_told_with_its_weight_and_counted(searched) -> None:
    bench, outcome = searched
    found = outcome.findings
    assert outcome.verdict in ("passed", "noted")
    assert len(found.tried) == len(found.history) == 3
    assert sum(t.weight for t in found.tried) == pytest.approx(1)
    assert [t.loss for t in found.tried] == sorted(t.loss for t in found.tried)
    assert [best for _, _, best in found.history] == sorted((b for _, _, b in found.history), reverse=True)
    looks = [look["step"] for look in bench.ledger.looks()]
    assert len(looks) == found.looks
    assert looks.count("tune") == 3
    assert {f"prediction:{t.name}" for t in found.tried} <= set(outcome.artifacts)
    assert found.low < found.corrected < found.high
    assert found.corrected <= found.naive
    assert 0 < found.prior < 0.2
    assert found.threshold_low <= found.threshold <= found.threshold_high


@pytest.mark.parametrize(
    ("kind", "task", "metric"),
    [("multiclass", "multiclass", "log_loss"), ("number", "regression", "rmse")],
)
def test_other_tasks(road, related, kind, task, metric) -> None:
    bench = road(related(kind=kind), task, metric, **TRIALS)
    found = tuned(bench).findings
    assert found.threshold is None
    assert found.corrected >= found.naive
    assert len(found.fold_scores) == len(bench.work(Tune()).array("protocol", "folds")) > 1


def test_trials_of_the_command_are_exact_and_can_be_replayed(road, related) -> None:
    bench = road(related())
    bench.run(Prepare())
    bench.run(Protocol())
    first = bench.run(Tune(families=("linear",), trials=7)).findings
    assert first.trials == 7
    assert first.suggested == 4
    assert len(first.tried) + len(first.dropped) == 7
    assert first.looks == 7 + len(first.features.judged)
    assert first.hours.choice == ""  # no learning curve without overfit
    (bench.folder / "trials.json").write_text(json.dumps(bench.ledger.looks(), default=str))
    other = road(related())
    other.run(Prepare())
    other.run(Protocol())
    (other.folder / "trials.json").write_text((bench.folder / "trials.json").read_text())
    again = other.run(Tune(families=("linear",), replay="trials.json")).findings
    assert [t.name for t in again.tried] == [t.name for t in first.tried]
    assert [t.weight for t in again.tried] == [t.weight for t in first.tried]
    assert again.corrected == first.corrected
    assert again.suggested == 0


def test_a_sample_that_is_asked_for_gives_the_same_search_again_and_below_it_too(road, related) -> None:
    found = []
    for _ in range(2):
        bench = road(related(900), **TRIALS)
        bench.run(Prepare())
        bench.run(Protocol())
        found.append(bench.run(Tune(families=QUICK, rows=300)).findings)
    first, again = found
    assert [(t.name, t.loss, t.weight) for t in first.tried] == [
        (t.name, t.loss, t.weight) for t in again.tried
    ]
    assert first.corrected == again.corrected
    assert first.sample.rows == 300
    assert "trained on 300 of" in first.sample.why
    assert any(
        first.sample.why in str(block)
        for block in Tune().tell(Told(first, bench.evidence["tune"], bench.work(Tune())))
    )
    below = Final()
    assert {len(fold.train) for fold in material(bench.work(below)).folds} == {300}
    above = {len(fold.train) for fold in material(bench.work(Tune())).folds}
    assert min(above) > 300
    whole = road(related(900), **TRIALS)
    assert tuned(whole).findings.tried[0].loss != first.tried[0].loss


def test_what_is_replayed_is_part_of_the_key(tmp_path) -> None:
    step, ledger = Tune(replay="trials.json"), Ledger(Rows(tmp_path / "rows.db"))
    assert step.outside(tmp_path, ledger) is None
    seen = set()
    for text in ("[]", "[1]"):
        (tmp_path / "trials.json").write_text(text)
        seen.add(step.outside(tmp_path, ledger))
    assert len(seen) == 2
    assert Tune().outside(tmp_path, ledger) is None


def test_a_second_run_recalls_what_was_fitted_and_counts_no_look_twice(searched, again, monkeypatch) -> None:
    bench, first = again(searched[0]), searched[1].findings

    def never(*args, **kwargs):
        raise AssertionError("fitted again")

    monkeypatch.setattr("milepost.training.fit.train", never)
    monkeypatch.setattr("milepost.training.rounds.LONG", 1e9)
    monkeypatch.setattr("milepost.steps.select.honest", lambda data, done, *rest: done.prediction)
    again = tuned(bench).findings
    assert [t.loss for t in again.tried] == [t.loss for t in first.tried]
    assert again.looks == first.looks == 3 + len(first.features.judged)


def test_a_search_that_was_interrupted_goes_on_where_it_was(road, related, monkeypatch) -> None:
    bench = road(related(), **TRIALS)
    bench.run(Prepare())
    bench.run(Protocol())
    look = bench.ledger.look
    seen = []

    def interrupted(step, name, body):
        look(step, name, body)
        seen.extend([name] if step == "tune" else [])
        if len(seen) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(bench.ledger, "look", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bench.run(Tune(families=QUICK))
    monkeypatch.setattr(bench.ledger, "look", look)
    remembered = len(bench.ledger.rows.select("fits"))
    found = tuned(bench).findings
    assert remembered >= 2
    fits = [entry.key for entry in bench.ledger.rows.select("fits")]
    assert len(fits) == len(set(fits)) >= remembered  # none is made twice
    assert found.looks == 3 + len(found.features.judged)


def test_noise_is_warned_of_and_corrected(road) -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({f"x{i}": rng.normal(size=80) for i in range(6)} | {"y": rng.choice(["a", "b"], 80)})
    trials = {"budget": {"seconds": 20.0, "threads": 1, "trials": 8}}
    found = tuned(road(frame, **trials)).findings
    assert found.low <= 0.5 <= found.high
    assert found.optimism > 0


class Broken(Learner):
    """Cannot fit."""

    name, title, view = "broken", "broken learner", "dense"

    def portfolio(self, rows, features, head):  # noqa: ARG002
        return ({"n": 1},)

    def fit(self, train, valid, job):  # noqa: ARG002
        raise ArithmeticError("it does not converge")


def test_a_failed_look_counts_too(road, related, monkeypatch) -> None:
    assert "linear" in learners
    monkeypatch.setitem(learners._items, "broken", Broken())
    trials = {"budget": {"seconds": 20.0, "threads": 1, "trials": 4}}
    bench = road(related(), **trials)
    found = tuned(bench, ("broken", "linear")).findings
    assert len(found.tried) == 3
    assert "does not converge" in found.failed[0]
    assert found.looks == 4 + len(found.features.judged)
    with pytest.raises(MilepostError, match="no configuration"):
        tuned(road(related(), **trials), ("broken",))


@pytest.mark.alone
@pytest.mark.slow
def test_the_clock_is_kept_and_something_is_found(road, related) -> None:
    bench = road(related(rows=3000), seconds=30.0)
    bench.run(Prepare())
    bench.run(Protocol())
    tuned(bench, ("linear",), budget=1.0)  # imports are done before the clock is watched
    start = time.monotonic()
    bench.evidence.pop("tune")
    found = bench.run(Tune(families=("lightgbm", "linear", "catboost"))).findings
    assert found.tried
    assert time.monotonic() - start < 33.0


@pytest.mark.slow
def test_equal_seeds_and_trials_give_equal_packages(tmp_path, monkeypatch) -> None:
    kind, digests = type(learners["catboost"]), []
    whole = kind.portfolio
    monkeypatch.setattr(kind, "portfolio", lambda *about: whole(*about)[:1])
    monkeypatch.setattr(kind, "settle", lambda self, params, rows: {**params, "iterations": 100})
    for name in ("one", "two"):
        frame = toys.shop(250).drop("tier", "spent", "visit")
        project = Project.new(tmp_path / name, frame, "bought", budget="5s", threads=2)
        project.ledger.set("tune", {"trials": 6, "families": ["linear", "catboost"]})
        assert project.run(yes=True, waive_all="a toy").done
        found = project.found("tune")
        assert len(found.tried) + len(found.dropped) == 6
        assert found.suggested == 2
        assert "catboost" in {one.learner for one in [*found.tried, *found.dropped]}
        digests.append(project.found("ship").digest)
    assert digests[0] == digests[1]


def test_the_chapter_shows_luck_and_the_search(searched) -> None:
    bench, found = searched[0], searched[1].findings
    step = Tune(families=QUICK)
    again = typed(Findings, bench.evidence["tune"].findings)
    assert again.naive == found.naive
    blocks = step.tell(Told(again, bench.evidence["tune"], bench.work(step)))
    assert len(charts(blocks)) == 2
    assert "on fresh rows" in blocks[0].text


@pytest.mark.slow
def test_no_rows_stay_in_memory(tmp_path) -> None:
    """What a library keeps of its import would hold the frames that led there, and the search's matrices."""
    toys.shop(200, seed=1).write_csv(tmp_path / "shop.csv")
    code = """
import gc, sys
from milepost import Project
from milepost.learners.base import learners
from milepost.training.material import Material
kind = type(learners["network"])
kind.portfolio = lambda *about: ({"members": 1, "width": 16, "depth": 1, "epochs": 5},)
folder = sys.argv[1]
project = Project.new(folder + "/p", data=folder + "/shop.csv", target="bought", budget="5s")
project.run(until="overfit", yes=True, waive_all="a test")
project.step("tune", trials=5, families=("linear", "network"))
gc.collect()
left = sum(isinstance(thing, Material) for thing in gc.get_objects())
found = project.found("tune")
print("network" in {one.learner for one in [*found.tried, *found.dropped]}, end=" ")
print("suggested", found.suggested, "left", left)
"""
    command = [sys.executable, "-W", "ignore", "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.endswith("left 0\n"), done.stdout + done.stderr
    assert "True suggested 1" in done.stdout
