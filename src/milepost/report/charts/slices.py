"""What a search saw of one setting: the loss of every configuration by the value it tried."""

from __future__ import annotations

from collections.abc import Sequence

from milepost.report import theme
from milepost.report.blocks import Chart
from milepost.report.sentences import number, plural
from milepost.report.theme import ACCENT, INK, OTHER, finish
from milepost.report.vega import Rows, channel, mark


def slices(
    values: Sequence[float], losses: Sequence[float], ships: Sequence[bool], title: str, x: str, log: bool
) -> Chart:
    """Returns a dot for each configuration; those that ship are in the accent's colour.

    Args:
        values: what each configuration tried.
        losses: its validation loss.
        ships: whether it is part of what ships.
        title: what it shows.
        x: the setting.
        log: whether the setting is laid out by ratios.
    """
    rows: Rows = [
        {"value": float(v), "loss": float(loss), "ships": "ships" if s else "tried"}
        for v, loss, s in sorted(zip(values, losses, ships, strict=True), key=lambda row: row[2])
    ]
    kind = {"type": "log", "nice": False, "padding": 12} if log else {"zero": False, "padding": 12}
    ticks = theme.axis(values, 5, grid=False, **({"format": "~g"} if log else {}))
    colours = {"domain": ["ships", "tried"], "range": [ACCENT, OTHER]}
    dots = {
        "x": channel("value:Q", title=x, scale=kind, axis=ticks),
        "y": channel("loss:Q", title="validation loss", scale={"zero": False}, axis=theme.axis(losses)),
        "color": channel("ships:N", scale=colours, legend=theme.key(labelColor=INK)),
    }
    chart = mark("point", dots, rows, size=45, opacity=0.8)
    best = min(range(len(losses)), key=lambda i: losses[i]) if len(losses) else None
    told = f"Loss by {x} in {plural(len(rows), 'configuration')}"
    told += "." if best is None else f"; the lowest, {number(losses[best])}, at {number(values[best])}."
    return finish(chart, 230, title, told)
