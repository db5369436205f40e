"""The order of items, and how each person walks it."""

from __future__ import annotations

import random
from typing import Any

import pytest
import sqlalchemy as sa

from milepost.store.picking import Worker


def test_higher_priorities_come_first_then_who_came_first(desk: Any) -> None:
    desk.add("low")
    desk.add("high", "higher too", priority=5)
    desk.add("low too")
    assert desk.next(1, 9) == ["high", "higher too", "low", "low too"]


def test_what_comes_in_with_a_higher_priority_is_next_for_all(desk: Any) -> None:
    desk.add("a", "b", "c")
    assert desk.next(1, 2) == ["a", "b"]
    desk.add("urgent", priority=1)
    assert desk.next(2) == ["urgent"]
    assert desk.next(3, 5) == ["c"]
    desk.add("after all was looked at", "last")
    assert desk.next(3, 5) == ["c", "after all was looked at", "last"]


def test_priorities_change_while_nobody_has_begun(desk: Any) -> None:
    desk.add("a", "b", "c", "d")
    assert desk.next(1) == ["a"]
    assert desk.next(2, 3) == ["b", "c", "d"]
    desk.leases.release(2, [g.id for g in desk.given(Worker(2), 3)])
    assert desk.stock.prioritise({"a": 9, "c": 7, "d": 8}, "margin") == 2
    assert desk.next(3, 9) == ["d", "c", "b"]
    assert desk.item("c").reason == "margin"


def test_as_many_people_as_labels_are_wanted_and_none_twice(desk: Any) -> None:
    desk.add("a", "b", wanted=2)
    desk.add("c", wanted=1)
    assert desk.next(1, 9) == ["a", "b", "c"]
    assert desk.next(2, 9) == ["a", "b"]
    assert desk.next(3, 9) == []
    desk.submit(1, desk.item("a").id)
    assert desk.next(1, 9) == ["b", "c"]


def test_an_item_goes_to_who_has_the_skill_and_reads_the_language(desk: Any) -> None:
    desk.add("anyone")
    desk.add("doctor", skill="medicine")
    desk.add("french doctor", skill="medicine", language="fr")
    desk.add("german", language="de")
    assert desk.next(1, 9, languages=("fr",)) == ["anyone"]
    assert desk.next(2, 9, skills=("medicine",), languages=("de", "en")) == ["doctor", "german"]
    assert desk.next(3, 9) == []
    assert desk.next(4, 9, skills=("medicine",)) == ["french doctor"], "who names no language reads any"


def test_lanes_are_walked_in_one_order(desk: Any) -> None:
    for i in range(12):
        desk.add(f"{i:02}", skill="x" if i % 3 else "", priority=i % 2)
    got = [
        key for _ in range(6) for key in desk.next(1, 2, skills=("x",)) if desk.submit(1, desk.item(key).id)
    ]
    assert got == [f"{i:02}" for i in (*range(1, 12, 2), *range(0, 12, 2))]


def test_a_share_is_the_most_that_a_person_gets(desk: Any) -> None:
    desk.add(*"abcdefghij")
    got = 0
    while given := desk.given(Worker(1, share=0.3), 2):
        for item in given:
            desk.submit(1, item.id)
        got += len(given)
    assert got == 3
    assert len(desk.next(2, 10)) == 7


def test_known_answers_are_mixed_in_each_once_a_person_and_look_like_any_other(desk: Any) -> None:
    desk.add(*(f"item {i}" for i in range(300)))
    desk.add(*(f"gold {i}" for i in range(20)), gold="cat", reason="gold")
    seen: dict[int, list[str]] = {1: [], 2: []}
    for person, keys in seen.items():
        for _ in range(100):
            (item,) = desk.given(Worker(person), 1, gold=0.1)
            assert set(vars(item)) == {
                "id", "unit", "content", "state", "until", "value", "comment", "decision", "version",
            }  # fmt: skip
            keys.append(item.content["text"])
            desk.submit(person, item.id)
    for keys in seen.values():
        gold = [key for key in keys if key.startswith("gold")]
        assert len(gold) == len(set(gold))
        assert 3 <= len(gold) <= 20
    orders = [[key for key in keys if key.startswith("gold")][:3] for keys in seen.values()]
    assert orders[0] != orders[1], "each has its own order"
    assert len(set(seen[1]) & set(seen[2]) - {f"gold {i}" for i in range(20)}) == 0
    assert desk.readings.counts()[0]["gold"] == 20


def test_where_only_known_answers_are_left_nobody_is_tested(desk: Any) -> None:
    desk.add("gold", gold="cat")
    assert desk.next(1, 5) == []


def test_a_person_does_not_walk_past_their_own_answers_again(desk: Any) -> None:
    """Each call reads a few rows of the order, not all those that wait for somebody else's second label."""
    if not desk.rows.lite:
        pytest.skip("steps are counted by SQLite")
    desk.add(*(f"{i:04}" for i in range(3000)), wanted=2)
    for item in desk.given(Worker(1), 2900):
        desk.submit(1, item.id)
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    def listen(raw: Any, *_: Any) -> None:
        raw.set_progress_handler(count, 10)

    sa.event.listen(desk.rows._engine, "checkout", listen)
    assert desk.next(1) == ["2900"]
    sa.event.remove(desk.rows._engine, "checkout", listen)
    assert steps < 1000, "ten instructions of SQLite each"


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_every_item_gets_all_its_labels(desk: Any, seed: int) -> None:
    """People come, go, draft, discard, take back and forget, and items come in, until nothing is left."""
    chance = random.Random(seed)
    total = 0
    for step in range(250):
        if step % 60 == 0:
            keys = [f"{step}-{i}" for i in range(12)]
            desk.add(*keys, wanted=chance.choice([1, 2, 3]), priority=chance.choice([0, 0, 1]))
            total += len(keys)
        person, luck = chance.randrange(1, 5), chance.random()
        given = desk.given(Worker(person), chance.randrange(1, 4))
        if luck < 0.1:
            desk.pass_time()
        elif luck < 0.2 and given:
            desk.leases.release(person, [given[0].id])
        elif luck < 0.3 and desk.leases.mine(person, ["submitted"]):
            desk.undo(person)
        elif luck < 0.4 and given:
            desk.decisions.decide(desk.act(person, given[0].id, "draft", 1), 30)
        elif given:
            desk.decisions.decide(
                desk.act(person, given[-1].id, chance.choice(["submitted", "discarded"])), 30
            )
        if step % 50 == 0:
            assert desk.audit.problems() == []
    desk.pass_time(1000)
    for person in range(1, 9):
        while given := desk.given(Worker(person), 5):
            for item in given:
                desk.submit(person, item.id)
    counts = desk.readings.counts()[0]
    assert (counts["items"], counts["full"], counts["done"]) == (total, total, counts["wanted"])
