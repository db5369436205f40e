"""Sessions survive a restart, end when they are ended, and are kept as digests."""

from __future__ import annotations

from pathlib import Path

import pytest

from milepost.store.rows import Rows
from milepost.web import sessions
from milepost.web.sessions import STREAM, Sessions, proof, proven


def test_a_session_outlives_the_server_and_its_secret_is_not_kept(tmp_path: Path) -> None:
    token = Sessions(Rows(tmp_path / "rows.db")).begin("ada", "password")
    again = Sessions(Rows(tmp_path / "rows.db"))
    assert again.name(token, "password") == "ada"
    assert token not in str(again.rows.select(STREAM))
    assert token.encode() not in (tmp_path / "rows.db").read_bytes()


def test_a_session_of_the_link_does_not_count_where_accounts_do(tmp_path: Path) -> None:
    made = Sessions(Rows(tmp_path / "rows.db"))
    assert made.name(made.begin("ada", "link"), "password") == ""


def test_a_session_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Sessions(Rows(tmp_path / "rows.db"))
    one, two, other = (made.begin(name, "password") for name in ("ada", "ada", "bob"))
    made.end(one)
    assert made.name(one, "password") == ""
    three = made.begin("ada", "password")
    made.drop("ada", three)
    assert [made.name(t, "password") for t in (two, three, other)] == ["", "ada", "bob"]
    monkeypatch.setattr(sessions, "HOURS", -1)
    assert made.name(made.begin("ada", "password"), "password") == ""
    assert made.name("", "password") == made.name("no such", "password") == ""


def test_only_sessions_that_may_last_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Sessions(Rows(tmp_path / "rows.db"))
    for _ in range(3):
        made.begin("ada", "password")
    token = made.begin("ada", "password")
    seen: list[int] = []
    plain = Rows.since
    monkeypatch.setattr(Rows, "select", lambda *given, **more: 1 / 0)
    monkeypatch.setattr(Rows, "since", lambda *given: seen.append(len(found := plain(*given))) or found)
    made.drop("ada")
    assert made.name(token, "password") == ""
    monkeypatch.setattr(sessions, "HOURS", 0)
    made.drop("ada")
    assert seen == [4, 0]


def test_a_proof_belongs_to_one_session() -> None:
    assert proven("a", proof("a"))
    assert not proven("b", proof("a"))
    assert not proven("a", "é")
