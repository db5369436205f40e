"""What each column tells on its own, the suspects marked."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from milepost.report import theme
from milepost.report.blocks import Chart
from milepost.report.theme import ACCENT, MUTED, OTHER, WARN, WIDTH, data, finish, unique

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
    import altair as alt

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
    words = 8 * max((len(str(row["text"])) for row in rows), default=0) + 10
    top = floor + (1 - floor) / (1 - min(0.6, words / room))
    scale = alt.Scale(domain=[floor, top], nice=False)
    ticks = [round(floor + (1 - floor) * part / 5, 2) for part in range(6)]
    axis = alt.Axis(values=ticks, grid=True)
    colour = alt.Color(
        "kind:N", scale=alt.Scale(domain=["marked", "plain"], range=[WARN, ACCENT]), legend=None
    )
    base = alt.Chart(data(rows)).encode(y=theme.names(labels))
    bars = base.mark_bar(height={"band": 0.7}).encode(
        x=alt.X("from:Q", title=x, scale=scale, axis=axis), x2="n:Q", color=colour
    )
    end = alt.X("n:Q", title=x, scale=scale, axis=axis)
    told = base.mark_text(align="left", dx=5, color=MUTED).encode(x=end, text="text:N")
    most = alt.Chart(data([{"n": 1.0}])).mark_rule(color=OTHER, strokeDash=[4, 4]).encode(x=end)
    says = ", ".join(f"{row['name']} {row['text']}" for row in rows[:8])
    return finish(most + bars + told, 24 * max(1, len(rows)) + 46, title, f"{x} of single columns: {says}.")


def _chosen(scores: Mapping[str, float], marks: Collection[str]) -> list[str]:
    """The best columns, and every marked one, best first."""
    ordered = sorted(scores, key=lambda name: (-scores[name], name))
    kept = set(ordered[:MOST]) | {name for name in marks if name in scores}
    return [name for name in ordered if name in kept]
