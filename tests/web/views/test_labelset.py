"""The label set page: changes are told before they are made, versions and guidelines are kept."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from tests.web.conftest import EVIL, Desk, Visitor, visitor

from milepost.labels.labelset import LabelSet
from milepost.store.stock import NewItem


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    items = [NewItem({"text": str(i)}) for i in range(4)]
    app = desk(LabelSet.start("pets", "choice", ["Cat", "Dog", "Bird"]), items)
    bob = visitor(app, "bob")
    for place, value in enumerate(("cat", "cat", "dog")):
        (item,) = bob.act("/label/next", count=1).json()["items"]
        bob.act("/label/act", act="submit", item=item["id"], client=f"c{place}", value=value)
    return app


def apply(owner: Visitor, version: int, **change: str) -> Any:
    return owner.send("/labels/apply", {**change, "version": str(version)})


def test_a_change_says_what_it_touches_and_changes_nothing_yet(app: FastAPI) -> None:
    owner = visitor(app, "owner")
    page = owner.send("/labels/plan", {"act": "split", "label": "Cat", "to": "House cat, Wild cat"})
    assert page.status_code == 200
    assert "2 items will be labelled again." in page.text
    assert owner.json("/labels.json")["newest"] == 1
    assert apply(owner, 2, act="split", label="Cat", to="House cat, Wild cat").status_code == 303
    told = owner.json("/labels.json")
    assert told["version"] == 2
    assert [row["id"] for row in told["rows"] if not row["retired"]] == [
        "house-cat", "wild-cat", "dog", "bird",
    ]  # fmt: skip
    assert len(app.state.site.labels.answers.all()) == 1
    assert [row["path"] for row in owner.json("/labels.json?version=1")["rows"]] == ["Cat", "Dog", "Bird"]


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ({"act": "rename", "label": "dog", "to": "Hound"}, ["Cat", "Hound", "Bird"]),
        ({"act": "merge", "label": "Dog", "to": "Cat"}, ["Cat", "Bird"]),
        ({"act": "retire", "label": "Bird"}, ["Cat", "Dog"]),
        ({"act": "add", "label": "", "to": EVIL}, ["Cat", "Dog", "Bird", EVIL]),
        ({"act": "add", "label": "Bird", "to": "Owl"}, ["Cat", "Dog", "Bird", "Bird > Owl"]),
        ({"act": "move", "label": "Bird", "to": "Dog"}, ["Cat", "Dog", "Dog > Bird"]),
    ],
)
def test_each_change_is_made(app: FastAPI, change: dict[str, str], after: list[str]) -> None:
    owner = visitor(app, "owner")
    assert apply(owner, 2, **change).status_code == 303
    rows = owner.json("/labels.json")["rows"]
    assert [row["path"] for row in rows if not row["retired"]] == after
    assert "<script>alert" not in owner.get("/labels").text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"act": "burn"}, "no change &#39;burn&#39;"),
        ({"act": "retire", "label": "Cow"}, "has no label &#39;Cow&#39;"),
        ({"act": "split", "label": "Cat", "to": "One"}, "fewer than two labels"),
        ({"act": "rename", "label": "Cat", "to": " "}, "lacks an id or a name"),
    ],
)
def test_what_cannot_be_comes_back(app: FastAPI, change: dict[str, str], says: str) -> None:
    owner = visitor(app, "owner")
    for page in (owner.send("/labels/plan", change), apply(owner, 2, **change)):
        assert page.status_code == 400
        assert says in page.text
    assert owner.json("/labels.json")["newest"] == 1


def test_a_plan_that_is_out_of_date_is_refused(app: FastAPI) -> None:
    owner = visitor(app, "owner")
    apply(owner, 2, act="add", label="", to="Fish")
    late = apply(owner, 2, act="retire", label="Fish")
    assert "was changed since" in late.text
    assert owner.json("/labels.json")["newest"] == 2


def test_guidelines_are_versioned_and_shown_as_text(app: FastAPI) -> None:
    owner = visitor(app, "owner")
    for text in ("Look.", f"Look twice. {EVIL}"):
        owner.post("/labels/guidelines", text=text)
    assert owner.json("/labels.json")["guidelines"] == {"text": f"Look twice. {EVIL}", "version": 2}
    assert visitor(app, "bob").json("/label.json")["guidelines"]["version"] == 2
    for path in ("/labels", "/label"):
        assert "<script>alert" not in owner.get(path).text
    assert visitor(app, "reviewer").post("/labels/guidelines", text="x").status_code == 403


def test_before_labels_are_asked_for_there_is_nothing_to_change(owner: Any) -> None:
    assert owner.json("/labels.json")["ready"] is False
    assert owner.post("/labels/apply", act="add", to="Cat").status_code == 400
