"""How values are spread: histograms, counts, missing shares, two samples, predicted against true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from milepost.report import theme
from milepost.report.blocks import Chart
from milepost.report.sentences import count, number, percent
from milepost.report.theme import ACCENT, INK, MUTED, OTHER, WIDTH, finish, floats, unique
from milepost.report.vega import Rows, channel, layer, mark

BARS = 20
"""Bars shown; the rest are counted together."""


def histogram(edges: Sequence[float], counts: Sequence[float], title: str, x: str, y: str = "rows") -> Chart:
    """Returns a histogram of bins already counted; `edges` has one value more than `counts`."""
    ends, heights = floats(edges), floats(counts)
    rows = [{"from": a, "to": b, "n": n} for a, b, n in zip(ends, ends[1:], heights, strict=False)]
    bins = {
        "x": channel("from:Q", bin="binned", title=x, axis=theme.axis(ends, 6)),
        "x2": channel("to"),
        "y": channel("n:Q", title=y, axis=theme.axis(heights, 4)),
    }
    chart = mark("bar", bins, rows, binSpacing=1)
    if not heights:
        return finish(chart, 220, title, f"Histogram of {x}, empty.")
    top = int(np.argmax(heights))
    told = (
        f"Histogram of {x}, from {number(ends[0])} to {number(ends[-1])}; most {y} lie between "
        f"{number(ends[top])} and {number(ends[top + 1])}."
    )
    return finish(chart, 220, title, told)


def bars(counts: Mapping[str, float], title: str, x: str, y: str) -> Chart:
    """Returns horizontal bars of counts by name, in the order given; beyond 20 the rest are only counted.

    Args:
        counts: count by name.
        title: what it shows.
        x: what the names are.
        y: what is counted.
    """
    pairs = [(str(name), float(n)) for name, n in counts.items()]
    shown = pairs if len(pairs) <= BARS else pairs[: BARS - 1]
    labels = unique(name for name, _ in shown)
    rows = [{"name": name, "n": n, "text": count(n)} for name, (_, n) in zip(labels, shown, strict=True)]
    if len(shown) < len(pairs):
        rest = sum(n for _, n in pairs[len(shown) :])
        rows.append({"name": f"{len(pairs) - len(shown)} others", "n": 0, "text": f"{count(rest)} together"})
    return _flat(rows, title, f"Bars of {y} by {x}")


def missing(shares: Mapping[str, float], title: str) -> Chart:
    """Returns the share of missing values by column, largest first, at most 20."""
    ordered = sorted(shares.items(), key=lambda item: -item[1])[:BARS]
    labels = unique(name for name, _ in ordered)
    rows = [
        {"name": name, "n": float(share), "text": percent(share)}
        for name, (_, share) in zip(labels, ordered, strict=True)
    ]
    return _flat(rows, title, "Share of missing values by column")


def _flat(rows: Rows, title: str, says: str) -> Chart:
    """Horizontal bars with their values at the end."""
    labels = [row["name"] for row in rows]
    room = WIDTH - theme.extent(labels) - 10
    text = 8 * max((len(row["text"]) for row in rows), default=0) + 10
    top = (max((row["n"] for row in rows), default=1.0) or 1.0) / (1 - min(0.6, text / room))
    scale = {"domain": [0, top], "nice": False}
    ends = {"y": theme.names(labels), "x": channel("n:Q", axis=None, scale=scale)}
    words = mark("text", {**ends, "text": channel("text:N")}, align="left", dx=5, color=MUTED)
    chart = layer(mark("bar", ends, height={"band": 0.72}), words, rows=rows)
    told = ", ".join(f"{row['name']} {row['text']}" for row in rows[:8])
    height = 26 * max(1, len(rows)) + 8
    return finish(chart, height, title, f"{says}: {told}.")


def overlay(
    edges: Sequence[float],
    one: Sequence[float],
    other: Sequence[float],
    title: str,
    x: str,
    names: tuple[str, str] = ("training", "production"),
) -> Chart:
    """Returns two histograms over one another as shares, such as training and production.

    Args:
        edges: edges of the bins both are counted in.
        one, other: counts of the two samples.
        title: what it shows.
        x: what is counted.
        names: names of the two samples.
    """
    ends, parts = floats(edges), [np.asarray(n, dtype=float) / (np.sum(n) or 1.0) for n in (one, other)]
    rows: Rows = []
    for name, part in zip(names, parts, strict=True):
        rows += [{"x": e, "share": s, "of": name} for e, s in zip(ends, [*part, *part[-1:]], strict=False)]
    legend = theme.key(labelColor=INK, symbolType="square", symbolOpacity=1)
    span, colours = {"zero": False, "nice": False}, {"domain": list(names), "range": [OTHER, ACCENT]}
    steps = {
        "x": channel("x:Q", title=x, scale=span, axis=theme.axis(ends, 6)),
        "y": channel("share:Q", title="share of rows", stack=None, axis=theme.shares(4)),
        "color": channel("of:N", scale=colours, legend=legend),
    }
    lines = mark("line", steps, interpolate="step-after")
    chart = layer(mark("area", steps, interpolate="step-after", opacity=0.18), lines, rows=rows)
    common = percent(float(np.minimum(*parts).sum()))
    return finish(
        chart, 240, title, f"Histograms of {x} in {names[0]} and {names[1]}; {common} lie over each other."
    )


def scatter(
    truth: Sequence[float], prediction: Sequence[float], title: str, x: str = "true", y: str = "predicted"
) -> Chart:
    """Returns predicted against true values as a map of how many rows fall together, with the diagonal."""
    a, b = np.asarray(truth, dtype=float), np.asarray(prediction, dtype=float)
    low, high = map(float, np.quantile(np.concatenate([a, b]), [0.005, 0.995])) if len(a) else (0.0, 1.0)
    high = high if high > low else low + 1.0
    cells, edges, _ = np.histogram2d(
        np.clip(a, low, high), np.clip(b, low, high), bins=28, range=[[low, high]] * 2
    )
    step = float(edges[1] - edges[0])
    rows = [
        {"x": edges[i], "x2": edges[i] + step, "y": edges[j], "y2": edges[j] + step, "n": cells[i, j]}
        for i, j in zip(*np.nonzero(cells), strict=True)
    ]
    shape = {"scale": {"domain": [low, high], "nice": False}, "axis": theme.axis((low, high))}
    place = {"x": channel("x:Q", title=x, **shape), "y": channel("y:Q", title=y, **shape)}
    dense = channel("n:Q", scale={"type": "sqrt", "range": [0.12, 1]}, legend=None)
    cell = {**place, "x2": channel("x2"), "y2": channel("y2"), "opacity": dense}
    ends = [{"x": low, "y": low}, {"x": high, "y": high}]
    diagonal = mark("line", place, ends, color=INK, strokeDash=[4, 4], strokeWidth=1)
    chart = layer(mark("rect", cell, rows, color=ACCENT), diagonal)
    fit = float(np.corrcoef(a, b)[0, 1]) if len(a) > 1 and a.std() > 0 and b.std() > 0 else float("nan")
    told = f"{y.capitalize()} against {x} for {count(len(a))} rows; correlation {number(fit)}."
    return finish(chart, 380, title, told)
