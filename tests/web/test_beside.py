"""Suggestions and others' answers: never where it is blind, never beside sealed items or tests."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from tests.web.conftest import Desk, Visitor, visitor

from milepost import Project
from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.labels.rules import Rules
from milepost.project.suggesting import suggestions
from milepost.shipping.manifest import open_package
from milepost.steps.assign import plainly
from milepost.store.aided import OTHERS, SUGGESTION
from milepost.store.stock import NewItem
from milepost.testing import toys
from milepost.web.app import create
from milepost.web.site import Door

PETS = LabelSet.start("pets", "choice", ["Cat", "Dog"])


@pytest.fixture
def shipped(copied: Project) -> tuple[Visitor, Labels]:
    """A finished project with 30 ordinary items, 15 sealed ones and 15 tests, in which the model suggests."""
    app = create(copied.folder, Door(True, "ada", "k", 1))
    labels: Labels = app.state.site.labels
    labels.start(
        LabelSet.start("labels", "choice", ["no", "yes"]), "ada", Rules(gold=0.5, blind=False, suggest=True)
    )
    rows = toys.shop(60, seed=5).drop("tier", "spent", "bought").to_dicts()
    plain = [{name: plainly(v) for name, v in row.items() if v is not None} for row in rows]
    kinds: list[dict[str, Any]] = [{}] * 30 + [{"sealed": True}] * 15 + [{"gold": "yes"}] * 15
    labels.add_items(
        [NewItem(row, str(at), **kind) for at, (row, kind) in enumerate(zip(plain, kinds, strict=True))],
        "ada",
    )
    return visitor(app, "ada"), labels


def test_the_shipped_model_suggests_beside_ordinary_items_alone(shipped: tuple[Visitor, Labels]) -> None:
    ada, labels = shipped
    kind = {labels.answers.numbers([str(at)])[str(at)]: at for at in range(60)}
    seen: dict[int, dict[str, Any]] = {}
    for place in range(80):
        given = ada.act("/label/next", count=1).json()["items"]
        if not given:
            break
        (item,) = given
        seen[kind[item["id"]]] = item
        value = item["suggestion"]["value"] if "suggestion" in item and place % 2 else "no"
        said = {"value": value, "client": f"c{place}", "suggestion": item.get("suggestion")}
        assert ada.act("/label/act", act="submit", item=item["id"], **said).status_code == 200
    with_one = {at for at, item in seen.items() if "suggestion" in item}
    assert with_one, "some have one"
    assert max(with_one) < 30, "none beside a sealed item or a test"
    assert any(at >= 45 for at in seen)
    assert any(30 <= at < 45 for at in seen)
    assert len(with_one) < 30, "some ordinary ones have none, so that a gap tells nothing"
    package = open_package(ada.site.folder / "package")
    direct = suggestions(labels, package, sorted(kind))
    assert {kind[id] for id in direct} == with_one
    one = seen[min(with_one)]["suggestion"]
    assert one["model"] == f"package {package.manifest.version}"
    assert 0.5 <= one["score"] <= 1
    ((version, (taken, of)),) = labels.aids.accepted().items()
    assert (version, of) == (one["model"], len(with_one))
    assert 0 < taken <= of
    found = labels.answers.all()
    assert int((~found.alone).sum()) == len(with_one)
    told = ada.json("/agreement.json")["suggested"]
    assert [(each["model"], each["accepted"], each["shown"]) for each in told] == [(version, taken, of)]
    assert version in ada.get("/agreement").text


@pytest.mark.parametrize("rules", [Rules(suggest=True, before=True), Rules(blind=False)])
def test_blind_and_unasked_nothing_is_suggested(shipped: tuple[Visitor, Labels], rules: Rules) -> None:
    ada, labels = shipped
    labels.change_rules(rules, "ada")
    items = ada.act("/label/next", count=20).json()["items"]
    assert len(items) == 20
    assert not any({"suggestion", "others"} & item.keys() for item in items)


def answer(who: Visitor, value: str, client: str) -> dict[str, Any]:
    (item,) = who.act("/label/next", count=1).json()["items"]
    said = {"value": value, "client": client}
    return {**item, **who.act("/label/act", act="submit", item=item["id"], **said).json()}


def two(desk: Desk, **rules: Any) -> tuple[FastAPI, Visitor, Visitor]:
    app = desk(PETS, [NewItem({"text": "a"}, wanted=2)], **rules)
    return app, visitor(app, "bob"), visitor(app, "cy")


def test_others_answers_are_seen_after_ones_own(desk: Desk) -> None:
    app, bob, cy = two(desk, labels=2, blind=False)
    assert "others" not in answer(bob, "cat", "b1")
    assert "others" not in cy.act("/label/next", count=1).json()["items"][0]
    assert answer(cy, "dog", "c1")["others"] == [{"by": "bob", "words": "Cat"}]
    assert app.state.site.labels.answers.all().alone.all()
    back = cy.act("/label/act", act="undo", client="c2").json()["item"]
    again = {"act": "submit", "item": back["id"], "value": "cat", "client": "c3"}
    assert cy.act("/label/act", **again).status_code == 200
    assert [label.aid for label in app.state.site.labels.queue._readings.labels()] == ["", OTHERS]


def test_a_rule_shows_them_before_and_the_answer_is_no_second_opinion(desk: Desk) -> None:
    app, bob, cy = two(desk, labels=2, blind=False, before=True)
    answer(bob, "cat", "b1")
    told = answer(cy, "cat", "c1")
    assert told["others"] == [{"by": "bob", "words": "Cat"}]
    assert app.state.site.labels.answers.all().alone.tolist() == [True, False]
    page = visitor(app, "owner").json("/agreement.json")
    assert (page["shared"], page["aided"]) == (False, 1)


def test_blind_nothing_of_others_is_seen(desk: Desk) -> None:
    app, bob, cy = two(desk, labels=2, before=True)
    answer(bob, "cat", "b1")
    assert "others" not in answer(cy, "dog", "c1")
    assert app.state.site.labels.answers.all().alone.all()
    forged = {"value": "cat", "score": 0.9, "model": "m"}
    more = app.state.site.labels
    more.add_items([NewItem({"text": "b"})], "owner")
    (item,) = bob.act("/label/next", count=1).json()["items"]
    said = {"act": "submit", "item": item["id"], "value": "cat", "client": "b2", "suggestion": forged}
    assert bob.act("/label/act", **said).status_code == 200
    assert SUGGESTION not in {label.aid for label in more.queue._readings.labels()}
