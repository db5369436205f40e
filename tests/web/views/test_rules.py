"""The rules page: what a change touches is told first, then made, and who made it is kept."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from tests.web.conftest import EVIL, Desk, Visitor, visitor

from milepost.labels.labelset import LabelSet
from milepost.labels.rules import Rules
from milepost.store.stock import NewItem
from milepost.web.site import AUDIT


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    items = [NewItem({"text": str(i)}) for i in range(4)]
    return desk(LabelSet.start("pets", "choice", ["Cat", "Dog"]), items, labels=2)


def filled(visitor: Visitor, **changed: str) -> dict[str, str]:
    found = visitor.json("/rules.json")
    return {**{rule["name"]: rule["value"] for rule in found["rules"]}, "stamp": found["stamp"], **changed}


def test_a_change_is_told_first_then_made_and_kept(app: FastAPI) -> None:
    owner = visitor(app, "owner")
    page = owner.send("/rules/plan", filled(owner, labels="3", quorum="2"))
    assert page.status_code == 200
    assert "labels: 2 → 3" in page.text
    assert "The 4 items that are there keep the number of labels they want" in page.text
    assert app.state.site.labels.rules() == Rules(labels=2), "nothing is changed by asking"
    assert owner.send("/rules", filled(owner, labels="3", quorum="2")).headers["location"] == "/rules"
    assert app.state.site.labels.rules() == Rules(labels=3, quorum=2)
    past = owner.json("/rules.json")["past"]
    assert past[0]["by"] == "owner"
    assert past[0]["changed"] == {"labels": ["2", "3"], "quorum": ["0", "2"]}
    assert owner.site.project.ledger.rows.select(AUDIT)[-1].key == "/rules"


def test_rules_that_changed_meanwhile_and_the_same_rules(app: FastAPI) -> None:
    owner = visitor(app, "owner")
    sent = filled(owner, gold="0.1")
    app.state.site.labels.change_rules(Rules(labels=2, review=0.5), "cy")
    answer = owner.send("/rules", sent)
    assert answer.status_code == 400
    assert "the rules were changed since" in answer.text
    assert app.state.site.labels.rules().gold == 0
    rows = len(owner.json("/rules.json")["past"])
    assert owner.send("/rules", filled(owner)).status_code == 303
    assert len(owner.json("/rules.json")["past"]) == rows, "what changes nothing leaves no row"
    assert "these are the rules as they stand" in owner.send("/rules/plan", filled(owner)).text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"labels": "many"}, "A whole number."),
        ({"gold": "1"}, "nothing would be left"),
        ({"blind": EVIL}, "yes or no"),
    ],
)
def test_what_cannot_be_comes_back_as_it_was_typed(app: FastAPI, change: dict[str, str], says: str) -> None:
    owner = visitor(app, "owner")
    for path in ("/rules/plan", "/rules"):
        page = owner.send(path, filled(owner, lease="17", **change))
        assert page.status_code == 400
        assert says in page.text
        assert 'value="17"' in page.text
        assert "<script>alert" not in page.text
    assert app.state.site.labels.rules() == Rules(labels=2)


def test_reviewers_look_and_nobody_was_asked_yet(app: FastAPI, reader: Any) -> None:
    assert "disabled" in visitor(app, "reviewer").get("/rules").text
    assert "What would it touch?" not in visitor(app, "reviewer").get("/rules").text
    assert reader("owner").json("/rules.json")["ready"] is False
    assert visitor(app, "labeller").get("/rules").status_code == 403
