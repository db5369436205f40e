"""Things compared: intervals side by side, importances, and a confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from milepost.report import theme
from milepost.report.blocks import Chart
from milepost.report.sentences import number, percent
from milepost.report.theme import ACCENT, INK, MUTED, OTHER, data, finish, unique

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
    import altair as alt

    rows = _rows(spans)
    base = alt.Chart(data(rows)).encode(y=theme.names([row["name"] for row in rows]))
    scale = alt.Scale(zero=False, nice=False, padding=24)
    ticks = theme.axis([row["value"] for row in rows], grid=True)
    place = alt.X("value:Q", title=x, scale=scale, axis=ticks)
    layers: list[Any] = [
        base.mark_rule(color=ACCENT, strokeWidth=2).encode(x=alt.X("low:Q", title=x), x2="high:Q"),
        base.mark_point(color=ACCENT, size=70).encode(x=place),
        base.mark_text(dy=-10, color=MUTED, fontSize=12).encode(x=place, text="text:N"),
    ]
    if reference is not None:
        line = alt.Chart(data([{"value": float(reference)}])).mark_rule(color=OTHER, strokeDash=[4, 4])
        layers.insert(0, line.encode(x=place))
    return finish(
        alt.layer(*layers), 34 * max(1, len(rows)) + 52, title, f"{x} with intervals: {_told(rows)}."
    )


def importance(spans: Spans, title: str, x: str) -> Chart:
    """Returns bars with their intervals, largest first as given, at most 30."""
    import altair as alt

    rows = _rows(spans)
    base = alt.Chart(data(rows)).encode(y=theme.names([row["name"] for row in rows]))
    ticks = theme.axis([row["value"] for row in rows], 4, grid=True)
    whole = base.mark_bar(height={"band": 0.62}).encode(x=alt.X("value:Q", title=x, axis=ticks))
    ends = base.mark_rule(color=INK, strokeWidth=1.2).encode(x=alt.X("low:Q", title=x), x2="high:Q")
    return finish(whole + ends, 25 * max(1, len(rows)) + 48, title, f"{x}: {_told(rows)}.")


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
    import altair as alt

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
    across = alt.Axis(orient="top", labelAngle=0 if flat else -45, domain=False)
    room = theme.extent(names)
    base = alt.Chart(data(rows)).encode(
        x=alt.X("said:N", sort=None, title="answered", axis=across),
        y=alt.Y("true:N", sort=None, title="true", axis=alt.Axis(minExtent=room, maxExtent=room)),
    )
    shade = alt.Opacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0.04, 0.62]), legend=None)
    chart = base.mark_rect(color=ACCENT, stroke=OTHER, strokeWidth=0.3).encode(
        opacity=shade
    ) + base.mark_text().encode(text="text:N")
    right = float(np.trace(counts)) / (counts.sum() or 1.0)
    height = 40 * len(keep) + 60 if len(keep) <= 6 else 26 * len(keep) + 110
    return finish(
        chart, height, title, f"Confusion matrix of {len(labels)} classes; {percent(right)} on the diagonal."
    )
