"""Text to rows of a table, in a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from milepost.graphs.builder import Builder

Array = np.ndarray[Any, Any]


def emit_codes(builder: Builder, text: str, levels: Sequence[str]) -> str:
    """Adds a LabelEncoder from text (rows, 1) to int64 codes (rows, 1): a level's place in `levels`.

    Text that is not among the levels gets `len(levels)`. Levels are distinct; "" may be one of them. The
    codes of the same text are made once.
    """
    return builder.once(("codes", text, tuple(levels)), lambda: _codes(builder, text, levels))


def _codes(builder: Builder, text: str, levels: Sequence[str]) -> str:
    if not levels:
        return builder.node("Where", _false(builder, text), builder.const([[0]]), builder.const([[0]]))
    return builder.node(
        "LabelEncoder",
        text,
        domain="ai.onnx.ml",
        keys_strings=list(levels),
        values_int64s=list(range(len(levels))),
        default_int64=len(levels),
    )


def emit_places(builder: Builder, texts: Sequence[str], levels: Sequence[Sequence[str]]) -> str:
    """Adds the codes of several texts (rows, 1), each with levels of its own; returns int64 (texts, rows)."""

    def made() -> str:
        codes = [emit_codes(builder, *one) for one in zip(texts, levels, strict=True)]
        return emit_lain(builder, codes)

    return builder.once(("places", *texts, *map(tuple, levels)), made)


def emit_lain(builder: Builder, columns: Sequence[str]) -> str:
    """Lays tensors (rows, 1) as rows of one (columns, rows), which costs no more than a copy of each."""
    joined = builder.node("Concat", *columns, axis=0)
    return builder.node("Reshape", joined, builder.const(np.array([len(columns), -1])))


def emit_rows(builder: Builder, codes: str, table: Array) -> str:
    """Gathers rows of a float table (n, width) by int64 codes (rows, 1); returns a float (rows, width)."""
    if table.shape[1] == 1:
        return builder.node("Gather", builder.const(np.asarray(table[:, 0], np.float32)), codes, axis=0)
    flat = builder.node("Squeeze", codes, builder.const([1]))
    return builder.node("Gather", builder.const(np.asarray(table, np.float32)), flat, axis=0)


def emit_lookup(builder: Builder, text: str, levels: Sequence[str], table: Array) -> str:
    """Adds a lookup from text (rows, 1) to the rows of a float table (len(levels) + 1, width).

    The last row of the table is for text that is not among the levels.
    """
    return emit_rows(builder, emit_codes(builder, text, levels), table)


def _false(builder: Builder, text: str) -> str:
    """A bool (rows, 1) that is always false."""
    return builder.node("Not", builder.node("Equal", text, text))
