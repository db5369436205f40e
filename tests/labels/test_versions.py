"""Versions of a label set: told beforehand, made as one row, and old answers read through them."""

from __future__ import annotations

from typing import Any

import pytest

from milepost.errors import InputError
from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.labels.migrations import Add, Merge, Rename, Retire, Split
from milepost.store.relabelling import STREAM


def change(office: Any, migration: Any) -> str:
    """Makes a change and returns what was told of it before."""
    plan = office.labels.plan(migration)
    office.labels.apply(plan, "Ann")
    return str(plan.sentence)


def test_a_split_brings_back_its_own_items_only_and_as_many_as_were_told(office: Any) -> None:
    office.add(*"abcdef")
    for value in ("cat", "bird", "dog", "bird", "cat", "bird"):
        office.label(office.bob, value)
    before = [d.value for d in office.labels.answers.since()]
    plan = office.labels.plan(Split("bird", ("Duck", "Goose")))
    assert plan.sentence == "'Bird' is split into 'Duck', 'Goose'. 3 items will be labelled again."
    assert office.texts(office.cy) == [], "a plan changes nothing"
    office.labels.apply(plan, "Ann")
    assert office.texts(office.cy) == ["b", "d", "f"]
    assert office.labels.answers.all().values == ("cat", "dog", "cat")
    assert [d.value for d in office.labels.answers.since()] == before, "no answer was rewritten"
    office.label(office.cy, "goose")
    assert office.labels.answers.by_label() == {"cat": 2, "dog": 1, "duck": 0, "goose": 1}


def test_a_merge_is_one_row_and_a_split_of_it_finds_all(office: Any) -> None:
    office.add(*"abcd")
    for value in ("cat", "bird", "dog", "bird"):
        office.label(office.bob, value)
    rows = len(office.labels.rows.select(STREAM))
    said = change(office, Merge(("bird",), "cat"))
    assert said == "'Bird' becomes 'Cat'. 2 answers will be read anew."
    assert len(office.labels.rows.select(STREAM)) == rows + 1
    assert office.labels.answers.all().values == ("cat", "cat", "dog", "cat")
    assert office.texts(office.cy) == []
    said = change(office, Split("cat", ("Tabby", "Other")))
    assert said == "'Cat' is split into 'Tabby', 'Other'. 3 items will be labelled again."
    assert office.texts(office.cy) == ["a", "b", "d"]


def test_other_changes_bring_nothing_back(office: Any) -> None:
    office.add("a", "b")
    office.label(office.bob, "cat")
    office.label(office.bob, "dog")
    for migration in (Rename("cat", "Tomcat"), Add("Fish", parent="cat"), Retire("dog")):
        assert "No answer changes" in change(office, migration)
    assert office.texts(office.cy) == []
    assert office.labels.answers.all().values == ("cat", "dog")
    assert [office.labels.set_at(v).label("cat").name for v in (1, 4)] == ["Cat", "Tomcat"]
    with pytest.raises(InputError, match="no version 9.*from 1 to 4"):
        office.labels.set_at(9)


def test_a_plan_that_came_too_late_is_refused(office: Any) -> None:
    old = office.labels.plan(Rename("cat", "Tomcat"))
    change(office, Rename("dog", "Hound"))
    with pytest.raises(InputError, match="made meanwhile.*plan the change anew"):
        office.labels.apply(old, "Ann")
    assert office.labels.set.label("cat").name == "Cat"


def test_an_answer_from_an_open_page_is_read_under_the_newest_set(office: Any) -> None:
    office.add("a", "b", "c", "d")
    a, b, c, d = office.labels.queue.next(office.bob, 4)
    other = Labels(office.labels.rows, clock=lambda: office.time)  # as another process would
    other.apply(other.plan(Merge(("dog",), "cat")), "Ann")
    other.apply(other.plan(Split("bird", ("Duck", "Goose"))), "Ann")
    queue = office.labels.queue
    assert queue.submit(office.bob, office.reply(a.id, "dog", version=1)).act == "submitted"
    with pytest.raises(InputError, match="was split since version 1"):
        queue.submit(office.bob, office.reply(b.id, "bird", version=1))
    with pytest.raises(InputError, match="not retired"):
        queue.submit(office.bob, office.reply(b.id, "dog"))
    queue.submit(office.bob, office.reply(c.id, "duck", version=3))
    late = office.reply(d.id, "cat", version=1)
    assert queue.submit(office.bob, late).decision == queue.submit(office.bob, late).decision
    assert office.labels.answers.all().values == ("cat", "duck", "cat")


def test_a_queue_has_one_first_label_set(office: Any) -> None:
    with pytest.raises(InputError, match="made meanwhile"):
        office.labels.start(LabelSet.start("again", "choice", ["A"]), "Ann")
    with pytest.raises(InputError, match="has version 2"):
        office.labels.start(office.labels.set.with_labels(()), "Ann")
    empty = Labels(office.labels.rows, "empty")
    with pytest.raises(InputError, match="Give the queue a label set first"):
        _ = empty.set


def test_what_an_older_page_could_choose_counts_after_it_was_retired(office: Any) -> None:
    office.add("a", "b")
    first, second = office.labels.queue.next(office.bob, 2)
    office.labels.apply(office.labels.plan(Retire("cat")), "Ann")
    office.labels.queue.submit(office.bob, office.reply(first.id, "cat", version=1))
    with pytest.raises(InputError, match="not retired"):
        office.labels.queue.submit(office.bob, office.reply(second.id, "cat", version=2))
    assert office.labels.answers.all().values == ("cat",)


def test_known_answers_that_are_retired_test_nobody(office: Any) -> None:
    office.add("gold", gold="cat")
    office.labels.apply(office.labels.plan(Rename("cat", "Tom")), "Ann")
    assert office.labels.answers.counts()[0]["gold"] == 1
    office.labels.apply(office.labels.plan(Retire("cat")), "Ann")
    assert office.texts(office.bob) == ["gold"]
    office.labels.queue.submit(office.bob, office.reply(1, "dog"))
    assert len(office.labels.answers.tests()) == 0


def test_drafts_follow_a_merge_and_what_is_no_value_stays(office: Any) -> None:
    office.rules(review=1)
    office.add("a", "b")
    item = office.label(office.bob, "dog").item
    office.labels.review.next(office.rita)
    office.labels.review.send_back(office.rita, item, "r", "Look again.")
    other = office.labels.queue.next(office.bob, 2)[1].id
    office.labels.queue.draft(office.bob, office.reply(item, {"not": "yet"}))
    office.labels.queue.draft(office.bob, office.reply(other, "cat"))
    office.labels.apply(office.labels.plan(Merge(("cat",), "dog")), "Ann")
    assert [given.value for given in office.labels.queue.next(office.bob)] == [{"not": "yet"}]
    assert [given.value for given in office.labels.queue.mine(office.bob, "draft")] == ["dog"]
