"""What each column tells on its own, the suspects marked."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from milepost.report import theme
from milepost.report.blocks import Chart
from milepost.report.theme import ACCENT, MUTED, OTHER, WARN, WIDTH, finish, unique
from milepost.report.vega import channel, layer, mark

MOST = 24
"""Columns shown; marked ones always are."""
Marks = Mapping[str, str]
"""Column -> a word beside its bar, such as "left out"."""


def alone(scores: Mapping[str, float], marks: Marks, title: str, x: str, floor: float = 0.5) -> Chart:
    """Returns bars of single columns' scores from knowing nothing to knowing all; marked ones stand out.

    Args:
        scores: score by column.
        marks: a word for each column that is marked.
        title: what it shows.
        x: what is measured.
        floor: the score of knowing nothing, where bars begin.
    """
    chosen = _chosen(scores, marks)
    labels = unique(chosen)
    rows = [
        {
            "name": label,
            "from": floor,
            "n": max(floor, float(scores[name])),
            "text": f"{scores[name]:.3f}" + (f" {marks[name]}" if name in marks else ""),
            "kind": "marked" if name in marks else "plain",
        }
        for label, name in zip(labels, chosen, strict=True)
    ]
    room = WIDTH - theme.extent(labels) - 10
    wide = 8 * max((len(str(row["text"])) for row in rows), default=0) + 10
    top = floor + (1 - floor) / (1 - min(0.6, wide / room))
    scale = {"domain": [floor, top], "nice": False}
    ticks = [round(floor + (1 - floor) * part / 5, 2) for part in range(6)]
    axis = {"values": ticks, "grid": True}
    kinds = {"domain": ["marked", "plain"], "range": [WARN, ACCENT]}
    colour = channel("kind:N", scale=kinds, legend=None)
    y = theme.names(labels)
    start = channel("from:Q", title=x, scale=scale, axis=axis)
    end = channel("n:Q", title=x, scale=scale, axis=axis)
    bars = mark("bar", {"y": y, "x": start, "x2": channel("n"), "color": colour}, height={"band": 0.7})
    words = {"y": y, "x": end, "text": channel("text:N")}
    told = mark("text", words, align="left", dx=5, color=MUTED)
    most = mark("rule", {"x": end}, [{"n": 1.0}], color=OTHER, strokeDash=[4, 4])
    says = ", ".join(f"{row['name']} {row['text']}" for row in rows[:8])
    chart = layer(most, bars, told, rows=rows)
    return finish(chart, 24 * max(1, len(rows)) + 46, title, f"{x} of single columns: {says}.")


def _chosen(scores: Mapping[str, float], marks: Collection[str]) -> list[str]:
    """The best columns, and every marked one, best first."""
    ordered = sorted(scores, key=lambda name: (-scores[name], name))
    kept = set(ordered[:MOST]) | {name for name in marks if name in scores}
    return [name for name in ordered if name in kept]
