"""What was answered, as arrays; and the seal, tried at every door."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from milepost.errors import Sealed
from milepost.labels.answers import Answers
from milepost.labels.migrations import Merge, Split
from milepost.labels.queue import Queue
from milepost.labels.review import Review
from milepost.store.stock import NewItem


def test_answers_are_arrays_in_the_order_of_items(office: Any) -> None:
    office.add("a", "b", wanted=2)
    office.label(office.cy, "dog", seconds=3)
    office.label(office.bob, "cat", seconds=1.5)
    (given,) = office.labels.queue.next(office.bob)
    office.labels.queue.discard(office.bob, office.reply(given.id))
    found = office.labels.answers.all()
    first, second = found.items[0], given.id
    assert found.items.tolist() == [first, first, second]
    assert found.people.tolist() == [office.cy, office.bob, office.bob]
    assert found.values == ("dog", "cat", None)
    assert found.keys == ("a", "a", "b")
    assert np.array_equal(found.seconds, [3, 1.5, np.nan], equal_nan=True)
    codes, names = found.coded()
    assert (codes.tolist(), names) == ([1, 0, -1], ('"cat"', '"dog"'))
    assert len(office.labels.answers.tests()) == 0


def test_tests_stand_beside_what_is_known_and_stay_wrong_after_a_split(office: Any) -> None:
    office.rules(gold=0.99)
    office.add("free")
    office.add("g", gold="cat")
    queue = office.labels.queue
    for given in queue.next(office.bob, 2):
        queue.submit(office.bob, office.reply(given.id, "bird"))
    found = office.labels.answers.tests()
    assert (found.keys, found.values, found.known) == (("g",), ("bird",), ("cat",))
    labels = office.labels
    labels.apply(labels.plan(Split("bird", ("Duck", "Goose"))), "Ann")
    labels.apply(labels.plan(Merge(("cat",), "dog")), "Ann")
    found = labels.answers.tests()
    assert (found.values, found.known) == ((None,), ("dog",))


def test_history_and_journal(office: Any) -> None:
    office.add("a", wanted=2)
    item = office.label(office.bob, "cat").item
    office.labels.queue.undo(office.bob, "u")
    office.label(office.bob, "dog")
    office.label(office.cy, "cat")
    history = office.labels.answers.history(item)
    assert [(d.person, d.act, d.value) for d in history] == [
        (office.bob, "submitted", "cat"), (office.bob, "undone", None), (office.bob, "submitted", "dog"),
        (office.cy, "submitted", "cat"),
    ]  # fmt: skip
    assert history[1].of == history[0].id
    assert office.labels.answers.history(item, office.cy) == history[3:]
    assert office.labels.answers.since(history[1].id, 1) == history[2:3]
    assert office.labels.answers.counts()[0]["done"] == 2
    assert office.labels.answers.by_label() == {"cat": 1, "dog": 1, "bird": 0}


def test_no_door_shows_a_sealed_label_but_that_of_final(office: Any) -> None:
    """Every public method of the queue, of reviewing and of answers is called, as anybody."""
    labels = office.labels
    office.rules(labels=2, review=1, disputes=True, quorum=2, blind=False)
    office.add("a sealed one", sealed=True)
    labels.apply(labels.plan(Merge(("dog",), "cat")), "Ann")
    sealed = [office.label(person, value) for person, value in ((office.bob, "bird"), (office.cy, "cat"))]
    item = sealed[0].item
    people = (office.ann, office.bob, office.cy, office.rita)
    undone = [labels.queue.undo(office.bob, "u")]
    office.label(office.bob, "bird")
    tried: dict[str, list[Any]] = {
        "Queue.next": [labels.queue.next(office.bob, 9)],
        "Queue.claim": [labels.queue.claim(office.ann, [item])],
        "Queue.undo": undone,
        "Queue.mine": [labels.queue.mine(p, tab) for p in people[:3] for tab in ("submitted", "review")],
        "Queue.shown": [labels.queue.shown(person, item) for person in people[1:3]],
        "Queue.others": [refused(labels.queue.others, office.bob, item)],
        "Queue.progress": [labels.queue.progress(person) for person in people],
        "Review.next": [labels.review.next(office.rita, 9)],
        "Review.ask": [labels.review.ask(office.rita, [item])],
        "Answers.all": [labels.answers.all()],
        "Answers.tests": [labels.answers.tests()],
        "Answers.settled": [labels.answers.settled()],
        "Answers.settled_keys": [labels.answers.settled_keys()],
        "Answers.history": [refused(labels.answers.history, item)],
        "Answers.since": [labels.answers.since()],
        "Answers.counts": [labels.answers.counts()],
        "Answers.by_label": [sum(labels.answers.by_label().values())],
        "Answers.hidden": [labels.answers.hidden()],
        "Answers.newest": [labels.answers.newest()],
        "Answers.numbers": [labels.answers.numbers(["a sealed one"])],
        "Answers.contents": [list(labels.answers.contents()), list(labels.answers.contents(True))],
        "Answers.final": [refused(labels.answers.final, "annotate")],
        "Answers.every": [refused(labels.answers.every, "collect")],
    }
    acts = {"Queue": {"submit", "discard", "draft", "release"}, "Review": {"accept", "fix", "send_back"}}
    for kind in (Queue, Review, Answers):
        doors = {n for n, _ in inspect.getmembers(kind, inspect.isfunction) if not n.startswith("_")}
        missing = doors - acts.get(kind.__name__, set()) - {name.split(".")[1] for name in tried}
        assert not missing, f"doors of {kind.__name__} that nobody tried: {missing}"
    assert tried["Answers.by_label"] == [0]
    for name, found in tried.items():
        assert "bird" not in repr(found), name
        assert "'cat'" not in repr(found), name
    assert labels.plan(Split("bird", ("A", "B"))).requeued == 0, "a plan would count them"
    assert len(labels.review.next(office.rita, 9)) == 0
    assert sorted(labels.answers.final("final").values) == ["bird", "cat"]
    assert [entry.body["by"] for entry in labels.rows.select("sealed labels")] == ["final"]


def refused(call: Any, *arguments: Any) -> str:
    """What is told to who asks for something sealed."""
    with pytest.raises(Sealed) as told:
        call(*arguments)
    return str(told.value)


def test_a_draft_of_a_sealed_item_comes_back_to_its_writer_alone(office: Any) -> None:
    office.add("a", sealed=True, wanted=2)
    (given,) = office.labels.queue.next(office.bob)
    office.labels.queue.draft(office.bob, office.reply(given.id, "bird"))
    assert office.labels.queue.mine(office.bob, "draft")[0].value == "bird"
    assert office.labels.queue.mine(office.cy, "draft") == []
    assert len(office.labels.answers.final("final")) == 0


def test_of_sealed_items_it_is_told_that_they_were_answered_and_no_more(office: Any) -> None:
    answers = office.labels.answers
    office.add("a")
    office.labels.add_items([NewItem({"n": 2}, "shut", sealed=True)], "Ann")
    assert answers.hidden() == {}
    office.label(office.bob, "cat")
    office.label(office.bob, "dog")
    assert answers.hidden() == {"shut": answers.newest()}
    assert list(dict(answers.contents())) == ["a"]
    assert set(answers.numbers(["a", "shut", "none"])) == {"a", "shut"}
