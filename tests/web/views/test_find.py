"""Items are found by filter and likeness, labelled at once, taken back; sealed ones are only counted."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from tests.web.conftest import EVIL, Desk, visitor
from tests.web.views.test_label import picture

from milepost.digest import digest_bytes
from milepost.labels.labelset import LabelSet
from milepost.store.stock import NewItem

PETS = LabelSet.start("pets", "choice", ["Cat", "Dog"])


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    items = [NewItem({"x": i, "text": f"open {i} {EVIL}"}, key=f"o{i}") for i in range(20)]
    hidden = [NewItem({"x": i, "text": f"behind {i}"}, key=f"s{i}", sealed=True) for i in range(20)]
    gold = [NewItem({"x": i, "text": f"known {i}"}, key=f"g{i}", gold="cat") for i in range(5)]
    return desk(PETS, [*items, *hidden, *gold])


def test_a_filter_tells_how_many_and_how_many_sealed_ones_not(app: FastAPI) -> None:
    rita = visitor(app, "reviewer")
    found = rita.json("/find.json?where=x%3E%3D15")["found"]
    assert (found["count"], found["sealed"]) == (5, 5)
    page = rita.get("/find?where=x%3E%3D15").text
    assert "5 sealed ones fit too" in page
    assert not re.search("behind|known", page)
    assert EVIL not in page
    assert "/find/plan" not in page, "labels are an owner's to give at once"
    assert "there is no column" in rita.json("/find.json?where=z%3D1")["problem"]
    assert visitor(app, "bob").get("/find").status_code == 403


def test_all_that_is_found_is_labelled_at_once_and_taken_back_as_one(app: FastAPI) -> None:
    owner = visitor(app, "owner")
    page = owner.post("/find/plan", where="x>=10\nx<14", label="dog").text
    assert "4 items (x&gt;=10, x&lt;14) would get the label Dog; 4 sealed ones are left out" in page
    labels = app.state.site.labels
    assert len(labels.answers.all()) == 0
    (token,) = re.findall(r'name="token" value="([0-9a-f]+)"', page)
    assert owner.post("/find/label", token=token).status_code == 303
    answers = labels.answers.all()
    assert answers.values == ("dog",) * 4
    assert sorted(answers.keys) == ["o10", "o11", "o12", "o13"]
    assert not answers.alone.any()
    (bulk,) = owner.json("/find.json")["bulks"]
    assert (bulk["label"], bulk["by"], bulk["made"], bulk["standing"]) == ("Dog", "owner", 4, 4)
    assert visitor(app, "reviewer").post("/find/back", name=bulk["name"]).status_code == 403
    assert owner.post("/find/back", name=bulk["name"]).status_code == 303
    assert len(labels.answers.all()) == 0
    assert owner.post("/find/label", token=token).status_code == 400
    assert "no label was chosen" in owner.post("/find/plan", where="x>=10", label="horse").text


def test_the_most_alike_come_first_with_their_pictures(desk: Desk) -> None:
    photos = [picture(colour) for colour in ("red", "red", "blue", "blue")]
    photos = [photo + bytes([place]) for place, photo in enumerate(photos)]
    refs = [f"image:{digest_bytes(photo)}" for photo in photos]
    items = [NewItem({"photo": ref}, key=str(at), sealed=at == 3) for at, ref in enumerate(refs)]
    app = desk(PETS, items)
    for photo in photos:
        app.state.site.project.blobs.put(photo)
    rita = visitor(app, "reviewer")
    numbers = app.state.site.labels.answers.numbers([str(at) for at in range(4)])
    found = rita.json(f"/find.json?like={numbers['0']}")["found"]
    assert [item["id"] for item in found["items"]] == [numbers["1"], numbers["2"]]
    assert found["items"][0]["alike"] > found["items"][1]["alike"]
    assert found["sealed"] == 1
    (link,) = found["items"][0]["pictures"]
    assert rita.get(link).headers["content-type"] == "image/png"
    assert rita.get(f"/find/media/{numbers['3']}/{refs[3][6:]}").status_code == 404, "it is sealed"
    assert visitor(app, "bob").get(link).status_code == 403
    assert "cannot be an example" in rita.json(f"/find.json?like={numbers['3']}")["problem"]
