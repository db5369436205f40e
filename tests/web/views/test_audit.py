"""The audit is a table of every change, newest first."""

from __future__ import annotations

from typing import Any

from milepost.web.site import AUDIT


def test_changes_stand_there_newest_first(owner: Any) -> None:
    owner.post("/answer", question="explain.threshold", value="0.3")
    owner.post("/answer", question="explain.threshold", value="0.4")
    rows = owner.json("/audit.json")["rows"]
    assert [row["what"].count("0.4") for row in rows] == [1, 0]
    assert {(row["by"], row["role"], row["path"]) for row in rows} == {("ada", "owner", "/answer")}
    assert owner.json("/audit.json?sort=number")["rows"][0]["number"] < rows[0]["number"]


def test_a_page_of_many_changes_is_all_that_is_read(owner: Any, monkeypatch: Any) -> None:
    log = owner.site.project.ledger.rows
    for number in range(60):
        log.append(
            AUDIT, f"/path/{number % 7}", {"by": f"p{number % 3}", "role": "owner", "form": {"n": number}}
        )
    monkeypatch.setattr(type(log), "select", lambda *given, **more: 1 / 0)
    found = owner.json("/audit.json?size=25&page=2")
    assert [row["what"] for row in found["rows"][:2]] == ['{"n": 34}', '{"n": 33}'], "newest first"
    assert (len(found["rows"]), found["paging"]["rows"]) == (25, 60)
    last = owner.json("/audit.json?size=25&page=3")["rows"]
    assert [row["what"] for row in last][-1] == '{"n": 0}'
    named = owner.json("/audit.json?size=25&sort=by")["rows"]
    assert [row["by"] for row in named] == ["p0"] * 20 + ["p1"] * 5
    paths = owner.json("/audit.json?size=25&sort=path&down=1")["rows"]
    assert paths[0]["path"] == "/path/6"
    assert [row["path"] for row in paths] == sorted((row["path"] for row in paths), reverse=True)
    assert owner.json("/audit.json?sort=what")["rows"][0]["what"] == '{"n": 59}', "that is no order"
    monkeypatch.undo()
    assert owner.get("/audit?sort=by").status_code == 200
