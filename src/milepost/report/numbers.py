"""The numbers of a chart as a table, so that nobody has to read them off a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from milepost.report.blocks import Chart


def numbers(chart: Chart) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Returns the head and the rows of what a chart shows.

    Rows of several layers stand under one another, told apart by the column `layer` where there are several;
    a column that a layer does not have is empty there.

    >>> spec = {"layer": [{"data": {"values": [{"x": 1}]}}, {"data": {"values": [{"y": 2}]}}]}
    >>> numbers(Chart(spec, "", ""))
    (('layer', 'x', 'y'), [(1, 1, None), (2, None, 2)])
    """
    tables = list(_tables(chart.spec))
    head = tuple(dict.fromkeys(name for table in tables for row in table for name in row))
    several = len(tables) > 1
    rows = [
        (*((number,) if several else ()), *(row.get(name) for name in head))
        for number, table in enumerate(tables, 1)
        for row in table
    ]
    return (*(("layer",) if several else ()), *head), rows


def _tables(spec: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
    values = spec.get("data", {}).get("values")
    if values:
        yield values
    for name in ("layer", "hconcat", "vconcat", "concat"):
        for inner in spec.get(name, ()):
            yield from _tables(inner)
    if isinstance(spec.get("spec"), Mapping):
        yield from _tables(spec["spec"])
