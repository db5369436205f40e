"""Rows as LightGBM bins them, lent to one fit after another: configurations mostly differ in other things."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from milepost.learners.base import Array, Batch

KEPT = 2
"""Copies of the same rows that are kept: fits side by side never share one."""
Tables = tuple[Any, Any]
"""LightGBM's datasets of the rows that train and of those that are watched, or None."""
Key = tuple[int, int, int, str]
_free: dict[Key, list[Tables]] = {}
_known: set[int] = set()
_lock = threading.RLock()  # what is collected as garbage may be forgotten while it is held


@contextmanager
def lent(train: Batch, valid: Batch | None, output: int, params: Mapping[str, Any]) -> Iterator[Tables]:
    """Lends binned rows until the block ends; they are kept for the next fit as long as both batches live.

    Args:
        train: rows to learn from.
        valid: rows to watch, or None.
        output: which column of the truth, where it has several.
        params: LightGBM's settings, of which some decide on the bins.
    """
    key = (id(train), id(valid), output, _decisive(params))
    with _lock:
        kept = _free.get(key)
        tables = kept.pop() if kept else None
    tables = tables or _made(train, valid, output, params)
    try:
        yield tables
    finally:
        with _lock:
            for batch in (train, valid):
                if batch is not None and id(batch) not in _known:
                    _known.add(id(batch))
                    weakref.finalize(batch, _forget, id(batch)).atexit = False
            others = _free.setdefault(key, [])
            if len(others) < KEPT:
                others.append(tables)


def column(y: Array, output: int) -> Array:
    """One output of the truth."""
    return y[:, output] if y.ndim == 2 else y


def _made(train: Batch, valid: Batch | None, output: int, params: Mapping[str, Any]) -> Tables:
    import lightgbm

    seen = lightgbm.Dataset(train.x, column(train.y, output), weight=train.weight, params=dict(params))
    seen.construct()
    if valid is None:
        return seen, None
    rows = seen.create_valid(valid.x, column(valid.y, output), weight=valid.weight, params=dict(params))
    return seen, rows.construct()


def _decisive(params: Mapping[str, Any]) -> str:
    """The settings that decide on bins, as LightGBM names them, and the seed by which rows are drawn."""
    import lightgbm

    own = lightgbm.Dataset(None, params=dict(params)).get_params()
    return repr(sorted({**own, "seed": params.get("seed")}.items(), key=lambda item: item[0]))


def _forget(batch: int) -> None:
    with _lock:
        _known.discard(batch)
        for key in [key for key in _free if batch in key[:2]]:
            _free.pop(key, None)
