"""Labels to look at: planted wrong ones come first, by their row in the source; nothing is deleted."""

from __future__ import annotations

import numpy as np
import polars as pl

from milepost.report.blocks import Details, Sheet, Table
from milepost.steps.divided import ROW
from milepost.steps.doubts import SHOWN, blocks, doubts
from milepost.steps.seen import Seen
from milepost.tasks.base import tasks

MANY = tasks["multiclass"].of({"targets": ["y"], "labels": ["a", "b", "c"]})


def seen(wrong: int, text: bool = True) -> tuple[Seen, np.ndarray]:
    random = np.random.default_rng(0)
    true = random.integers(0, 3, 400)
    said = np.full((400, 3), 0.05)
    said[np.arange(400), true] = 0.9
    said += random.uniform(0, 0.05, said.shape)
    said /= said.sum(1, keepdims=True)
    labels = true.copy()
    planted = random.choice(400, wrong, replace=False)
    labels[planted] = (true[planted] + 1) % 3
    column = {"said": [f"row {k}" for k in range(400)]} if text else {"n": np.arange(400.0)}
    frame = pl.DataFrame({ROW: np.arange(1_000, 1_400), **column})
    return Seen(MANY, np.arange(400), frame, labels, said, np.arange(400), None), planted


def test_planted_errors_are_listed_by_their_row() -> None:
    rows, planted = seen(20)
    found = doubts(rows, {"said": "text"}, ["said"])
    assert found is not None
    assert 18 <= found.rows <= 20
    assert found.among == 400
    assert len(found.shown) == SHOWN
    assert set(found.numbers) <= set((planted + 1_000).tolist())
    (details,) = blocks(found)
    assert isinstance(details, Details)
    assert details.title.startswith(f"Labels to look at: {found.rows} of 400 rows")
    assert any(isinstance(block, Sheet) for block in details.blocks)


def test_tables_are_listed_too_and_clean_labels_say_nothing() -> None:
    rows, planted = seen(5, text=False)
    found = doubts(rows, {}, ["n"])
    (details,) = blocks(found)
    table = next(block for block in details.blocks if isinstance(block, Table))
    assert len(table.rows) >= 3
    assert {row[0] - 1_000 for row in table.rows} <= set(planted.tolist())
    assert table.rows[0][3].startswith("n = ")
    assert blocks(doubts(seen(0)[0], {"said": "text"}, [])) == []


def test_numbers_have_no_labels_to_doubt() -> None:
    number = tasks["regression"].of({"targets": ["y"]})
    nothing = np.zeros(3)
    rows = Seen(number, np.arange(3), pl.DataFrame({"n": [1, 2, 3]}), nothing, nothing, np.arange(3), None)
    assert doubts(rows, {}, ["n"]) is None
    assert blocks(None) == []
