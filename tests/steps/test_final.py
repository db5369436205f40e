"""The seal is opened, and the score that comes is held against what was promised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from milepost import Project
from milepost.errors import MilepostError
from milepost.graphs.session import run, session
from milepost.modalities.base import feed
from milepost.registry import import_file
from milepost.report.blocks import charts, plain
from milepost.steps.base import Told
from milepost.steps.final import Final
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.tune import Tune
from milepost.steps.work import Talk

TALK = Talk(yes=True)
TRIALS = {"seconds": 20.0, "threads": 1, "trials": 3}


@pytest.fixture
def bench() -> Any:
    return import_file(Path(__file__).parents[2] / "benchmarks" / "optimism.py")


def searched(way):
    for step in (Prepare(), Protocol(), Tune(families=("linear", "lightgbm"))):
        way.run(step)
    return way


@pytest.fixture(scope="module")
def shut(lasting, related):
    """A road at the end of `tune`, of the first 300 of 450 rows."""
    return searched(lasting(related(rows=450)[:300], budget=TRIALS))


@pytest.fixture
def opened(road, related, shut, again, bench):
    """Runs a road whose last third of rows is sealed; `change` alters the sealed rows before."""

    def go(kind="binary", task="binary", metric="roc_auc", change=lambda test: test, budget=TRIALS, **tables):
        made = related(rows=450, kind=kind)
        usual = (kind, budget, tables) == ("binary", TRIALS, {})
        way = again(shut) if usual else searched(road(made[:300], task, metric, budget=budget, **tables))
        bench.sealed(way, change(made[300:]))
        return way, way.run(Final())

    return go


def test_a_promise_that_holds(opened) -> None:
    way, outcome = opened()
    found = outcome.findings
    assert outcome.verdict == "passed", outcome.reason
    assert found.low <= found.score <= found.high
    assert found.openings == 1
    assert found.naive == 0.5 < found.score
    assert found.unrefitted == pytest.approx(found.score, abs=0.1)
    assert found.difference < 1e-5
    assert found.flips == 0
    assert found.checks == ()
    assert found.raw - found.optimism == pytest.approx(found.expected)
    assert found.expected - found.drop == pytest.approx(found.score)
    (opening,) = way.ledger.openings(1)
    assert opening["model"] == way.evidence["tune"].result
    assert (opening["low"], opening["high"]) == (found.low, found.high)


def test_labels_shuffled_behind_the_seal_break_the_promise_and_the_checks_say_no_shift(opened) -> None:
    def shuffled(test):
        return test.with_columns(test["y"].shuffle(seed=1))

    _, outcome = opened(change=shuffled)
    assert outcome.verdict == "failed"
    assert "below the promise" in outcome.reason
    names = [check.name for check in outcome.findings.checks]
    assert names == ["copies across folds", "shift", "validation protocol"]
    assert not outcome.findings.checks[1].explains


def test_a_bar_that_is_missed_fails(opened) -> None:
    _, outcome = opened(success={"metric": "roc_auc", "bar": 0.999})
    assert outcome.verdict == "failed"
    assert "short of the bar 0.999" in outcome.reason


@pytest.mark.parametrize(
    ("kind", "task", "metric"),
    [("multiclass", "multiclass", "log_loss"), ("number", "regression", "rmse")],
)
def test_other_tasks_and_a_twin_on_all_rows(opened, kind, task, metric) -> None:
    way, outcome = opened(kind, task, metric, budget={**TRIALS, "refit": "all"})
    found = outcome.findings
    assert found.refit == "all"
    assert found.low < found.score < found.high
    scale = 1.0 if task == "multiclass" else float(way.frame["y"].std())
    assert found.difference < 1e-5 * scale
    test = way.work(Final()).rows("test")
    graph = session(way.blobs.get(outcome.artifacts["graph"]))
    answers = run(graph, {n: feed(test[n], "float") for n in ("x0", "x1", "x2", "x3")})
    shipped = answers["proba"] if task == "multiclass" else answers["value"][:, 0]
    evaluated = way.blobs.get_array(outcome.artifacts["prediction"])
    assert np.abs(shipped - evaluated).max() > 1e-3  # the twin knows the sealed rows, the promise does not


def test_the_chapter_says_what_was_promised_and_what_came(opened) -> None:
    way, outcome = opened()
    told = Told(outcome.findings, way.evidence["final"], way.work(Final()))
    blocks = Final().tell(told)
    assert blocks[0].text.startswith("The promise held.")
    assert len(charts(blocks)) == 2
    assert "150 rows that nobody had seen" in Final().expect(told)[0]
    assert plain(blocks)


def test_the_seal_stays_shut_where_no_member_can_be_fitted_again(fickle, monkeypatch) -> None:
    project, talk = fickle("raise"), Talk(yes=True)
    project.step("tune", talk, families=["fickle"])
    with pytest.raises(MilepostError, match="no member of the ensemble could be fitted"):
        project.step("final", talk)
    assert project.ledger.openings(1) == []
    monkeypatch.setenv("FICKLE", "")
    project.step("final", talk)
    assert project.found("final").openings == 1


def test_the_road_goes_on_without_a_member_that_has_no_graph(fickle) -> None:
    project = fickle("mute")
    done, found = project.step("final", TALK), project.found("final")
    (lost,) = found.lost
    assert done.verdict == "noted"
    assert f"Could not be proven as graph: {lost.name} (ValueError: there are no nodes" in done.reason
    assert found.expected > project.found("tune").corrected, (
        "what is left is worse, and so is what is promised"
    )
    (opening,) = project.ledger.openings(1)
    assert opening["left out"] == [lost.name]
    assert (opening["expected"], found.refit) == (found.expected, "all")
    project.run(until="ship", talk=TALK)
    assert project.verify().passed
    assert "there are no nodes for this" in project.report().read_text(encoding="utf-8")


def test_what_shows_on_the_sealed_rows_only_is_left_out_of_the_judgement(fickle) -> None:
    project = fickle("shy")
    done, tuned, found = project.step("final", TALK), project.found("tune"), project.found("final")
    (lost,) = found.lost
    assert lost.late
    assert lost.why.startswith("its answers to ")
    assert lost.why.endswith(f"of {found.rows} sealed rows are no numbers")
    assert found.expected == tuned.corrected, "the promise was made before"
    assert np.isfinite(found.score)
    assert "Promised with, but judged and shipped without fickle" in done.reason
    (missing,) = found.missing
    assert (missing.name, found.unrefitted) == ("the model without its refit", None)
    student = next(point for point in found.points if point.name == "student")
    assert np.isfinite(student.sealed), "it was taught again"


def test_a_student_that_fails_is_left_out_and_told(fickle) -> None:
    project = fickle("pupil mute")
    done, found = project.step("final", TALK), project.found("final")
    assert done.verdict == "noted"
    assert "the point 'student' (ValueError: a pupil has no nodes)" in done.reason
    assert [point.name for point in found.points] == ["ensemble", "single", "small"]
    (opening,) = project.ledger.openings(1)
    assert opening["missing"] == ["the point 'student' (ValueError: a pupil has no nodes)"]
    assert "point student" not in opening["also"]
    assert "a pupil has no nodes" in project.report().read_text(encoding="utf-8")


def test_a_graph_that_strays_and_has_no_other_in_its_place_fails(fickle) -> None:
    project = fickle("sly")
    project.brief.changed({"budget.refit": "development"}).write(project.folder)
    project = Project(project.folder)
    project.step("tune", TALK, families=["fickle"])
    done, found = project.step("final", TALK), project.found("final")
    assert done.verdict == "failed"
    assert "What ships answers sealed rows otherwise than what was judged" in done.reason
    assert found.lost == ()
    assert 0.1 < found.stray < found.difference
