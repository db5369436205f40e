"""The commands of the web application."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from milepost import Project
from milepost.labels.people import People
from milepost.web.accounts import Accounts
from milepost.web.sessions import Sessions

Milepost = Callable[..., Any]
WORDS = "a few words of mine"


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """What is typed next."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_person_is_let_in_changed_and_closed(
    milepost: Milepost, young: Path, says: Callable[[str], None]
) -> None:
    says(WORDS + "\n")
    said = milepost("person", young, "ada", "--role", "owner", "--json")
    assert said.json == {"name": "ada", "roles": ["owner"], "open": True}
    rows = Project(young).ledger.rows
    token = Sessions(rows).begin("ada", "password")
    says("some other words\n")
    assert milepost("person", young, "ada").code == 0
    assert Accounts(People(rows)).check("ada", "some other words") is not None
    assert Sessions(rows).name(token, "password") == "", "a new password ends the sessions"
    says(WORDS + "\n")
    milepost("person", young, "bob", "--role", "owner")
    assert "bob: owner, closed" in milepost("person", young, "bob", "--close").out
    assert Accounts(People(rows)).get("bob") is None


def test_what_cannot_be_is_refused(milepost: Milepost, young: Path, says: Callable[[str], None]) -> None:
    assert "Say what it may do: --role owner" in milepost("person", young, "ada").err
    says("short\n")
    assert milepost("person", young, "ada", "--role", "owner").code == 2
    says(WORDS + "\n")
    assert "no role 'king'" in milepost("person", young, "ada", "--role", "king").err
    assert milepost("person", young, "ada", "--close").code == 2


def test_others_are_not_served_without_an_account(milepost: Milepost, young: Path) -> None:
    said = milepost("web", young, "--host", "0.0.0.0", "--port", "0")
    assert said.code == 2
    assert f"milepost person {young} NAME" in said.err
    assert milepost("web", young, "--port", "99999").code == 2
    assert "nobody is named" in milepost("person", young, "--role", "owner").err
    said = milepost("web", young.parent / "none", "--host", "0.0.0.0")
    assert said.code == 2
    assert "there is no project" in said.err
    assert not (young.parent / "none").exists()
