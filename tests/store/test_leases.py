"""Leases: who holds what, for how long, and what comes back."""

from __future__ import annotations

from typing import Any

from milepost.store.picking import Worker


def test_nobody_gets_what_another_holds(desk: Any) -> None:
    desk.add("a", "b", "c")
    assert desk.next(1, 2) == ["a", "b"]
    assert desk.next(2, 2) == ["c"]
    assert desk.next(3) == []


def test_who_asks_again_goes_on_where_they_were(desk: Any) -> None:
    desk.add("a", "b", "c")
    first = desk.given(Worker(1), 2)
    desk.pass_time(30)
    again = desk.given(Worker(1), 2)
    assert [g.id for g in again] == [g.id for g in first]
    assert again[0].until == first[0].until + 30_000, "the lease is renewed"
    assert desk.next(1, 3) == ["a", "b", "c"]


def test_a_lease_that_runs_out_comes_back_to_anybody(desk: Any) -> None:
    desk.add("a", "b")
    assert desk.next(1, 2) == ["a", "b"]
    desk.pass_time(59)
    assert desk.next(2) == []
    desk.pass_time(2)
    assert desk.next(2) == ["a"]
    assert desk.next(1, 2) == ["b"], "also to whom it was"


def test_many_leases_that_run_out_all_come_back(desk: Any) -> None:
    desk.add(*(f"{i:03}" for i in range(250)))
    assert len(desk.next(1, 250)) == 250
    desk.pass_time()
    got: list[str] = []
    for person in range(2, 12):
        got += desk.next(person, 25)
    assert sorted(got) == [f"{i:03}" for i in range(250)]


def test_items_that_are_given_back_are_free_at_once(desk: Any) -> None:
    desk.add("a", "b")
    a, b = desk.given(Worker(1), 2)
    assert desk.leases.release(1, [a.id, 999]) == 1
    assert desk.leases.release(2, [b.id]) == 0, "not theirs"
    assert desk.next(2, 2) == ["a"]


def test_a_draft_is_kept_when_its_lease_runs_out_but_holds_no_place(desk: Any) -> None:
    desk.add("a")
    item = desk.given(Worker(1))[0].id
    desk.decisions.decide(desk.act(1, item, "draft", {"half": 1}), 3600)
    assert desk.next(1) == [], "drafts have a queue of their own"
    desk.pass_time(3000)
    assert desk.next(2) == []
    desk.pass_time(601)
    assert desk.next(2) == ["a"]
    (mine,) = desk.leases.mine(1, ["draft", "lapsed"])
    assert (mine.state, mine.value) == ("lapsed", {"half": 1})
    assert desk.submit(2, item).act == "submitted"
    assert desk.submit(1, item).act == "late"


def test_certain_items_are_claimed_where_they_are_free(desk: Any) -> None:
    desk.add("a", "b", "c")
    ids = [g.id for g in desk.given(Worker(1), 3)]
    desk.leases.release(1, ids[1:])
    claimed = desk.leases.claim(Worker(2), ids, 60)
    assert [g.id for g in claimed] == ids[1:]


def test_who_leaves_gives_everything_back(desk: Any) -> None:
    desk.add("a", "b", "c")
    a, b, _ = desk.given(Worker(1), 3)
    desk.submit(1, a.id)
    desk.decisions.decide(desk.act(1, b.id, "draft"), 3600)
    assert desk.leases.withdraw(1) == 2
    assert desk.next(2, 3) == ["b", "c"]


def test_pages_of_own_items_newest_first_and_nobody_elses(desk: Any) -> None:
    desk.add(*"abcde")
    for value in "vwxyz":
        desk.label(1, value)
    page = desk.leases.mine(1, ["submitted"], limit=2)
    assert [g.value for g in page] == ["z", "y"]
    page = desk.leases.mine(1, ["submitted"], before=page[-1].decision, limit=9)
    assert [g.value for g in page] == ["x", "w", "v"]
    assert desk.leases.mine(2, ["submitted"]) == []
    assert desk.leases.one(2, page[0].id) is None
    assert desk.leases.one(1, page[0].id).value == "x"


def test_queues_of_one_project_do_not_mix(desk: Any) -> None:
    other = type(desk)(desk.rows, "other")
    desk.add("a")
    other.add("a", "b")
    assert other.next(1, 5) == ["a", "b"]
    assert desk.next(1, 5) == ["a"]
    assert desk.submit(1, desk.given(Worker(1))[0].id).act == "submitted"
    assert other.audit.problems() == []
    assert len(list(other.readings.labels())) == 0
