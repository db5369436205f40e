"""Queues: a person's own items with counts, what comes back, and nothing of anybody else."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from tests.web.conftest import EVIL, Desk, Visitor, visitor

from milepost.labels.labelset import LabelSet
from milepost.store.stock import NewItem
from milepost.web.views.queues import preview


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    items = [NewItem({"text": f"{i} {EVIL}"}) for i in range(5)]
    return desk(LabelSet.start("pets", "choice", ["Cat", "Dog"]), items, review=1.0)


def give(who: Visitor, act: str, client: str, value: str | None = None) -> int:
    (item,) = who.act("/label/next", count=1).json()["items"]
    answer = who.act("/label/act", act=act, item=item["id"], client=client, value=value)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["decision"])


def test_each_queue_has_its_count_and_its_items(app: FastAPI) -> None:
    bob = visitor(app, "bob")
    decision = give(bob, "submit", "1", "dog")
    give(bob, "discard", "2")
    give(bob, "draft", "3", "cat")
    counts = bob.json("/queues.json")["counts"]
    assert counts == {"pending": 3, "draft": 1, "submitted": 1, "discarded": 1, "review": 0}
    (mine,) = bob.json("/queues.json?tab=submitted")["items"]
    assert (mine["answer"], mine["decision"]) == ("Dog", decision)
    assert "0 &lt;script&gt;" in bob.get("/queues?tab=submitted").text
    assert "<script>alert" not in bob.get("/queues?tab=submitted").text
    assert visitor(app, "cy").json("/queues.json?tab=submitted")["items"] == []
    assert bob.json("/queues.json")["whole"] == {}, "counts of everybody are for reviewers"
    assert visitor(app, "owner").json("/queues.json")["whole"]["items"] == 5


def test_an_answer_is_taken_back_by_whose_it_is(app: FastAPI) -> None:
    bob, cy = visitor(app, "bob"), visitor(app, "cy")
    decision = str(give(bob, "submit", "1", "dog"))
    assert cy.post("/queues/undo", decision=decision).status_code == 400
    assert bob.post("/queues/undo", decision="x").status_code == 400
    assert len(app.state.site.labels.answers.all()) == 1
    back = bob.post("/queues/undo", decision=decision)
    assert back.headers["location"].startswith("/label?item=")
    assert len(app.state.site.labels.answers.all()) == 0


def test_a_reviewer_of_another_kind_sees_no_queue_of_their_own(app: FastAPI) -> None:
    assert visitor(app, "reviewer").get("/queues").status_code == 200
    assert "Nothing waits" not in visitor(app, "reviewer").get("/queues").text


def test_a_preview_is_short() -> None:
    assert len(preview({"a": "x" * 999, "b": 2})) == 160
    assert preview([1, 2]) == "[1, 2]"
