"""One restrained look for all charts: grey, one accent, direct labels; pages can recolour them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from milepost.report.blocks import Chart
from milepost.report.vega import NUMBERS, SCHEMA, Spec, channel, rooms

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
INK, MUTED, GRID = "#23272e", "#626a75", "#dcdfe4"
ACCENT, SOFT, OTHER = "#2563a8", "#9dbde0", "#8a929d"
WARN = "#b4432f"
"""The colours of charts. A page maps each of them to its own (light, dark, print) by the SVG's attributes."""
WIDTH = 460
POINTS = 160
"""Points a line is thinned to."""

CONFIG: Mapping[str, Any] = {
    "font": FONT,
    "background": "transparent",
    "aria": False,
    "padding": 2,
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 13, "titleFontSize": 13, "titleFontWeight": "normal", "labelColor": MUTED,
        "titleColor": MUTED, "gridColor": GRID, "domain": False, "ticks": False, "labelPadding": 6,
        "titlePadding": 8, "labelLimit": 0, "labelOverlap": "greedy",
    },
    "axisX": {"domain": True, "domainColor": OTHER, "grid": False},
    "axisXQuantitative": {"labelSeparation": 8},
    "axisYQuantitative": {"minExtent": NUMBERS},
    "axisYBand": {"grid": False, "labelColor": INK},
    "axisYPoint": {"grid": False, "labelColor": INK},
    "bar": {"color": ACCENT},
    "rect": {"color": ACCENT},
    "line": {"color": ACCENT, "strokeWidth": 2},
    "area": {"color": SOFT, "opacity": 0.45, "line": False},
    "point": {"color": ACCENT, "filled": True, "size": 55, "opacity": 1},
    "circle": {"color": ACCENT, "opacity": 1},
    "rule": {"color": MUTED, "strokeWidth": 1.5},
    "text": {"color": INK, "fontSize": 13},
}  # fmt: skip


def axis(numbers: Sequence[float] = (), ticks: int = 5, **more: Any) -> Spec:
    """Returns an axis of numbers; from ten thousand on they are shown as 10k."""
    large = max((abs(n) for n in numbers if math.isfinite(n)), default=0.0) >= 10_000
    return {"tickCount": ticks, **({"format": "~s"} if large else {}), **more}


def shares(ticks: int = 5) -> Spec:
    """Returns an axis of shares in percent."""
    return {"tickCount": ticks, "format": "~%"}


def key(**more: Any) -> Spec:
    """Returns a legend above the plot."""
    return {"orient": "top", "title": None, "labelFontSize": 13, **more}


def extent(labels: Iterable[object]) -> int:
    """Returns the pixels that labels beside a chart need, with a wide font too."""
    return min(222, round(7.8 * max((len(str(label)) for label in labels), default=0)) + 12)


def names(labels: Sequence[object]) -> Spec:
    """Returns the y channel of the field `name`, in the order of the rows, with room for its labels."""
    room = extent(labels)
    return channel("name:N", sort=None, title=None, axis={"minExtent": room, "maxExtent": room})


def finish(spec: Spec, height: int, caption: str, alt: str) -> Chart:
    """Returns a specification as a block, with the common look.

    Args:
        spec: marks or layers without a title.
        height: height of the whole picture, in pixels.
        caption: its title.
        alt: what it shows, in words.
    """
    beside, below = rooms(spec)
    size = {"width": WIDTH - beside - 4, "height": height - below - 4}
    return Chart({"$schema": SCHEMA, "config": CONFIG, **size, **spec}, caption, alt)


def thinned(length: int, most: int = POINTS) -> list[int]:
    """Returns evenly spread places of a sequence, the first and the last among them.

    >>> thinned(5, 3), thinned(2)
    ([0, 2, 4], [0, 1])
    """
    if length <= most:
        return list(range(length))
    return sorted({round(i * (length - 1) / (most - 1)) for i in range(most)})


def clipped(text: object, most: int = 26) -> str:
    """Returns a label, shortened in its middle where it is long.

    >>> clipped("abcdefghij", 7)
    'abc…hij'
    """
    words = str(text)
    half = (most - 1) // 2
    return words if len(words) <= most else f"{words[:half]}…{words[-half:]}"


def unique(labels: Iterable[object]) -> list[str]:
    """Returns labels shortened and told apart, so that no two rows of a chart fall together.

    >>> unique(["a", "a", "b"])
    ['a', 'a (2)', 'b']
    """
    seen: dict[str, int] = {}
    found = []
    for label in labels:
        short = clipped(label)
        seen[short] = seen.get(short, 0) + 1
        found.append(short if seen[short] == 1 else f"{short} ({seen[short]})")
    return found


def floats(values: Sequence[Any]) -> list[float]:
    """Returns numbers of any kind as floats."""
    return [float(value) for value in values]
