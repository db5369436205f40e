"""The audit is a table of every change, newest first."""

from __future__ import annotations

from typing import Any


def test_changes_stand_there_newest_first(owner: Any) -> None:
    owner.post("/answer", question="explain.threshold", value="0.3")
    owner.post("/answer", question="explain.threshold", value="0.4")
    rows = owner.json("/audit.json")["rows"]
    assert [row["what"].count("0.4") for row in rows] == [1, 0]
    assert {(row["by"], row["role"], row["path"]) for row in rows} == {("ada", "owner", "/answer")}
    assert owner.json("/audit.json?sort=number")["rows"][0]["number"] < rows[0]["number"]
