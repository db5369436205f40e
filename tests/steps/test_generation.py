"""Generations in the ledger: appended, never changed, and the champion is of the newest that was promoted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from milepost.digest import digest
from milepost.errors import UsageError
from milepost.ledger import Evidence, Ledger, now
from milepost.steps.generation import Dataset, came, dataset, generations, record, sealing, standing
from milepost.store.rows import Rows

FIRST = Dataset(1, 0, "d", "p", "t", (10, 0, 5), "random", "drawn", "c", "s", labels=("no", "yes"))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(Rows(tmp_path / "rows.db"))


def judged(ledger: Ledger, generation: int, promoted: bool) -> None:
    found: dict[str, Any] = {"promoted": promoted}
    ledger.record(Evidence("renew", generation, "k", {}, {}, found, {}, "passed", "so", "ada", now(), 1.0))


def test_a_dataset_comes_back_as_it_was_and_is_recorded_once(ledger: Ledger) -> None:
    grown = replace(
        FIRST, generation=2, base=1, brief={"columns.a": {"available": False}}, relation=(("a", "b"),)
    )
    for made in (FIRST, grown, grown):
        record(ledger, made, "ada")
    assert dataset(ledger, 2) == grown
    assert list(generations(ledger)) == [1, 2]
    assert len(ledger.rows.select("dataset")) == 2
    assert came(ledger, 1) == 0 < came(ledger, 2)


def test_a_generation_that_is_not_there_is_refused_with_those_that_are(ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="no generation 1"):
        dataset(ledger, 1)
    record(ledger, FIRST, "ada")
    with pytest.raises(UsageError, match="no generation 7") as caught:
        dataset(ledger, 7)
    assert caught.value.expected == "One of: 1."
    assert sealing(ledger, 2) is None


def test_the_champion_is_of_the_newest_generation_that_was_promoted(ledger: Ledger) -> None:
    assert standing(ledger) == 1
    judged(ledger, 2, True)
    judged(ledger, 3, False)
    assert standing(ledger) == 2


def test_what_changes_in_a_dataset_changes_its_digest() -> None:
    assert replace(FIRST, test="other").digest != FIRST.digest == digest(FIRST)
