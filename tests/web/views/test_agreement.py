"""Agreement: numbers as the statistics have them, gold by person, disputes go to a reviewer."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from tests.web.conftest import Desk, visitor

from milepost.labels.agreement import agreed
from milepost.labels.labelset import LabelSet
from milepost.store.stock import NewItem
from milepost.web.costly import Costly
from milepost.web.desk import numbers
from milepost.web.views import agreement
from milepost.web.views.agreement import sampled

PETS = LabelSet.start("pets", "choice", ["Cat", "Dog"])


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    items = [NewItem({"text": str(i)}, key=str(i)) for i in range(20)]
    gold = [NewItem({"text": f"known {i}"}, key=f"known {i}", gold="cat") for i in range(8)]
    app = desk(PETS, [*items, *gold], labels=2, gold=0.3)
    for name in ("bob", "cy"):
        who, place = visitor(app, name), 0
        while given := who.act("/label/next", count=1).json()["items"]:
            text = given[0]["content"]["text"]
            wrong = name == "cy" and (text.startswith("known") or int(text) % 5 == 0)
            value = "dog" if wrong or (text.isdigit() and int(text) > 9) else "cat"
            said = {"act": "submit", "item": given[0]["id"], "client": f"c{place}", "value": value}
            assert who.act("/label/act", **said).status_code == 200
            place += 1
    return app


def test_the_page_says_what_the_statistics_say(app: FastAPI) -> None:
    rita = visitor(app, "reviewer")
    told = rita.json("/agreement.json")
    answers = app.state.site.labels.answers.all()
    said: list[Any] = list(zip(answers.items.tolist(), answers.people.tolist(), answers.values, strict=True))
    made = agreed("choice", said, resamples=500)
    assert made.alpha is not None
    assert told["facts"][0]["value"] == pytest.approx(made.alpha.value)
    assert told["facts"][0]["low"] == pytest.approx(made.alpha.interval.low)
    assert [table["title"] for table in told["tables"]] == ["By label", "By pair", "By person"]
    assert [row[0] for row in told["tables"][0]["rows"]] == ["Cat", "Dog"]
    page = rita.get("/agreement").text
    assert f"{made.alpha.value:.2f}" in page
    assert "bob and cy" in page


def test_who_errs_on_known_answers_is_told_to_stop(app: FastAPI) -> None:
    gold = {each["name"]: each for each in visitor(app, "owner").json("/agreement.json")["gold"]}
    assert gold["bob"]["right"] == gold["bob"]["answered"] > 3
    assert gold["cy"]["right"] == 0
    assert gold["cy"]["verdict"] == "stop"
    assert gold["cy"]["accuracy"] < gold["bob"]["accuracy"]


def test_what_people_differ_on_goes_before_a_reviewer(app: FastAPI) -> None:
    rita = visitor(app, "owner")
    differ = rita.json("/agreement.json")["differ"]
    assert len(differ) == 2, "of 0, 5, 10 and 15 they differ on the first two"
    assert {(a["by"], a["words"]) for a in differ[0]["answers"]} == {("bob", "Cat"), ("cy", "Dog")}
    assert rita.send("/agreement/review", {}).status_code == 400
    assert rita.send("/agreement/review", {"item": str(differ[0]["item"])}).status_code == 303
    assert rita.json("/review.json")["waiting"] == 1
    assert visitor(app, "bob").get("/agreement").status_code == 403


def test_more_answers_than_can_be_compared_are_drawn_by_item_and_this_is_told(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[Any] = [((item, person, "cat"), True) for item in range(1000) for person in (1, 2)]
    kept, told = sampled(rows, 500)
    assert told == {"items": 250, "of": 1000, "answers": 500}
    assert len({item for (item, *_), _ in kept}) == 250, "items come with all their answers"
    assert 400 < np.mean([item for (item, *_), _ in kept]) < 600, "five standard errors about the middle"
    assert sampled(rows, 2000) == (rows, {})
    monkeypatch.setattr(agreement, "MOST", 20)
    page = visitor(app, "reviewer").get("/agreement").text
    assert "Of 40 answers these 20 are compared: those to 10 items, drawn at random of 20." in page


def test_what_was_computed_last_is_told_with_its_time(app: FastAPI) -> None:
    rita = visitor(app, "reviewer")
    told = rita.json("/agreement.json")
    assert told["newest"]
    site = app.state.site
    site.agreement = Costly(worked=count(step=2).__next__)
    slow = rita.json("/agreement.json")
    give = [NewItem({"text": "new"}, key="new")]
    site.labels.add_items(give, "owner")
    bob = visitor(app, "bob")
    (item,) = bob.act("/label/next", count=1).json()["items"]
    said = {"act": "submit", "item": item["id"], "client": "late one", "value": "dog"}
    assert bob.act("/label/act", **said).status_code == 200
    again = rita.json("/agreement.json")
    assert (again["answers"], again["at"], again["newest"]) == (slow["answers"], slow["at"], False)
    assert f"As of {slow['at']} UTC" in rita.get("/agreement").text


def test_without_two_labels_nothing_is_claimed(desk: Desk) -> None:
    app = desk(PETS, [NewItem({"text": "a"})])
    assert "No item has two labels yet" in visitor(app, "owner").get("/agreement").text


def test_an_answer_that_was_changed_is_seen(app: FastAPI) -> None:
    rita, bob = visitor(app, "reviewer"), visitor(app, "bob")
    before = rita.json("/agreement.json")["differ"]
    assert rita.json("/labels.json")["rows"][0]["answers"] == 18
    known = numbers(bob.site, bob.site.who(bob.client.cookies))
    said = {"act": "submit", "item": known.shown(before[0]["item"]), "client": "anew", "value": "dog"}
    assert bob.act("/label/act", **said).status_code == 200
    assert len(rita.json("/agreement.json")["differ"]) == len(before) - 1
    assert rita.json("/labels.json")["rows"][0]["answers"] == 17
