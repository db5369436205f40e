"""The labelling screen's server side: own items only, each decision once, media of those items alone."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from PIL import Image
from tests.web.conftest import EVIL, Desk, visitor

from milepost.labels.labelset import LabelSet
from milepost.labels.queue import Reply
from milepost.store.stock import NewItem
from milepost.web.masks import ABOVE
from milepost.web.views.label import RENEW

PETS = LabelSet.start("pets", "choice", ["Cat", "Dog", "Bird <img src=x onerror=alert(1) "])


def picture(colour: str = "red", size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    return desk(PETS, [NewItem({"text": f"{i} {EVIL}"}) for i in range(6)])


def test_next_items_are_leased_to_one_person_and_come_again_after_a_reload(app: FastAPI) -> None:
    bob, cy = visitor(app, "bob"), visitor(app, "cy")
    first = bob.act("/label/next", count=3).json()
    assert [item["content"]["text"][0] for item in first["items"]] == ["0", "1", "2"]
    assert bob.act("/label/next", count=3).json()["items"] == first["items"]
    assert [item["content"]["text"][0] for item in cy.act("/label/next", count=3).json()["items"]] == [
        "3",
        "4",
        "5",
    ]
    assert set(first["items"][0]) == {
        "id", "content", "state", "value", "comment", "decision", "version",
    }  # fmt: skip


def test_a_decision_that_is_told_twice_counts_once_and_is_taken_back(app: FastAPI) -> None:
    bob = visitor(app, "bob")
    (item,) = bob.act("/label/next", count=1).json()["items"]
    said = {"act": "submit", "item": item["id"], "client": "c1", "value": "cat", "version": 1, "seconds": 2.5}
    first, again = bob.act("/label/act", **said).json(), bob.act("/label/act", **said).json()
    assert first["decision"] == again["decision"]
    assert again["counts"]["submitted"] == 1
    assert app.state.site.labels.answers.all().values == ("cat",)
    back = bob.act("/label/act", act="undo", client="c2", decision=first["decision"]).json()
    assert (back["item"]["id"], back["item"]["value"]) == (item["id"], "cat")
    assert len(app.state.site.labels.answers.all()) == 0


def test_numbers_of_items_tell_no_question_with_a_known_answer_from_others(desk: Desk) -> None:
    plain = [NewItem({"text": f"row {i}"}, unit=f"unit {i}") for i in range(12)]
    tests = [NewItem({"text": f"test {i}"}, gold="cat", reason="gold") for i in range(6)]
    app = desk(PETS, [*plain, *tests], gold=0.5)
    seen: dict[str, dict[str, int]] = {}
    for name in ("bob", "cy"):
        items = visitor(app, name).act("/label/next", count=18).json()["items"]
        assert len({tuple(item) for item in items}) == 1, "all have the same fields"
        seen[name] = {item["content"]["text"]: item["id"] for item in items}
        assert any(text.startswith("test") for text in seen[name])
    both = seen["bob"].keys() & seen["cy"].keys()
    assert both
    assert all(seen["bob"][text] != seen["cy"][text] for text in both), "people compare no numbers"
    bob = visitor(app, "bob")
    for number in range(1, 19):
        assert bob.act("/label/next", count=1, item=number).json()["items"][0]["id"] > ABOVE
        said = {"act": "draft", "item": number, "client": f"c{number}", "value": "cat"}
        assert bob.act("/label/act", **said).status_code == 400, "nor are true numbers tried out"
    owner = visitor(app, "owner").act("/label/next", count=2).json()["items"]
    assert all(item["id"] <= 18 for item in owner), "whoever may review sees true ones"


def test_decisions_that_a_browser_kept_from_before_are_taken(app: FastAPI) -> None:
    site, bob = app.state.site, visitor(app, "bob")
    member = site.member(site.who(bob.client.cookies))
    one, two = site.labels.queue.next(member.id, 2)
    site.labels.queue.submit(member.id, Reply(one.id, "before", "cat"))
    said = {"act": "submit", "item": two.id, "client": "kept", "value": "dog", "version": 1}
    assert bob.act("/label/act", **said).status_code == 200
    assert site.labels.answers.all().values == ("cat", "dog")
    assert bob.act("/label/next", item=two.id).json()["items"][0]["id"] > ABOVE, "but nothing else is"
    assert bob.json("/queues.json?tab=submitted")["items"][0]["id"] > ABOVE


def test_what_cannot_be_is_refused_with_the_place(app: FastAPI) -> None:
    bob = visitor(app, "bob")
    (item,) = bob.act("/label/next", count=1).json()["items"]
    for said, status, words in (
        ({"act": "submit", "item": item["id"], "client": "c", "value": "cow"}, 400, "cow"),
        (
            {"act": "submit", "item": item["id"] ^ 1, "client": "c", "value": "cat"},
            400,
            f"item {item['id'] ^ 1} was never",
        ),
        ({"act": "submit", "item": "x", "client": "c", "value": "cat"}, 400, "'item' is"),
        ({"act": "steal", "item": item["id"], "client": "c"}, 400, "no act 'steal'"),
        ({"act": "submit", "item": item["id"], "client": "", "value": "cat"}, 400, "client id"),
    ):
        answer = bob.act("/label/act", **said)
        assert answer.status_code == status
        assert words in answer.json()["error"]["what"]
    assert visitor(app, "reviewer").act("/label/next").status_code == 403, "a reviewer who is no labeller"
    assert bob.act("/label/next", csrf="0" * 64).status_code == 401
    assert bob.client.post("/label/next", json={}).status_code == 401
    assert len(app.state.site.labels.answers.all()) == 0


def test_the_screen_tells_nothing_of_others_and_escapes_names(app: FastAPI) -> None:
    visitor(app, "owner").site.labels.write_guidelines(f"Look closely. {EVIL}", "owner")
    page = visitor(app, "bob").get("/label")
    assert "Look closely. &lt;script&gt;" in page.text
    assert "<script>alert" not in page.text
    told = visitor(app, "bob").json("/label.json")
    assert [label["key"] for label in told["set"]["labels"]] == ["1", "2", "3"]
    assert told["guidelines"]["version"] == 1
    assert visitor(app, "bob").get("/road").status_code == 403


def test_keys_are_kept_by_person(app: FastAPI) -> None:
    bob = visitor(app, "bob")
    assert bob.act("/label/keys", keys={"submit": "Space", "label:cat": "c"}).status_code == 200
    told = bob.json("/label.json")["keys"]
    assert (told["submit"], told["label:cat"], told["undo"]) == ("Space", "c", "z")
    assert visitor(app, "cy").json("/label.json")["keys"]["submit"] == "Enter"
    for wrong in ({"submit": "z"}, {"fly": "f"}, {"submit": ""}, ["z"], {"label:a": "q", "label:b": "q"}):
        assert bob.act("/label/keys", keys=wrong).status_code == 400


def test_thousands_of_labels_are_found_as_one_types(desk: Desk) -> None:
    names = [f"Genus {i % 40} > Species {i}" for i in range(4000)]
    app = desk(LabelSet.start("plants", "choice", names), [NewItem({"text": "a plant"})])
    bob = visitor(app, "bob")
    told = bob.json("/label.json")["set"]
    assert (told["count"], len(told["labels"])) == (4040, 300)
    found = bob.json("/label/find.json?typed=species%203999")["labels"]
    assert found[0]["path"] == "Genus 39 > Species 3999"
    ids = [found[0]["id"], told["labels"][0]["id"], "none"]
    named = bob.json("/label/find.json?" + "&".join(f"id={id}" for id in ids))["labels"]
    assert [label["id"] for label in named] == ids[:2]
    assert named[0]["path"] == "Genus 39 > Species 3999"


def test_media_are_given_to_whom_they_are_shown(desk: Desk) -> None:
    from milepost.digest import digest_bytes

    red, script = picture(), b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    names = [digest_bytes(data) for data in (red, script)]
    app = desk(PETS, [NewItem({"image": f"image:{name}"}) for name in names])
    for data in (red, script, b"not in an item"):
        app.state.site.project.blobs.put(data)
    bob, cy = visitor(app, "bob"), visitor(app, "cy")
    first, second = (item["id"] for item in bob.act("/label/next", count=2).json()["items"])
    shown = bob.get(f"/label/media/{first}/{names[0]}")
    assert (shown.content, shown.headers["content-type"]) == (red, "image/png")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert bob.get(f"/label/media/{second}/{names[1]}").status_code == 415, "nothing that can hold a script"
    for who, path in (
        (cy, f"{first}/{names[0]}"), (bob, f"{first}/{names[1]}"), (bob, f"x/{names[0]}"),
        (bob, f"{first}/{digest_bytes(b'not in an item')}"), (bob, f"{first}/..%2f..%2fmilepost.toml"),
    ):  # fmt: skip
        assert who.get(f"/label/media/{path}").status_code == 404, path


def test_without_labels_the_screen_says_so(reader: Callable[..., Any]) -> None:
    assert "No labels are asked for here yet." in reader("labeller").get("/label").text
    assert "milepost labels" in reader("owner").get("/label").text
    assert reader("labeller").json("/label.json")["ready"] is False


def test_large_answers_are_taken_and_broken_ones_refused(app: FastAPI) -> None:
    bob = visitor(app, "bob")
    (item,) = bob.act("/label/next", count=1).json()["items"]
    said = {"act": "draft", "item": item["id"], "client": "c1"}
    assert bob.act("/label/act", **said, value="x" * 3_000_000).status_code == 200, "as large as a mask"
    assert bob.act("/label/act", **said, value="x" * 10_000_000).status_code == 413
    for more in ({"item": 10**30}, {"client": "\0"}, {"version": 2**40}):
        assert bob.act("/label/act", **{**said, **more}).status_code == 400, more
    assert bob.act("/label/act", act="undo", client="c", decision=10**30).status_code == 400


def test_an_act_is_taken_back_by_its_own_id(app: FastAPI) -> None:
    bob = visitor(app, "bob")
    (first,) = bob.act("/label/next", count=1).json()["items"]
    said = {"act": "submit", "client": "one", "value": "cat"}
    bob.act("/label/act", item=first["id"], **said)
    assert bob.act("/label/act", act="undo", client="u1", of="refused before").status_code == 400
    assert app.state.site.labels.answers.all().values == ("cat",), "nothing else is taken back instead"
    assert bob.act("/label/act", act="undo", client="u2", of="one").json()["item"]["id"] == first["id"]


def test_leases_are_renewed_before_they_run_out(desk: Desk) -> None:
    for lease, renew in ((30, 240), (3, 60)):
        assert min(RENEW, lease * 60 / 3) == renew
    app = desk(PETS, [NewItem({"text": "a"})], lease=3)
    assert visitor(app, "bob").json("/label.json")["renew"] == 60
