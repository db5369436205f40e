"""Size against quality: what could ship, by how many megabytes it takes and how well it scores."""

from __future__ import annotations

from collections.abc import Sequence

from milepost.report import theme
from milepost.report.blocks import Chart
from milepost.report.sentences import number
from milepost.report.theme import ACCENT, INK, finish
from milepost.report.vega import Rows, channel, layer, mark


def frontier(points: Sequence[tuple[str, float, float, float, float]], title: str, y: str) -> Chart:
    """Returns a dot for each point over its size, laid out by ratios, with the interval of its score.

    Args:
        points: name, megabytes above 0, score, and the low and high end of its interval.
        title: what it shows.
        y: the metric.
    """
    rows: Rows = [
        {"name": name, "size": float(mb), "value": float(value), "low": float(low), "high": float(high)}
        for name, mb, value, low, high in points
    ]
    ends = [row[end] for row in rows for end in ("low", "high")]
    scale = {"type": "log", "nice": False, "padding": 72}
    ticks = theme.axis([row["size"] for row in rows], 4, format="~g")
    x = channel("size:Q", title="megabytes", scale=scale, axis=ticks)
    flat = {"zero": False, "nice": False, "padding": 18}
    place = channel("value:Q", title=y, scale=flat, axis=theme.axis(ends))
    span = {"x": x, "y": channel("low:Q", title=y, scale=flat, axis=theme.axis(ends)), "y2": channel("high")}
    layers = [
        mark("rule", span, color=ACCENT, strokeWidth=2),
        mark("point", {"x": x, "y": place}, color=ACCENT, size=70),
        mark("text", {"x": x, "y": place, "text": channel("name:N")}, dx=8, align="left", color=INK),
    ]
    told = ", ".join(f"{row['name']} {number(row['value'])} at {number(row['size'])} MB" for row in rows)
    return finish(layer(*layers, rows=rows), 250, title, f"{y} by size: {told}.")
