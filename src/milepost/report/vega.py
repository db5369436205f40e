"""Vega-Lite specifications as plain dictionaries: marks, channels and layers."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

Rows: TypeAlias = list[dict[str, Any]]
Spec: TypeAlias = dict[str, Any]
"""A specification or a part of one, in Vega-Lite's own words."""

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.4.1.json"
KINDS = {"Q": "quantitative", "N": "nominal", "O": "ordinal", "T": "temporal"}
LABEL, GAP, TITLE, LEGEND = 13, 6, 21, 31
"""Pixels: a line of labels, what parts it from the plot, a title, a legend above."""
NUMBERS = 36
"""Pixels that labels of numbers are given beside a plot."""
LETTER = 6.5
"""Pixels of a letter of a slanted label."""


def channel(field: str, **settings: Any) -> Spec:
    """Returns how a field is shown; its kind follows a colon.

    >>> channel("age:Q", title="years")
    {'field': 'age', 'type': 'quantitative', 'title': 'years'}
    >>> channel("high")
    {'field': 'high'}
    """
    name, _, kind = field.partition(":")
    return {"field": name, **({"type": KINDS[kind]} if kind else {}), **settings}


def mark(kind: str, encoding: Spec, rows: Rows | None = None, **settings: Any) -> Spec:
    """Returns one mark for each row: of the given rows, or else of those of the layers around it."""
    own = {} if rows is None else {"data": data(rows)}
    return {**own, "mark": {"type": kind, **settings}, "encoding": encoding}


def layer(*marks: Spec, rows: Rows | None = None) -> Spec:
    """Returns marks over one another, of these rows where they have none of their own."""
    shared = {} if rows is None else {"data": data(rows)}
    return {**shared, "layer": list(marks)}


def data(rows: Rows) -> Spec:
    """Returns rows as inline data, numbers to six significant digits."""
    return {"values": [{name: _short(value) for name, value in row.items()} for row in rows]}


def _short(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


def rooms(spec: Spec) -> tuple[int, int]:
    """Returns the pixels that axes and legends take beside and below or above the plot.

    The plot is given its size with them: else Vega lays everything out twice, and measures each letter twice.
    """
    encodings = [unit.get("encoding", {}) for unit in spec.get("layer", [spec])]
    beside = below = above = 0
    for encoding in encodings:
        x, y = encoding.get("x"), encoding.get("y")
        if y and (axis := y.get("axis", {})) is not None:
            beside = max(beside, axis.get("maxExtent", NUMBERS) + (TITLE if y.get("title") else 0))
            above = max(above, GAP if y["type"] == "quantitative" else 0)
        if x and (axis := x.get("axis", {})) is not None:
            below = max(below, _under(axis) + (TITLE if x.get("title") else 0))
        if encoding.get("color", {}).get("legend"):
            above = max(above, LEGEND)
    return beside, below + above


def _under(axis: Spec) -> int:
    """Pixels of the labels below a plot; slanted ones need as much as their longest."""
    slant = math.sin(math.radians(abs(axis.get("labelAngle", 0))))
    longest = max((len(str(value)) for value in axis.get("values", ())), default=0) if slant else 0
    return GAP + LABEL + round(slant * LETTER * longest)
