"""Doubtful labels are listed, and go into the queue by a button that owners have."""

from __future__ import annotations

from typing import Any

from milepost.web.site import Site


def test_doubts_are_listed_and_put_into_the_queue(owner: Any) -> None:
    site: Site = owner.site
    found = owner.json("/doubts.json")
    assert found["ready"]
    assert found["looked"] == []
    page = owner.get("/doubts").text
    assert f"{found['among']:,} labels" in page
    assert 'action="/doubts"' in page
    assert owner.post("/doubts", most="5").status_code == 303
    again = owner.json("/doubts.json")
    assert again["counts"] == {"confirmed": 0, "changed": 0, "waiting": min(5, found["among"])}
    waiting = list(site.project.labels.store.pool.waiting())
    assert {item.reason for item in waiting} == {"doubt"}
    assert {item.key for item in waiting} == {row["key"] for row in found["rows"][:5]}


def test_others_may_look_and_not_ask(reader: Any) -> None:
    page = reader("reviewer").get("/doubts").text
    assert 'action="/doubts"' not in page
    assert reader("reviewer").post("/doubts", most="5").status_code == 403
    assert reader("labeller").get("/doubts").status_code == 403


def test_a_young_project_says_what_is_missing(young: Any) -> None:
    assert "Run the road as far" in young.get("/doubts").text
