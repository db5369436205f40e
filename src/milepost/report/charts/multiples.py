"""Many small charts in one picture: how every column is spread, side by side."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from milepost.report.blocks import Chart
from milepost.report.sentences import count, listed
from milepost.report.theme import ACCENT, INK, MUTED, OTHER, clipped

ACROSS = 3
"""Charts beside each other."""
WIDTH, GAP = 250, 30
"""Pixels of one chart, and between two."""
PLOT, STEP, HEAD, FOOT = 84, 15, 22, 34
"""Pixels: height of a histogram, of one bar of a category, of the title, and of what is below."""
LABEL, COUNT = 92, 50
"""Pixels beside the bars of a category: for names and for counts."""


@dataclass(frozen=True)
class Spread:
    """How one column is spread.

    Args:
        name: its title.
        heights: how many rows each bin or value has.
        ends: what the first bin begins with and the last one ends with, as text; empty for values.
        labels: the values of a category, one a height; empty for bins.
    """

    name: str
    heights: Sequence[float]
    ends: tuple[str, str] = ("", "")
    labels: Sequence[str] = ()

    @property
    def height(self) -> int:
        """Pixels it needs."""
        return HEAD + (STEP * len(self.labels) if self.labels else PLOT) + FOOT


def multiples(parts: Sequence[Spread], caption: str) -> Chart:
    """Returns histograms of numbers and moments and bars of values, three in a row, each with its own scale.

    They are drawn by hand: forty small charts with axes of their own take Vega-Lite most of a second.
    """
    drawn: list[str] = []
    top = 0
    for at in range(0, len(parts), ACROSS):
        row = parts[at : at + ACROSS]
        for place, part in enumerate(row):
            inside = _bars(part) if part.labels else _bins(part)
            drawn.append(f'<g transform="translate({place * (WIDTH + GAP)},{top})">{inside}</g>')
        top += max(part.height for part in row)
    across = ACROSS * (WIDTH + GAP) - GAP
    names = listed([part.name for part in parts], 12)
    says = f"How rows are spread over {names}, each in a small chart of its own."
    svg = f'<svg viewBox="0 0 {across} {top}">{"".join(drawn)}</svg>'
    return Chart({"data": {"values": _numbers(parts)}}, caption, says, svg)


def _numbers(parts: Sequence[Spread]) -> list[dict[str, Any]]:
    """What is drawn, as rows: the values of a category by name, bins by number with the ends of all."""
    rows: list[dict[str, Any]] = []
    for part in parts:
        low, high = part.ends
        bins = [
            f"bin {i} of {len(part.heights)} from {low} to {high}" for i in range(1, len(part.heights) + 1)
        ]
        names = part.labels or bins
        rows += [{"of": part.name, "value": v, "n": n} for v, n in zip(names, part.heights, strict=True)]
    return rows


def _bins(part: Spread) -> str:
    """A title with the height of the highest bin, bars side by side, and where they begin and end."""
    most = max(part.heights, default=0.0) or 1.0
    wide, floor = WIDTH / max(1, len(part.heights)), HEAD + PLOT
    bars = [
        _rect(i * wide, floor - PLOT * n / most, max(0.5, wide - 1), PLOT * n / most)
        for i, n in enumerate(part.heights)
        if n
    ]
    low, high = part.ends
    words = [
        _text(0, 12, part.name, INK),
        _text(WIDTH, 12, f"up to {count(most)}", MUTED, "end"),
        _text(0, floor + 14, low, MUTED),
        _text(WIDTH, floor + 14, high, MUTED, "end"),
    ]
    line = f'<path d="M0,{floor}H{WIDTH}" stroke="{OTHER}"/>'
    return "".join([*bars, line, *words])


def _bars(part: Spread) -> str:
    """A title, and a bar a value with its name before and its count behind."""
    most, room = max(part.heights, default=0.0) or 1.0, WIDTH - LABEL - COUNT
    drawn = [_text(0, 12, part.name, INK)]
    for i, (label, n) in enumerate(zip(part.labels, part.heights, strict=True)):
        top, long = HEAD + STEP * i, room * n / most
        drawn.append(_text(LABEL - 6, top + 10, clipped(label, 13), INK, "end"))
        drawn.append(_rect(LABEL, top, long, STEP - 3))
        drawn.append(_text(LABEL + long + 5, top + 10, count(n), MUTED))
    return "".join(drawn)


def _rect(x: float, y: float, width: float, height: float) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{ACCENT}"/>'


def _text(x: float, y: float, words: str, colour: str, anchor: str = "start") -> str:
    """Text that ends or starts at a place; long titles are cut."""
    place = f' text-anchor="{anchor}"' if anchor != "start" else ""
    shown = html.escape(clipped(words, 40))
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="11"{place} fill="{colour}">{shown}</text>'
