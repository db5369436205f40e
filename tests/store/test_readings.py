"""Readings: pages, the journal, and the seal."""

from __future__ import annotations

from typing import Any

import pytest

from milepost.errors import InputError, Sealed
from milepost.store import readings
from milepost.store.picking import Worker


def test_answers_are_read_in_pages_in_order(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "CHUNK", 3)
    desk.add(*(f"{i:02}" for i in range(20)), wanted=2)
    for person in (2, 1):
        for given in desk.given(Worker(person), 20):
            desk.submit(person, given.id, f"v{person}")
    found = list(desk.readings.labels())
    assert len(found) == 40
    assert [x.item for x in found] == sorted(x.item for x in found)
    assert {(x.key, x.person, x.value) for x in found} == {
        (f"{i:02}", person, f"v{person}") for i in range(20) for person in (1, 2)
    }


def test_the_journal_is_read_from_a_decision_on(desk: Any) -> None:
    desk.add("a", "b", "c")
    outcomes = [desk.label(1) for _ in range(3)]
    part = desk.readings.journal(limit=2)
    assert [d.id for d in part] == [o.decision for o in outcomes[:2]]
    assert [d.id for d in desk.readings.journal(part[-1].id)] == [outcomes[2].decision]
    assert part[0].at.startswith("2001-09-09T01:46:40")
    with pytest.raises(InputError, match="no item 999"):
        desk.readings.history(999)


def test_sealed_labels_are_in_no_reading_but_one(desk: Any) -> None:
    desk.add("sealed", sealed=True)
    desk.add("free")
    sealed, free = desk.label(1, "secret"), desk.label(1, "open")
    assert [x.value for x in desk.readings.labels()] == ["open"]
    assert [d.id for d in desk.readings.journal()] == [free.decision]
    assert list(desk.readings.known()) == []
    for reading in (desk.readings.history, desk.readings.on):
        with pytest.raises(Sealed, match="sealed"):
            reading(sealed.item)
    for step in ("tune", "annotate", "", "Final"):
        with pytest.raises(Sealed, match="Only 'final'"):
            desk.readings.sealed(step)
    assert desk.rows.select("sealed labels") == []
    assert [x.value for x in desk.readings.sealed("final")] == ["secret"]
    assert [entry.body for entry in desk.rows.select("sealed labels")] == [{"by": "final"}]


def test_known_answers_are_read_apart(desk: Any) -> None:
    desk.add("free")
    desk.add("gold", gold="cat")
    for given in desk.given(Worker(1), 2, gold=0.999):
        desk.submit(1, given.id, "dog")
    assert [x.key for x in desk.readings.labels()] == ["free"]
    assert [(x.key, x.value, x.gold) for x in desk.readings.known()] == [("gold", "dog", "cat")]
