"""A running step reaches what is above it, asks, keeps, and never sees the sealed rows."""

import time

import numpy as np
import polars as pl
import pytest

from milepost.errors import MilepostError, Sealed, UsageError
from milepost.steps.clock import Clock
from milepost.steps.run import current
from milepost.steps.work import Question, Talk, Work


def work_of(project, step: str, **talk) -> Work:
    road = project.road
    clock = Clock(10.0, 10.0)
    return Work(
        step,
        road.folder,
        road.brief,
        road.ledger,
        road.blobs,
        road.engine,
        clock,
        current(road),
        {},
        Talk(**talk),
    )


@pytest.mark.parametrize("step", ["understand", "baseline", "tune", "explain", "ship", "a plug-in"])
def test_only_final_may_open_the_seal(finished, step: str) -> None:
    with pytest.raises(Sealed, match="asked for the sealed test rows"):
        work_of(finished, step).rows("test")
    assert work_of(finished, "final").rows("test").height == finished.found("collect").sealed


def test_unknown_rows_and_steps_are_named(finished) -> None:
    with pytest.raises(UsageError, match="no rows called 'train'"):
        work_of(finished, "tune").rows("train")
    with pytest.raises(MilepostError, match="needs the findings of 'monitor'"):
        work_of(finished, "tune").found("monitor", dict)


def test_things_are_kept_and_fetched_by_digest(copied) -> None:
    work = work_of(copied, "tune")
    array = np.arange(5.0)
    assert copied.blobs.get_array(work.keep(array)).tolist() == array.tolist()
    assert copied.blobs.get_frame(work.keep(pl.DataFrame({"a": [1]}))).rows() == [(1,)]
    assert copied.blobs.get_json(work.keep({"a": 1})) == {"a": 1}
    assert copied.blobs.get(work.keep(b"x")) == b"x"


def test_a_question_is_answered_by_ledger_default_person_or_waits(copied) -> None:
    question = Question("tune.colour", "Which?", ("red", "blue"), "red", "It matters.")
    waiting = work_of(copied, "tune")
    assert waiting.ask(question) is None
    assert waiting.open_questions == [question]
    assert work_of(copied, "tune", ask=lambda q: "blue", by="Ada").ask(question) == "blue"
    assert work_of(copied, "tune", yes=True).ask(question) == "blue"
    other = Question("tune.size", "How?", (), "7")
    assert work_of(copied, "tune", yes=True, by="Ada").ask(other) == "7"
    assert copied.ledger.answers("tune.size")["tune.size"]["by"] == "Ada (--yes)"


def test_time_in_which_a_person_thinks_is_told_apart(copied) -> None:
    def slow(question: Question) -> str:
        time.sleep(0.05)
        return "blue"

    work = work_of(copied, "tune", ask=slow)
    assert work.ask(Question("tune.shade", "Which?", ("blue",), "blue")) == "blue"
    assert 0.05 <= work.waited < 5
    quick = work_of(copied, "tune", ask=slow)
    assert quick.ask(Question("tune.shade", "Which?", ("blue",), "blue")) == "blue"
    assert quick.waited == 0
