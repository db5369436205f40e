"""Answers, discards, drafts and taking back: what each does to the item and to the counts."""

from __future__ import annotations

from typing import Any

import pytest

from milepost.errors import InputError
from milepost.store.decisions import Standing, Verdict
from milepost.store.journal import Outdated
from milepost.store.picking import Worker


def test_an_answer_finishes_an_item(desk: Any) -> None:
    desk.add("a", "b")
    desk.label(1)
    assert desk.next(2, 5) == ["b"]
    counts = desk.readings.counts()
    assert (counts[0]["items"], counts[0]["full"], counts[0]["done"]) == (2, 1, 1)
    assert counts[1]["submitted"] == 1


def test_a_discard_is_an_answer_too(desk: Any) -> None:
    desk.add("a")
    item = desk.given(Worker(1))[0].id
    desk.decisions.decide(desk.act(1, item, "discarded", comment="black picture"), 60)
    assert desk.next(2) == []
    assert [x.value for x in desk.readings.labels()] == [None]


def test_a_correction_takes_the_place_of_the_answer(desk: Any) -> None:
    desk.add("a")
    first = desk.label(1, "cat")
    desk.submit(1, first.item, "dog")
    assert [x.value for x in desk.readings.labels()] == ["dog"]
    assert [d.value for d in desk.readings.history(first.item)] == ["cat", "dog"]
    with pytest.raises(InputError, match="submitted already.*Take that back"):
        desk.decisions.decide(desk.act(1, first.item, "draft"), 60)


def test_who_never_got_an_item_cannot_answer_it(desk: Any) -> None:
    desk.add("a")
    with pytest.raises(InputError, match="never given"):
        desk.submit(1, desk.item("a").id)
    with pytest.raises(InputError, match="never given"):
        desk.submit(1, 999)


def test_an_answer_after_the_lease_counts_where_the_place_is_still_free(desk: Any) -> None:
    desk.add("a", "b")
    a, b = (g.id for g in desk.given(Worker(1), 2))
    desk.pass_time()
    assert desk.next(2) == ["a"]
    assert desk.submit(1, b).act == "submitted"
    late = desk.submit(1, a, "dog")
    assert late.act == "late"
    assert desk.submit(2, a, "cat").act == "submitted"
    assert [x.value for x in desk.readings.labels()] == ["cat", "cat"]
    assert "dog" in [d.value for d in desk.readings.history(a)], "kept all the same"


def test_taking_back(desk: Any) -> None:
    desk.add("a", "b")
    first, second = desk.label(1, "cat"), desk.label(1, "dog")
    assert desk.undo(1).item == second.item
    mine = desk.given(Worker(1))[0]
    assert (mine.id, mine.state, mine.value) == (second.item, "leased", "dog")
    assert desk.undo(1, decision=first.decision).item == first.item
    assert desk.readings.counts()[0].get("done", 0) == 0
    with pytest.raises(InputError, match="nothing to take back"):
        desk.undo(1)
    with pytest.raises(InputError, match=f"{first.decision} is none"):
        desk.undo(2, decision=first.decision)
    assert desk.next(2) == []
    desk.pass_time()
    assert desk.next(2, 5) == ["a", "b"]


def test_what_was_sealed_is_not_shown_when_it_is_taken_back(desk: Any) -> None:
    desk.add("a", sealed=True)
    desk.label(1, "cat")
    desk.undo(1)
    assert desk.given(Worker(1))[0].value is None


def test_a_judge_asks_for_more_labels_until_it_is_content(desk: Any) -> None:
    desk.add("a", wanted=2)
    seen: list[Standing] = []

    def judge(standing: Standing) -> Verdict:
        seen.append(standing)
        return Verdict(more=int(standing.wanted < 4))

    desk.add("b")
    for person in (1, 2):
        desk.label(person, f"v{person}", judge)
    assert [(s.key, s.wanted, len(s.answers)) for s in seen] == [("a", 2, 2)]
    assert desk.next(1, 5) == ["b"]
    assert desk.next(3) == ["a"]
    desk.submit(3, desk.item("a").id, "v3", judge)
    desk.label(4, "v4", judge)
    assert desk.item("a").wanted == 4
    assert [value for value, _ in seen[-1].answers] == ["v1", "v2", "v3", "v4"]
    assert desk.next(5) == []


@pytest.mark.parametrize("fields", [{"sealed": True}, {"gold": "cat"}])
def test_no_judge_is_asked_about_sealed_items_and_known_answers(desk: Any, fields: dict[str, Any]) -> None:
    desk.add("free")
    desk.add("a", priority=1, **fields)

    def judge(standing: Standing) -> Verdict:
        raise AssertionError(standing)

    given = desk.given(Worker(1), 1, gold=0.999)[0]
    assert given.content["text"] == "a"
    desk.submit(1, given.id, "dog", judge)
    assert desk.item("a").review is None


def test_an_answer_from_an_older_label_set_is_refused(desk: Any) -> None:
    desk.add("a")
    item = desk.given(Worker(1))[0].id
    desk.relabelling.migrate(2, {"set": 2})
    with pytest.raises(Outdated, match="version 1 of the label set; the newest is 2"):
        desk.submit(1, item)
    assert desk.decisions.decide(desk.act(1, item, "submitted", "cat", version=2), 60).act == "submitted"


def test_an_act_is_taken_back_by_the_id_it_was_told_under(desk: Any) -> None:
    desk.add("a", "b")
    first, second = desk.given(Worker(1), 2)
    desk.decisions.decide(desk.act(1, first.id, "submitted", "cat", client="one"), 60)
    desk.decisions.decide(desk.act(1, second.id, "submitted", "cat", client="two"), 60)
    with pytest.raises(InputError, match="the decision never-came is none"):
        desk.undo(1, decision="never-came")
    assert len(list(desk.readings.labels())) == 2, "another answer is not taken in its place"
    assert desk.undo(1, decision="one").item == first.id
