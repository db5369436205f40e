"""Items come in: once each, in batches, while people work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from milepost.errors import EnvironmentProblem
from milepost.store import stock
from milepost.store.picking import Worker
from milepost.store.stock import NewItem


def test_an_item_comes_in_once(desk: Any) -> None:
    desk.add("a", "b", "a")
    told: list[int] = []
    items = [NewItem({"text": "other"}, key=key) for key in ("b", "c", "c")]
    assert desk.stock.add(items, lambda key: 1, told.append) == 1
    assert told == [1]
    assert desk.next(1, 9) == ["a", "b", "other"]
    assert desk.readings.counts()[0]["items"] == 3


def test_what_an_item_is_stays_with_it(desk: Any) -> None:
    content = {"text": "Grüße", "image": "image:ab12", "n": [1, None, 2.5], "no number": float("nan")}
    desk.stock.add(
        [NewItem(content, "k", "unit 7", "audit", 3, 0, True, None, "law", "de")], lambda key: len(key) + 1
    )
    row = desk.item("k")
    assert (row.unit, row.reason, row.rank, row.wanted, row.sealed) == ("unit 7", "audit", -3, 2, True)
    (given,) = desk.given(Worker(1, ("law",), ("de",)))
    assert given.content == {**content, "no number": None}


def test_batches_that_were_added_before_a_failure_stay(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock, "BATCH", 2)

    def broken() -> Iterator[NewItem]:
        yield from (NewItem({"text": key}, key=key) for key in "abc")
        raise OSError("the file ends here")

    with pytest.raises(OSError, match="ends here"):
        desk.stock.add(broken(), lambda key: 1)
    assert desk.next(1, 9) == ["a", "b"]
    assert desk.stock.add((NewItem({"text": key}, key=key) for key in "abc"), lambda key: 1) == 1


def test_people_work_while_items_come_in(desk: Any) -> None:
    """The import waits, in the middle, for somebody who labels: had it a lock, neither would end."""
    desk.add("first")
    worked = threading.Event()

    def work() -> None:
        assert desk.label(1).act == "submitted"
        worked.set()

    thread = threading.Thread(target=work)

    def items() -> Iterator[NewItem]:
        for i in range(3 * stock.BATCH):
            if i == stock.BATCH + stock.BATCH // 2:
                thread.start()
                assert worked.wait(20), "nobody could work while items came in"
            yield NewItem({"text": str(i)}, key=str(i))

    assert desk.stock.add(items(), lambda key: 1) == 3 * stock.BATCH
    thread.join()
    assert desk.next(2, 2) == ["0", "1"]


def test_two_imports_of_the_same_items_at_once(desk: Any) -> None:
    keys = [f"{i}" for i in range(3000)]
    added: list[int] = []

    def bring() -> None:
        added.append(desk.stock.add([NewItem({}, key=key) for key in keys], lambda key: 1))

    threads = [threading.Thread(target=bring) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(added) == len(keys)


def test_two_imports_in_opposite_orders_do_not_wait_for_each_other(desk: Any) -> None:
    keys = [f"{i}" for i in range(4000)]
    added: list[int] = []

    def bring(order: list[str]) -> None:
        added.append(desk.stock.add([NewItem({}, key=key) for key in order], lambda key: 1))

    threads = [threading.Thread(target=bring, args=(order,)) for order in (keys, keys[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(added) == len(keys)


def test_items_come_in_the_order_in_which_they_were_given(desk: Any) -> None:
    keys = [f"{i * 7919 % 1000:03}" for i in range(1000)]
    desk.add(*keys)
    assert desk.next(1, 1000) == keys


def test_counts_are_by_what_an_item_asks(desk: Any) -> None:
    items = [
        NewItem({}, "a", priority=5), NewItem({}, "b", skill="law", wanted=3), NewItem({}, "c", gold="cat"),
        NewItem({}, "a", wanted=9), NewItem({}, "d", gold="dog", skill="law"),
    ]  # fmt: skip
    assert desk.stock.add(items, lambda key: 2) == 4
    counts = desk.readings.counts()[0]
    assert (counts["items"], counts["wanted"], counts["gold"]) == (2, 5, 2)


def test_a_row_that_the_database_refuses_is_told(desk: Any) -> None:
    if desk.rows.lite:
        pytest.skip("SQLite takes any number")
    with pytest.raises(EnvironmentProblem, match="failed"):
        desk.stock.add([NewItem({}, "a", priority=2**40)], lambda key: 1)
    assert desk.stock.add([NewItem({}, "a")], lambda key: 1) == 1
