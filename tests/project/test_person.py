"""Who runs a project has a name, and what is said is recorded or refused."""

import getpass

import pytest

from milepost import Project
from milepost.errors import UsageError
from milepost.project.person import answer, named, waive, whoami
from milepost.steps.work import Talk


def test_a_talk_keeps_its_name_and_gets_one_where_it_has_none() -> None:
    assert named(Talk(by="ada"), False).by == "ada"
    assert named(None, False).by == whoami()
    assert named(Talk(yes=True), False).yes
    assert not named(None, False).yes


def test_a_machine_without_users_calls_everybody_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("uid 4711")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert whoami() == "unknown"


def test_an_answer_is_recorded_with_its_name(copied: Project) -> None:
    question = next(iter(copied.ledger.answers()), "")
    if not question:
        copied.ledger.answer("frame.ethics.harm", "none", "ada")
        question = "frame.ethics.harm"
    answer(copied.road, question, "another", "grace", "it changed")
    said = copied.ledger.answers()[question]
    assert (said["value"], said["by"], said["because"]) == ("another", "grace", "it changed")
    with pytest.raises(UsageError, match="no question 'frame.ethic' waits"):
        answer(copied.road, "frame.ethic", "yes", "ada", "")


def test_only_what_failed_is_waived_and_only_with_a_reason(copied: Project) -> None:
    with pytest.raises(UsageError, match="a waiver needs a reason"):
        waive(copied.road, "tune", " ", "ada")
    with pytest.raises(UsageError, match="'tune' has not failed"):
        waive(copied.road, "tune", "because", "ada")
    with pytest.raises(UsageError, match="no milepost 'tun'. Did you mean 'tune'"):
        waive(copied.road, "tun", "because", "ada")
