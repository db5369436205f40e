"""Review: cases with the answers to them, accepted, fixed or sent back; media of those cases alone."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from tests.web.conftest import Desk, Visitor, visitor
from tests.web.views.test_label import PETS, picture

from milepost.digest import digest_bytes
from milepost.store.stock import NewItem

NAMES = [digest_bytes(picture(colour)) for colour in ("red", "blue", "green")]


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    app = desk(PETS, [NewItem({"photo": f"image:{name}"}) for name in NAMES], labels=2, disputes=True)
    for colour in ("red", "blue", "green"):
        app.state.site.project.blobs.put(picture(colour))
    for name, value in (("bob", "cat"), ("cy", "dog")):
        who = visitor(app, name)
        for item in who.act("/label/next", count=2).json()["items"]:
            said = {"act": "submit", "item": item["id"], "client": f"c{item['id']}", "value": value}
            assert who.act("/label/act", **said).status_code == 200
    return app


def cases(who: Visitor) -> list[Any]:
    found: list[Any] = who.act("/review/next", count=5).json()["cases"]
    return found


def test_a_case_is_accepted_or_fixed(app: FastAPI) -> None:
    rita = visitor(app, "reviewer")
    first, second = cases(rita)
    assert [(answer["by"], answer["words"]) for answer in first["answers"]] == [("bob", "Cat"), ("cy", "Dog")]
    chosen = {"act": "accept", "item": first["id"], "decision": first["answers"][1]["decision"]}
    once = rita.act("/review/act", client="r1", **chosen).json()
    assert rita.act("/review/act", client="r1", **chosen).json() == once, "told twice, it counts once"
    assert rita.act(
        "/review/act", act="fix", item=second["id"], client="r2", value=PETS.labels[2].id
    ).json() == {"decision": once["decision"] + 1, "act": "fixed"}
    assert list(app.state.site.labels.answers.settled().values()) == ["dog", PETS.labels[2].id]
    assert cases(rita) == []


def test_a_case_goes_back_with_a_comment_only(app: FastAPI) -> None:
    rita = visitor(app, "reviewer")
    first = cases(rita)[0]
    said = {"act": "send back", "item": first["id"], "client": "r1"}
    assert "without a comment" in rita.act("/review/act", **said).json()["error"]["what"]
    assert rita.act("/review/act", **said, comment="Look at the ears.").status_code == 200
    for name in ("bob", "cy"):
        (mine,) = visitor(app, name).json("/queues.json?tab=review")["items"]
        assert mine["comment"] == "Look at the ears."
    assert visitor(app, "bob").act("/label/next", count=1).json()["items"][0]["content"] == first["content"]


def test_who_may_not_review_sees_no_answer(app: FastAPI) -> None:
    bob, owner = visitor(app, "bob"), visitor(app, "owner")
    assert bob.act("/review/next").status_code == 403
    assert bob.get("/review").status_code == 403
    item = cases(owner)[0]["id"]
    assert owner.get(f"/review/media/{item}/{NAMES[0]}").headers["content-type"] == "image/png"
    assert owner.get(f"/review/media/{item}/{NAMES[1]}").status_code == 404
    assert bob.get(f"/review/media/{item}/{NAMES[0]}").status_code == 403
    assert owner.act("/review/act", act="burn", item=item, client="x").status_code == 400


def test_a_picture_that_is_looked_at_takes_no_case_from_others(app: FastAPI) -> None:
    rita, owner = visitor(app, "reviewer"), visitor(app, "owner")
    (case,) = rita.act("/review/next", count=1).json()["cases"]
    name = case["content"]["photo"].removeprefix("image:")
    assert rita.get(f"/review/media/{case['id']}/{name}").status_code == 200
    assert rita.get(f"/review/media/x/{name}").status_code == 404
    assert len(cases(owner)) == 1, "the other one"
