"""The ways that people go most, on SQLite and on PostgreSQL: sign in, import, label, review, leave, audit."""

from __future__ import annotations

import threading
from pathlib import Path

import polars as pl
import pytest
from fastapi import FastAPI
from tests.web.conftest import PASSWORD, Visitor, peopled, visitor

from milepost import Project
from milepost.labels.labelset import LabelSet
from milepost.labels.rules import Rules
from milepost.store import moving
from milepost.store.audit import Audit
from milepost.store.people import Person
from milepost.store.stock import NewItem

PETS = LabelSet.start("pets", "choice", ["Cat", "Dog"])


@pytest.fixture
def app(where: str, tmp_path: Path) -> FastAPI:
    """A project on each database with two labels an item, and people of each role."""
    pl.DataFrame({"x": range(40), "y": ["a", "b"] * 20}).write_csv(tmp_path / "rows.csv")
    folder = Project.new(tmp_path / "p", tmp_path / "rows.csv", "y").folder
    if "://" in where:
        moving.move(folder / ".milepost", where)
    made = peopled(folder)
    assert made.state.site.labels.rows.lite == ("://" not in where)
    for name in ("bob", "cy"):
        made.state.site.accounts.people.add(Person(0, name, ("labeller",)), "setup")
    made.state.site.labels.start(PETS, "owner", Rules(labels=2, disputes=True))
    return made


def signed_in(app: FastAPI, name: str, password: str = PASSWORD) -> Visitor:
    """Somebody who came by the form."""
    stranger = visitor(app)
    site = stranger.site
    stranger.get("/login")
    stranger.token = str(stranger.client.cookies.get(site.visit))
    answer = stranger.post("/login", name=name, password=password)
    assert answer.status_code == (303 if password == PASSWORD else 401), answer.text
    stranger.token = str(stranger.client.cookies.get(site.cookie, ""))
    return stranger


def answered(who: Visitor, value: str) -> int:
    """Answers what is next until nothing is; returns how many."""
    done = 0
    while items := who.act("/label/next", count=3).json()["items"]:
        for item in items:
            said = {"act": "submit", "item": item["id"], "client": f"c{item['id']}", "value": value}
            assert who.act("/label/act", **said).status_code == 200
            done += 1
    return done


def test_from_signing_in_to_the_audit(app: FastAPI) -> None:
    site = app.state.site
    assert not signed_in(app, "labeller", "some other words").client.cookies.get(site.cookie)
    labeller = signed_in(app, "labeller")
    items = [NewItem({"text": f"{i}"}, key=f"{i}") for i in range(600)]
    thread = threading.Thread(target=site.labels.add_items, args=(items, "owner"))
    site.labels.add_items(items[:6], "owner")
    thread.start()  # items come in while two people label
    first = labeller.act("/label/next", count=3).json()["items"]
    assert [item["content"]["text"] for item in first] == ["0", "1", "2"]
    thread.join()
    bob = visitor(app, "bob")
    for who, value in ((labeller, "cat"), (bob, "dog")):
        for item in who.act("/label/next", count=3).json()["items"]:
            said = {"act": "submit", "item": item["id"], "client": f"c{item['id']}", "value": value}
            once = who.act("/label/act", **said).json()
            assert who.act("/label/act", **said).json()["decision"] == once["decision"]
    back = bob.act("/label/act", act="undo", client="u1").json()
    assert back["item"]["value"] == "dog"

    rita = signed_in(app, "reviewer")
    cases = rita.act("/review/next", count=5).json()["cases"]
    assert len(cases) == 2, "the third waits for the answer that was taken back"
    chosen = {"act": "accept", "item": cases[0]["id"], "decision": cases[0]["answers"][1]["decision"]}
    assert rita.act("/review/act", client="r1", **chosen).status_code == 200
    gone = {"act": "send back", "item": cases[1]["id"], "client": "r2", "comment": "Look again."}
    assert rita.act("/review/act", **gone).status_code == 200
    assert bob.json("/queues.json?tab=review")["items"][0]["comment"] == "Look again."

    owner = signed_in(app, "owner")
    closed = owner.send("/people/change", {"name": "labeller", "role": "labeller", "open": "no"})
    assert closed.status_code == 303
    assert labeller.act("/label/next").status_code == 401, "who was closed is out at once"
    paths = {row["path"] for row in owner.json("/audit.json")["rows"]}
    assert {"/login", "/people/change"} <= paths
    assert Audit(site.labels.rows, "labels").problems() == []
    assert site.labels.answers.counts()[0]["items"] == 600


def test_two_people_at_once_and_nothing_is_lost_or_doubled(app: FastAPI) -> None:
    site = app.state.site
    site.labels.add_items([NewItem({"text": f"{i}"}) for i in range(40)], "owner")
    done: dict[str, int] = {}

    def work(name: str) -> None:
        done[name] = answered(visitor(app, name), "cat")

    threads = [threading.Thread(target=work, args=(name,)) for name in ("bob", "cy", "labeller")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done.values()) == 80
    assert Audit(site.labels.rows, "labels").problems() == []
