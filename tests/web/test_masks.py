"""Masked numbers: each person's own, turned back exactly, and never in the order of the true ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from milepost.errors import InputError
from milepost.labels.labels import Labels
from milepost.store.rows import Rows
from milepost.web.masks import ABOVE, GRACE, Masks, masks, secret


def test_numbers_are_turned_back_and_out_of_order() -> None:
    one, other = Masks(b"one"), Masks(b"other")
    items = [*range(1, 2001), 2**20, 2**33 + 5, ABOVE - 1]
    shown = [one.shown(item) for item in items]
    assert [one.true(number) for number in shown] == items
    assert len(set(shown)) == len(items)
    assert all(ABOVE <= number < 2 * ABOVE < 2**53 for number in shown), "exact in a browser"
    assert not set(shown) & {other.shown(item) for item in items}
    order = np.corrcoef(items[:2000], shown[:2000])[0, 1]
    assert abs(order) < 0.1, "0.022 is one standard deviation of chance"


def test_true_numbers_are_taken_from_whom_they_were_shown() -> None:
    assert Masks(b"k").true(7) == Masks(b"k").true(7, decision=True) == Masks(b"k").true(-1) == 0
    assert (Masks(b"k", grace=True).true(7, decision=True), Masks(b"k", grace=True).true(7)) == (7, 0)
    plain = Masks(b"k", plain=True)
    assert (plain.shown(7), plain.true(7), plain.true(Masks(b"k").shown(7))) == (7, 7, 7)


def test_errors_name_the_number_that_was_shown() -> None:
    known = Masks(b"k")
    with pytest.raises(InputError, match=f"the item {known.shown(7)} is gone") as told, known.worded():
        raise InputError("the item 7 is gone.", todo="Take the next one.")
    assert told.value.todo == "Take the next one."


def test_the_secret_is_made_once_and_grace_ends(tmp_path: Path) -> None:
    rows, now = Rows(tmp_path / "rows.db"), datetime(2026, 1, 1, tzinfo=UTC)
    made = secret(Labels(rows), now)
    assert made == secret(Labels(Rows(tmp_path / "rows.db")), now)
    assert made[1] == "", "nobody labelled before, so that no browser holds true numbers"
    assert masks(made, 1, False).shown(5) == masks(made, 1, False).shown(5) != masks(made, 2, False).shown(5)
    old = made[0], (now + GRACE).isoformat()
    assert masks(old, 1, False, now).grace
    assert not masks(old, 1, False, now + GRACE + timedelta(seconds=1)).grace
