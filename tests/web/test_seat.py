"""Pages of a column: each has its own queue, label set, agreement and rules, and none sees another's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from tests.project.test_columns import begun, label, table
from tests.web.conftest import EVIL, peopled, visitor

from milepost import Project
from milepost.labels.labelset import LabelSet
from milepost.store.people import Person
from milepost.web.seat import kept, query


@pytest.fixture
def two(tmp_path: Path) -> Iterator[FastAPI]:
    """A project in which two columns are labelled and the target is not."""
    project = begun(tmp_path / "p", table(30))
    project.labels.column("colour").start(overlap=1, share=1.0, gold=0.0)
    project.labels.column(f"tone {EVIL}").start(names=["good", "bad"], overlap=2)
    app = peopled(tmp_path / "p")
    for name in ("bob", "cy"):
        app.state.site.accounts.people.add(Person(0, name, ("labeller",)), "setup")
    yield app
    app.state.site.runs.close()


TONE = query(f"tone {EVIL}")


def test_a_labeller_is_given_a_queue_or_chooses_one(two: FastAPI) -> None:
    bob = visitor(two, "bob")
    page = bob.json("/label.json")
    assert page["column"] == "colour", "the first in which something waits"
    assert [(one["column"], one["pending"]) for one in page["columns"]] == [
        ("colour", 10), (f"tone {EVIL}", 30)
    ]  # fmt: skip
    assert [one["name"] for one in page["set"]["labels"]] == ["blue", "green", "red"]
    chosen = bob.json(f"/label.json{TONE}")
    assert [one["name"] for one in chosen["set"]["labels"]] == ["good", "bad"]
    assert chosen["place"] != page["place"]
    assert "<script>alert" not in bob.get(f"/label{TONE}").text
    for number in range(10):
        (item,) = bob.act("/label/next?column=colour", count=1).json()["items"]
        done = bob.act(
            "/label/act?column=colour", act="submit", item=item["id"], client=str(number), value="red"
        )
        assert done.status_code == 200, done.text
    assert bob.json("/label.json")["column"] == f"tone {EVIL}", "the next queue, when one is done"
    assert bob.json("/label.json?column=colour")["column"] == "colour"
    assert bob.json("/queues.json?column=colour&tab=submitted")["counts"]["submitted"] == 10
    assert bob.json(f"/queues.json{TONE}&tab=submitted")["items"] == []
    assert bob.get("/label?column=no").status_code == 400


def test_who_has_said_all_they_can_of_one_column_is_given_another(two: FastAPI) -> None:
    project = Project(two.state.site.folder)
    project.labels.column("age").start(kind="number", overlap=2, most=4)
    tone = project.labels.column(f"tone {EVIL}")
    every = [key for key, _ in tone.store.answers.contents(everything=True)]
    for column, said in (("colour", "red"), (f"tone {EVIL}", "good")):
        label(project, column, dict.fromkeys(every, said), "bob")
    page = visitor(two, "bob").json("/label.json")
    waits = [(one["column"], one["pending"]) for one in page["columns"]]
    assert waits == [("colour", 0), (f"tone {EVIL}", 30), ("age", 4)]
    assert page["column"] == "age", "of the second column cy has to say something, not bob"


def test_an_answer_counts_in_its_own_queue_alone(two: FastAPI) -> None:
    bob, cy = visitor(two, "bob"), visitor(two, "cy")
    (item,) = bob.act(f"/label/next{TONE}", count=1).json()["items"]
    wrong = bob.act("/label/act?column=colour", act="submit", item=item["id"], client="w", value="red")
    assert wrong.status_code == 400, "no item of that queue"
    assert (
        bob.act(f"/label/act{TONE}", act="submit", item=item["id"], client="t", value="good").status_code
        == 200
    )
    back = bob.post(
        f"/queues/undo{TONE}",
        decision=str(bob.json(f"/queues.json{TONE}&tab=submitted")["items"][0]["decision"]),
    )
    assert back.headers["location"].endswith("&column=" + TONE.partition("=")[2]), "it stays with the column"
    assert cy.json(f"/queues.json{TONE}")["counts"]["submitted"] == 0


def test_label_set_rules_and_agreement_are_a_columns_own(two: FastAPI) -> None:
    owner = visitor(two, "owner")
    assert (
        owner.post(f"/labels/apply{TONE}", act="add", to="fair", version="2").headers["location"]
        == f"/labels{TONE}"
    )
    assert [row["path"] for row in owner.json(f"/labels.json{TONE}")["rows"]] == ["good", "bad", "fair"]
    assert len(owner.json("/labels.json?column=colour")["rows"]) == 3
    owner.post(f"/labels/guidelines{TONE}", text="By ear.")
    assert owner.json(f"/labels.json{TONE}")["guidelines"]["text"] == "By ear."
    assert owner.json("/labels.json?column=colour")["guidelines"]["text"] == ""
    tone = Project(two.state.site.folder).labels.column(f"tone {EVIL}")
    every = [key for key, _ in tone.store.answers.contents(everything=True)]
    for name, said in (("bob", "good"), ("cy", "bad")):
        label(Project(two.state.site.folder), f"tone {EVIL}", dict.fromkeys(every, said), name)
    found = owner.json(f"/agreement.json{TONE}")
    assert (found["answers"], found["shared"], len(found["differ"])) == (60, True, 30)
    assert owner.json("/agreement.json?column=colour")["answers"] == 0
    rules = {rule["name"]: rule["value"] for rule in owner.json(f"/rules.json{TONE}")["rules"]}
    assert rules["labels"] == "2"
    people = {each["name"]: each["labels"] for each in owner.json("/people.json")["accounts"]}
    assert (people["bob"], people["cy"]) == (30, 30)
    audit = two.state.site.rows.select("audit")
    assert audit[0].body["column"] == f"tone {EVIL}"


def test_a_column_is_asked_for_on_a_page(two: FastAPI) -> None:
    owner = visitor(two, "owner")
    refused = owner.post("/ask/column", column="y", kind="", labels="")
    assert refused.status_code == 400
    assert "is what is predicted" in refused.text
    assert owner.post("/ask/column", column="age", kind="number", labels="", most="5").status_code == 303
    assert [(one["column"], one["left"]) for one in owner.json("/ask.json")["others"]][-1] == ("age", 5)
    assert visitor(two, "bob").post("/ask/column", column="z", kind="number").status_code == 403
    for path in ("/queues", "/labels", "/agreement", "/review", "/rules", "/transfer", "/ask"):
        assert owner.get(f"{path}?column=age").status_code == 200
        assert "<script>alert" not in owner.get(f"{path}?column=age").text


def test_the_target_comes_first_where_it_is_labelled_too(two: FastAPI) -> None:
    site = two.state.site
    site.labels.start(LabelSet.start("labels", "choice", ["yes", "no"]), "owner")
    bob = visitor(two, "bob")
    assert [one["name"] for one in bob.json("/label.json")["columns"]] == ["y", "colour", f"tone {EVIL}"]
    assert bob.json("/label.json")["column"] == "colour", "nothing of the target waits"
    assert [one["name"] for one in bob.json("/label.json?column=")["set"]["labels"]] == ["yes", "no"]
    assert visitor(two, "owner").json("/labels.json")["column"] == ""


def test_addresses_stay_with_a_column() -> None:
    assert kept("/label?item=3", "a b") == "/label?item=3&column=a%20b"
