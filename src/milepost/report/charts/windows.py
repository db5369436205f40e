"""Windows of time beside each other: which signals are large where, and scores with their bands."""

from __future__ import annotations

from collections.abc import Sequence

from milepost.report import theme
from milepost.report.blocks import Chart
from milepost.report.sentences import listed, number, plural
from milepost.report.theme import ACCENT, INK, MUTED, OTHER, SOFT, WARN, finish, unique
from milepost.report.vega import Rows, channel, layer, mark, rooms

MOST = 20
"""Rows of the map."""
Band = tuple[float | None, float | None, float | None]
"""A value with the low and high end of its interval; None where there is none."""


def heat(
    names: Sequence[str], windows: Sequence[str], shares: Sequence[Sequence[float]], title: str
) -> Chart:
    """Returns a map of signals by window: how large each is as a share of its threshold; alarms are red.

    Args:
        names: the signals, largest first; at most 20 are shown.
        windows: the windows in order of time.
        shares: size over threshold, a row a signal; 1 and more is an alarm.
        title: what it shows.
    """
    labels = unique(names[:MOST])
    rows: Rows = []
    loud: list[str] = []
    for label, row in zip(labels, shares, strict=False):
        loud += [label] if any(v >= 1 for v in row) else []
        for window, value in zip(windows, row, strict=True):
            rows.append({"name": label, "at": window, "share": min(1.0, value), "alarm": value >= 1})
    step = max(1, -(-len(windows) // 8))
    axis = {"values": list(windows[::step]), "labelAngle": -40, "domain": False}
    colours = {"domain": [False, True], "range": [ACCENT, WARN]}
    squares = {
        "x": channel("at:O", sort=None, title=None, axis=axis),
        "y": theme.names(labels),
        "color": channel("alarm:N", scale=colours, legend=None),
        "opacity": channel("share:Q", scale={"domain": [0, 1], "range": [0.03, 0.9]}, legend=None),
    }
    chart = mark("rect", squares, rows, stroke=None)
    told = f"{plural(len(windows), 'window')}; alarms in {listed(loud) if loud else 'none of the signals'}."
    return finish(chart, 22 * max(1, len(labels)) + rooms(chart)[1] + 4, title, told)


def scores(
    windows: Sequence[str],
    estimated: Sequence[Band],
    real: Sequence[Band],
    normal: float,
    alarms: tuple[Sequence[str], Sequence[str]],
    y: str,
) -> Chart:
    """Returns estimated and real scores of windows with their bands, the normal score as a line.

    Args:
        windows: the windows in order of time.
        estimated: the score expected without labels, for each window.
        real: the score on outcomes.
        normal: the score of the past.
        alarms: the windows to mark, for the estimate and for the real score.
        y: what is measured.
    """
    rows: Rows = []
    for kind, values, marked in (("estimated", estimated, alarms[0]), ("real", real, alarms[1])):
        for window, (value, low, high) in zip(windows, values, strict=True):
            if value is not None:
                ends = {"low": value if low is None else low, "high": value if high is None else high}
                rows.append({"at": window, "of": kind, "value": value, **ends, "alarm": window in marked})
    step = max(1, -(-len(windows) // 8))
    axis = {"values": list(windows[::step]), "labelAngle": -40}
    x = channel("at:O", sort=list(windows), title=None, axis=axis, scale={"domain": list(windows)})
    span = {"zero": False}
    up = channel("value:Q", title=y, scale=span, axis=theme.axis([row["value"] for row in rows]))
    colours = {"domain": ["estimated", "real"], "range": [OTHER, ACCENT]}
    colour = channel("of:N", scale=colours, legend=theme.key(labelColor=INK, symbolOpacity=1))
    place = {"x": x, "y": up, "color": colour}
    band = {**place, "y": channel("low:Q", title=y, scale=span), "y2": channel("high")}
    layers = [mark("area", band, opacity=0.2), mark("line", place), mark("point", place, size=28)]
    layers.append(mark("rule", {"y": up}, [{"value": normal}], color=MUTED, strokeDash=[4, 4]))
    hits = [row for row in rows if row["alarm"]]
    if hits:
        ring = {"x": x, "y": up}
        layers.append(mark("point", ring, hits, color=WARN, filled=False, size=140, strokeWidth=2))
    told = f"{y} of {plural(len(windows), 'window')}, {number(normal)} is normal; "
    told += f"{plural(len({*alarms[0], *alarms[1]}), 'alarm')}."
    return finish(layer(*layers, rows=rows), 290, f"{y} by window", told)


def ageing(days: Sequence[float], spans: Sequence[tuple[float, float, float]], y: str) -> Chart:
    """Returns how much worse older models are, with intervals, by their age in days.

    Args:
        days: how much older than the freshest.
        spans: what is lost, with the low and high end of its interval.
        y: what is measured.
    """
    loss = [span[0] for span in spans]
    rows: Rows = [
        {"age": age, "loss": v, "low": a, "high": b} for age, (v, a, b) in zip(days, spans, strict=True)
    ]
    x = channel("age:Q", title="days older than the freshest model", axis=theme.axis(list(days), 6))
    up = channel("loss:Q", title=f"{y} lost", axis=theme.axis(loss))
    rule = mark("rule", {"y": up}, [{"loss": 0.0}], color=OTHER, strokeDash=[4, 4])
    edges = {"x": x, "y": channel("low:Q", title=f"{y} lost"), "y2": channel("high")}
    place = {"x": x, "y": up}
    told = f"From {number(loss[0])} at {number(days[0])} days to {number(loss[-1])} at {number(days[-1])}."
    layers = [mark("area", edges, color=SOFT), rule, mark("line", place), mark("point", place)]
    return finish(layer(*layers, rows=rows), 230, f"How much {y} a model loses with age", told)
