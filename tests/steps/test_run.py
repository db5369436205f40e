"""The one place where a step runs: gate, key, cache, run, record."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from milepost.errors import UsageError
from milepost.steps.base import Outcome, Step, setting
from milepost.steps.run import Road, current, key_of, run_step, stale
from milepost.steps.work import Question, Talk

RAN: list[str] = []


@dataclass(frozen=True)
class Found:
    value: int


@dataclass(frozen=True)
class First(Step):
    """Finds a number."""

    size: int = setting(1, "what it finds")
    name: ClassVar[str] = "first"
    question: ClassVar[str] = "Which number?"
    after: ClassVar[tuple[str, ...]] = ()
    findings: ClassVar[type] = Found

    def run(self, work) -> Outcome:  # noqa: ARG002
        RAN.append(self.name)
        return Outcome(Found(self.size // 10), "failed" if self.size < 0 else "passed", "Found.")

    def tell(self, told):  # noqa: ARG002
        return ()


@dataclass(frozen=True)
class Second(Step):
    """Asks a question."""

    name: ClassVar[str] = "second"
    question: ClassVar[str] = "And then?"
    after: ClassVar[tuple[str, ...]] = ("first",)
    findings: ClassVar[type] = Found

    def run(self, work) -> Outcome:
        RAN.append(self.name)
        work.ask(Question("second.sure", "Sure?", ("yes", "no"), "yes"))
        return Outcome(Found(work.found("first", Found).value + 1), "passed", "Found more.")

    def tell(self, told):  # noqa: ARG002
        return ()


@pytest.fixture
def road(copied) -> Road:
    RAN.clear()
    full = copied.road
    return Road(full.folder, full.brief, full.ledger, full.blobs, full.engine, (First, Second), full.source)


def walk(road: Road, talk: Talk | None = None, **settings):
    first, _ = run_step(road, road.step("first", settings), talk or Talk(yes=True), {})
    return first, run_step(road, road.step("second"), talk or Talk(yes=True), {"first": first})


def test_an_unchanged_step_is_not_run_again(road: Road) -> None:
    walk(road)
    _, (second, ran) = walk(road)
    assert RAN == ["first", "second"]
    assert not ran
    assert second.findings == {"value": 1}
    assert set(current(road)) == {"first", "second"}


def test_an_equal_result_cuts_the_rerun_off(road: Road) -> None:
    walk(road, size=1)
    walk(road, size=2)
    assert RAN == ["first", "second", "first"]
    walk(road, size=20)
    assert RAN[-2:] == ["first", "second"]


def test_a_step_asked_for_again_runs_again(road: Road) -> None:
    walk(road)
    run_step(road, road.step("first"), Talk(yes=True), {}, again=True)
    assert RAN == ["first", "second", "first"]


def test_a_step_does_not_run_below_a_failed_gate(road: Road) -> None:
    with pytest.raises(UsageError, match="'second' comes after 'first', which has not passed"):
        walk(road, size=-1)
    failed = road.ledger.last("first")
    waived = road.ledger.waive("first", "a toy", "me")
    assert waived is not None
    assert failed is not None
    again, ran = run_step(road, road.step("first", {"size": -1}), Talk(), {})
    assert not ran
    assert again.verdict == "waived"


def test_answers_are_part_of_the_key(road: Road) -> None:
    _, (second, _) = walk(road, Talk())
    assert second.verdict == "waiting"
    assert [q["name"] for q in road.ledger.waiting()] == ["second.sure"]
    road.ledger.answer("second.sure", "no", "me")
    _, (second, ran) = walk(road, Talk())
    assert ran
    assert second.verdict == "passed"
    assert road.ledger.waiting() == []
    before = key_of(road, road.step("second"), {"first": road.ledger.last("first")})
    road.ledger.answer("second.sure", "yes", "me")
    assert key_of(road, road.step("second"), {"first": road.ledger.last("first")}) != before
    assert stale(road) == ("second",)


def test_an_unknown_step_is_named(road: Road) -> None:
    with pytest.raises(UsageError, match="no milepost 'third'"):
        road.step("third")
