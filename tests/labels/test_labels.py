"""The whole: items come in, rules change, guidelines have versions."""

from __future__ import annotations

from typing import Any

import pytest

from milepost.digest import digest
from milepost.errors import InputError
from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.labels.people import Forbidden
from milepost.labels.rules import Rules
from milepost.store.stock import NewItem


def test_items_without_a_key_are_known_by_their_content(office: Any) -> None:
    items = [NewItem({"text": "same"}), NewItem({"text": "same"}), NewItem({"text": "other"}, key="mine")]
    told: list[int] = []
    assert office.labels.add_items(items, "Ann", told.append) == 2
    assert told == [2]
    assert office.labels.add_items(items, "Ann") == 0
    office.label(office.bob, "cat")
    assert office.labels.answers.all().keys == (digest({"text": "same"})[:32],)
    assert [e.body["added"] for e in office.labels.rows.select("label items")] == [2, 0]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"key": "k" * 201}, "at most 200"),
        ({"unit": "u" * 201}, "at most 200"),
        ({"wanted": 101}, "wants 101"),
        ({"wanted": -1}, "wants -1"),
        ({"gold": "cow"}, "choice is 'cow'"),
        ({"gold": "cat", "sealed": True}, "nothing sealed is shown"),
    ],
)
def test_what_is_no_item_is_refused(office: Any, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        office.labels.add_items([NewItem({"text": "x"}, **fields)], "Ann")
    assert office.labels.answers.counts().get(0, {}).get("items", 0) == 0


def test_rules_say_how_many_labels_an_item_gets(office: Any) -> None:
    assert office.labels.rules() == Rules()
    office.rules(labels=3, share=0.3)
    office.add(*(f"{i}" for i in range(300)))
    rules = office.labels.rules()
    wanted = sum(rules.wanted(f"{i}") for i in range(300))
    assert office.labels.answers.counts()[0]["wanted"] == wanted
    assert 400 < wanted < 560
    assert Labels(office.labels.rows).rules() == rules


def test_what_to_label_next_is_moved_to_the_front(office: Any) -> None:
    office.add(*"abcd")
    assert office.labels.prioritise({"c": 5, "d": 9, "none": 1}, "margin", "model 3") == 2
    assert office.texts(office.bob) == ["d", "c", "a", "b"]


def test_guidelines_have_versions(office: Any) -> None:
    assert office.labels.guidelines() == ("", 0)
    office.labels.write_guidelines("Cats meow.", "Ann")
    office.labels.write_guidelines("Cats meow, mostly.", "Ann")
    assert office.labels.guidelines() == ("Cats meow, mostly.", 2)


def test_a_project_may_have_several_queues(office: Any) -> None:
    other = Labels(office.labels.rows, "boxes")
    other.start(LabelSet.start("parts", "boxes", ["Wheel"]), "Ann", Rules(labels=2))
    other.add_items([NewItem({"image": "image:ab"}, key="a")], "Ann")
    (given,) = other.queue.next(office.bob)
    box = {"label": "wheel", "x": 1, "y": 2, "w": 3, "h": 4}
    other.queue.submit(office.bob, office.reply(given.id, [box]))
    assert other.answers.all().values == ([{"label": "wheel", "x": 1.0, "y": 2.0, "w": 3.0, "h": 4.0}],)
    assert len(office.labels.answers.all()) == 0
    assert other.rules().labels == 2
    assert office.labels.rules().labels == 1


def test_who_is_dismissed_gives_back_what_they_hold_and_what_they_answered_stays(office: Any) -> None:
    office.rules(review=1)
    office.add(*"abcd")
    first = office.label(office.bob, "cat")
    second = office.label(office.bob, "dog")
    office.labels.review.next(office.rita, 2)
    office.labels.review.send_back(office.rita, second.item, "r", "Look again.")
    assert len(office.labels.queue.next(office.bob, 2)) == 2, "one of them came back"
    bob = office.labels.people.get(office.bob)
    assert office.labels.dismiss(bob, "Ann") == 2
    assert office.texts(office.cy) == ["b", "c", "d"]
    assert office.labels.answers.all().items.tolist() == [first.item]
    with pytest.raises(Forbidden, match="'Bob' is closed"):
        office.labels.queue.next(office.bob)


def test_answers_from_elsewhere_count_each_for_itself(office: Any) -> None:
    office.add("a", "b", "c")
    office.add("gold", gold="cat")
    numbers = office.labels.answers.numbers(["a", "b", "c", "gold"])
    office.label(office.cy, "dog")
    said = {"a": "cat", "b": "cow", "c": None, "gold": "dog"}
    replies = [office.reply(numbers[key], value) for key, value in said.items()]
    bob = office.labels.people.get(office.bob)
    for _ in range(2):
        taken, refused = office.labels.bring(bob, replies)
        assert (taken, sorted(refused)) == (2, [0, 1])
    assert "no room" in refused[0]
    assert "choice is 'cow'" in refused[1]
    assert office.labels.answers.tests().values == ("dog",), "tests are answered elsewhere too"
    assert office.texts(office.cy) == ["b"], "what was refused is free again"
