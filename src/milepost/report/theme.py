"""One restrained look for all charts: grey, one accent, direct labels; pages can recolour them."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from milepost.report.blocks import Chart

Rows: TypeAlias = list[dict[str, Any]]

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
    "background": None,
    "padding": 2,
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 13, "titleFontSize": 13, "titleFontWeight": "normal", "labelColor": MUTED,
        "titleColor": MUTED, "gridColor": GRID, "domain": False, "ticks": False, "labelPadding": 6,
        "titlePadding": 8, "labelLimit": 260, "labelOverlap": "greedy",
    },
    "axisX": {"domain": True, "domainColor": OTHER, "grid": False},
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


@contextmanager
def trusted() -> Iterator[None]:
    """Within it Altair does not hold charts against the schema of Vega-Lite, which takes most of its time.

    Nor is garbage looked for: charts are thousands of small objects, and none of them goes.
    """
    from altair.utils.schemapi import debug_mode

    looking = gc.isenabled()
    gc.disable()
    try:
        with debug_mode(False):
            yield
    finally:
        if looking:
            gc.enable()


def axis(numbers: Sequence[float] = (), ticks: int = 5, **more: Any) -> Any:
    """Returns an axis of numbers; from ten thousand on they are shown as 10k."""
    import altair as alt

    large = max((abs(n) for n in numbers if math.isfinite(n)), default=0.0) >= 10_000
    settings: dict[str, Any] = {"tickCount": ticks, **({"format": "~s"} if large else {}), **more}
    return alt.Axis(**settings)


def shares(ticks: int = 5) -> Any:
    """Returns an axis of shares in percent."""
    import altair as alt

    return alt.Axis(tickCount=ticks, format="~%")


def extent(labels: Iterable[object]) -> int:
    """Returns the pixels that labels beside a chart need, with a wide font too."""
    return min(222, round(7.8 * max((len(str(label)) for label in labels), default=0)) + 12)


def names(labels: Sequence[object]) -> Any:
    """Returns the y encoding of the field `name`, in the order of the rows, with room for its labels."""
    import altair as alt

    room = extent(labels)
    return alt.Y("name:N", sort=None, title=None, axis=alt.Axis(minExtent=room, maxExtent=room))


def finish(chart: Any, height: int, caption: str, alt: str) -> Chart:
    """Returns an Altair chart as a block, with the common look.

    Args:
        chart: an Altair chart without a title.
        height: height of the whole picture, in pixels.
        caption: its title.
        alt: what it shows, in words.
    """
    from altair.utils import schemapi

    spec = chart.properties(width=WIDTH, height=height).to_dict(validate=schemapi.DEBUG_MODE)
    spec.pop("config", None)
    spec["config"] = dict(CONFIG)
    spec["autosize"] = {"type": "fit", "contains": "padding"}
    return Chart(spec, caption, alt)


def data(rows: Rows) -> Any:
    """Returns rows as Altair's inline data, numbers to six significant digits."""
    import altair as alt

    return alt.InlineData(values=[{name: _short(value) for name, value in row.items()} for row in rows])


def _short(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


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
