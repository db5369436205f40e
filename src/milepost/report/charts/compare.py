"""Things compared: intervals side by side, importances, and a confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from milepost.report import theme
from milepost.report.blocks import Chart
from milepost.report.sentences import number, percent
from milepost.report.theme import ACCENT, INK, MUTED, OTHER, finish, unique
from milepost.report.vega import channel, layer, mark

MOST = 30
Spans = Sequence[tuple[str, float, float, float]]
"""A name, a value, and the low and high end of its interval."""


def forest(spans: Spans, title: str, x: str, reference: float | None = None) -> Chart:
    """Returns values with their intervals under one another, at most 30, in the order given.

    Args:
        spans: name, value, low and high end.
        title: what it shows.
        x: what is measured.
        reference: a value to compare with, drawn as a line.
    """
    rows = _rows(spans)
    y = theme.names([row["name"] for row in rows])
    longest = max((len(row["text"]) for row in rows), default=0)
    scale = {"zero": False, "nice": False, "padding": max(24, 4 * longest)}
    ticks = theme.axis([row["value"] for row in rows], grid=True)
    place = channel("value:Q", title=x, scale=scale, axis=ticks)
    span = {"y": y, "x": channel("low:Q", title=x), "x2": channel("high")}
    layers = [
        mark("rule", span, color=ACCENT, strokeWidth=2),
        mark("point", {"y": y, "x": place}, color=ACCENT, size=70),
        mark("text", {"y": y, "x": place, "text": channel("text:N")}, dy=-10, color=MUTED, fontSize=12),
    ]
    if reference is not None:
        line = [{"value": float(reference)}]
        layers.insert(0, mark("rule", {"x": place}, line, color=OTHER, strokeDash=[4, 4]))
    height = 34 * max(1, len(rows)) + 52
    return finish(layer(*layers, rows=rows), height, title, f"{x} with intervals: {_told(rows)}.")


def importance(spans: Spans, title: str, x: str) -> Chart:
    """Returns bars with their intervals, largest first as given, at most 30."""
    rows = _rows(spans)
    y = theme.names([row["name"] for row in rows])
    ticks = theme.axis([row["value"] for row in rows], 4, grid=True)
    whole = mark("bar", {"y": y, "x": channel("value:Q", title=x, axis=ticks)}, height={"band": 0.62})
    span = {"y": y, "x": channel("low:Q", title=x), "x2": channel("high")}
    ends = mark("rule", span, color=INK, strokeWidth=1.2)
    return finish(layer(whole, ends, rows=rows), 25 * max(1, len(rows)) + 48, title, f"{x}: {_told(rows)}.")


def _rows(spans: Spans) -> list[dict[str, Any]]:
    shown = list(spans)[:MOST]
    names = unique(span[0] for span in shown)
    return [
        {"name": name, "value": float(v), "low": float(a), "high": float(b), "text": number(v, 4)}
        for name, (_, v, a, b) in zip(names, shown, strict=True)
    ]


def _told(rows: list[dict[str, Any]]) -> str:
    parts = [
        f"{r['name']} {number(r['value'])} ({number(r['low'])} to {number(r['high'])})" for r in rows[:8]
    ]
    return "; ".join(parts)


def confusion(matrix: Any, labels: Sequence[str], title: str) -> Chart:
    """Returns a confusion matrix: rows are the truth, columns the answers, shades the share of the row.

    Args:
        matrix: counts (classes, classes), truth by answer; beyond 12 classes the commonest are shown.
        labels: the classes.
        title: what it shows.
    """
    counts = np.asarray(matrix, dtype=float)
    keep = np.sort(np.argsort(-counts.sum(axis=1), kind="stable")[:12])
    names = unique([labels[i] for i in keep])
    rows = []
    for i, true in zip(keep, names, strict=True):
        total = counts[i].sum() or 1.0
        for j, said in zip(keep, names, strict=True):
            share = counts[i, j] / total
            text = (
                f"{int(counts[i, j]):,}"
                if len(keep) <= 6
                else ("" if share < 0.005 else f"{100 * share:.0f}")
            )
            rows.append({"true": true, "said": said, "share": share, "text": text})
    flat = len(keep) * max(map(len, names)) <= 40
    across = {"orient": "top", "labelAngle": 0 if flat else -45, "domain": False, "values": names}
    room = theme.extent(names)
    cell = {
        "x": channel("said:N", sort=None, title="answered", axis=across),
        "y": channel("true:N", sort=None, title="true", axis={"minExtent": room, "maxExtent": room}),
    }
    shade = channel("share:Q", scale={"domain": [0, 1], "range": [0.04, 0.62]}, legend=None)
    squares = mark("rect", {**cell, "opacity": shade}, color=ACCENT, stroke=OTHER, strokeWidth=0.3)
    chart = layer(squares, mark("text", {**cell, "text": channel("text:N")}), rows=rows)
    right = float(np.trace(counts)) / (counts.sum() or 1.0)
    height = 40 * len(keep) + 60 if len(keep) <= 6 else 26 * len(keep) + 110
    return finish(
        chart, height, title, f"Confusion matrix of {len(labels)} classes; {percent(right)} on the diagonal."
    )
