"""What to label next: shown before it is put first, sealed items counted alone, owners only."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from tests.web.conftest import EVIL, Desk, visitor

from milepost.labels.labelset import LabelSet
from milepost.project.steering import HEAD
from milepost.store.stock import NewItem

PETS = LabelSet.start("pets", "choice", ["Cat", "Dog"])


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    items = [NewItem({"x": i % 7, "text": f"open {i} {EVIL}"}, key=f"o{i}") for i in range(40)]
    hidden = [NewItem({"x": i % 7, "text": f"behind {i}"}, key=f"s{i}", sealed=True) for i in range(10)]
    return desk(PETS, [*items, *hidden])


def test_what_is_chosen_is_shown_and_then_put_first(app: FastAPI) -> None:
    owner = visitor(app, "owner")
    assert owner.json("/next.json")["waiting"] == 50
    page = owner.post("/next/choose", most="20", policy="auto").text
    assert "16 items by the policy typical" in page
    assert "4 sealed ones drawn at random, which are not shown" in page
    assert "behind" not in page
    assert EVIL not in page
    assert page.count("<b>random</b>") == 3
    pool = app.state.site.labels.pool
    assert all(item.priority == 0 for item in pool.waiting())
    (token,) = re.findall(r'name="token" value="([0-9a-f]+)"', page)
    assert owner.post("/next/put", token="other").status_code == 400
    assert owner.post("/next/put", token=token).status_code == 303
    head = [item for item in pool.waiting() if item.priority == HEAD]
    assert (len(head), sum(item.sealed for item in head)) == (20, 4)
    assert owner.json("/next.json")["head"] == {"random": 7, "typical": 13}
    assert owner.post("/next/put", token=token).status_code == 400, "once is enough"


def test_what_cannot_be_chosen_is_said_on_the_page(app: FastAPI) -> None:
    owner = visitor(app, "owner")
    assert "there is no model yet" in owner.post("/next/choose", most="5", policy="margin").text
    assert owner.post("/next/choose", most="many", policy="auto").status_code == 400
    assert owner.post("/next/choose", csrf="x", most="5", policy="auto").status_code == 400


@pytest.mark.parametrize("name", ["bob", "reviewer"])
def test_only_owners_steer(app: FastAPI, name: str) -> None:
    other = visitor(app, name)
    for path in ("/next", "/next.json"):
        assert other.get(path).status_code == 403
    for path in ("/next/choose", "/next/put"):
        assert other.post(path, most="5", policy="auto", token="x").status_code == 403
