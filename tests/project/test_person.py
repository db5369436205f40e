"""Who runs a project has a name, whatever the machine knows of it."""

import getpass

import pytest

from milepost.project.person import named, whoami
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
