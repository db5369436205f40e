"""Rows that are to be labelled next go to the people who label, where any do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from milepost.digest import Json
from milepost.steps.assign import plainly
from milepost.steps.columns import added
from milepost.steps.labelled import begun, keys
from milepost.store.rows import Rows
from milepost.store.stock import NewItem

HARD, RANDOM = "hard", "random"
TOLD = ("reason", "weight", "may_test")
"""What the list says of a row beside the row."""


def ask_next(rows: Rows, listed: pl.DataFrame, targets: Sequence[str], by: str) -> int:
    """Puts listed rows at the head of the queue of the project's labels; returns how many are new there.

    Rows that wait there already move to the head, unless somebody has begun them. Those that were picked for
    being hard have the reason "hard", those drawn at random keep "random". None of them is ever sealed.

    Args:
        rows: the project's rows.
        listed: raw rows with `reason`, `weight` and `may_test`, as `wanted` lists them.
        targets: the target columns.
        by: who asks.
    """
    labels = begun(rows)
    if labels is None or not listed.height:
        return 0
    raw = listed.drop(*TOLD, *targets, *added(rows), strict=False)
    reasons = [RANDOM if may else HARD for may in listed["may_test"].to_list()]
    known = keys(raw, targets)
    fresh = labels.add_items(_items(raw, known, reasons), by)
    for reason in (HARD, RANDOM):
        ranked = {key: 1 for key, why in zip(known, reasons, strict=True) if why == reason}
        if ranked:
            labels.prioritise(ranked, reason, by)
    return fresh


def _items(raw: pl.DataFrame, known: Sequence[str], reasons: Sequence[str]) -> Iterator[NewItem]:
    for key, reason, row in zip(known, reasons, raw.iter_rows(named=True), strict=True):
        content: dict[str, Json] = {name: plainly(value) for name, value in row.items() if value is not None}
        yield NewItem(content, key, reason=reason, priority=1)
