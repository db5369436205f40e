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


def emit_rows(builder: Builder, codes: str, table: Array) -> str:
    """Gathers rows of a float table (n, width) by int64 codes (rows, 1); returns a float (rows, width)."""
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
