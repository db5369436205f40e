"""The ledger is append-only: evidence, answers, waivers, looks and openings stay in order."""

from dataclasses import replace
from pathlib import Path

import pytest

from milepost.ledger import Evidence, Ledger, now
from milepost.store.rows import Rows


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(Rows(tmp_path / "rows.db"))


def evidence(step: str = "frame", key: str = "k1", verdict: str = "passed") -> Evidence:
    return Evidence(step, 1, key, {}, {}, {"n": 1}, {}, verdict, "Because.", "me", now(), 0.5)  # type: ignore[arg-type]


def test_evidence_is_found_by_step_and_key(ledger: Ledger, tmp_path: Path) -> None:
    first, second = ledger.record(evidence()), ledger.record(evidence(key="k2"))
    assert ledger.find("frame", "k1") == first
    assert ledger.last("frame") == second
    assert ledger.find("frame", "k3") is None
    assert Ledger(Rows(tmp_path / "rows.db")).all() == [first, second]


def test_equal_results_have_equal_digests_whatever_the_key() -> None:
    one = evidence()
    assert one.result == replace(one, key="other", seconds=9.0, by="you", reason="Else.").result
    assert one.result != replace(one, findings={"n": 2}).result


def test_only_a_failed_step_can_be_waived_and_the_reason_is_kept(ledger: Ledger) -> None:
    ledger.record(evidence())
    assert ledger.waive("frame", "why not", "me") is None
    ledger.record(evidence(verdict="failed"))
    made = ledger.waive("frame", "it is a test", "Ada")
    assert made is not None
    assert made.verdict == "waived"
    assert "Waived by Ada: it is a test" in made.reason
    assert ledger.waivers()[0]["because"] == "it is a test"
    assert ledger.last("frame") == made


def test_the_newest_answer_counts(ledger: Ledger) -> None:
    ledger.answer("understand.leak.x", "yes", "me")
    ledger.answer("understand.leak.x", "no", "you")
    assert ledger.answers("understand.")["understand.leak.x"]["value"] == "no"
    assert ledger.answers("frame.") == {}


def test_questions_wait_until_none_is_open(ledger: Ledger) -> None:
    ledger.ask([{"name": "a"}], "frame")
    assert ledger.waiting() == [{"name": "a"}]
    ledger.answer("a", "yes", "me")
    assert ledger.waiting() == []
    ledger.ask([{"name": "a"}, {"name": "b"}], "frame")
    assert ledger.waiting() == [{"name": "a"}, {"name": "b"}], "asked again after the answer"
    ledger.ask([], "frame")
    assert ledger.waiting() == []


def test_looks_and_openings_are_counted(ledger: Ledger) -> None:
    ledger.look("tune", "lightgbm-1", {"loss": 0.5})
    assert [look["name"] for look in ledger.looks()] == ["lightgbm-1"]
    ledger.look("tune", "lightgbm-1", {"loss": 0.5})
    assert len(ledger.looks()) == 1
    ledger.look("tune", "lightgbm-1", {"loss": 0.4})
    assert len(ledger.looks()) == 2
    assert ledger.opened(1, {"low": 0.1}) == 1
    assert ledger.opened(1, {"low": 0.2}) == 2
    assert ledger.openings(2) == []


def test_settings_last(ledger: Ledger) -> None:
    assert ledger.settings("tune") == {}
    ledger.set("tune", {"budget": 5.0})
    assert ledger.settings("tune") == {"budget": 5.0}
