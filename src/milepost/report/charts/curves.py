"""Curves: learning and training curves, trade-off, calibration, effects and trends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from milepost.report import theme
from milepost.report.blocks import Chart
from milepost.report.sentences import number, percent, plural
from milepost.report.theme import ACCENT, MUTED, OTHER, WARN, finish, floats, thinned, unique
from milepost.report.vega import Rows, Spec, channel, layer, mark

Numbers = Sequence[float]


def curve_band(x: Numbers, mean: Numbers, low: Numbers, high: Numbers, title: str, *labels: str) -> Chart:
    """Returns a line with a band around it, such as a learning curve; x is scaled by ratios where it is wide.

    `labels` are those of x and y.
    """
    x_label, y_label = (*labels, "", "")[:2]
    xs = floats(x)
    rows: Rows = [
        {"x": xs[i], "mean": float(mean[i]), "low": float(low[i]), "high": float(high[i])}
        for i in thinned(len(xs))
    ]
    wide = bool(xs) and xs[0] > 0 and xs[-1] >= 4 * xs[0]
    scale = {"type": "log" if wide else "linear", "nice": False, "zero": False}
    ticks = theme.axis(xs, values=xs) if wide and len(xs) <= 12 else theme.axis(xs)
    along = channel("x:Q", title=x_label, scale=scale, axis=ticks)
    edges = {"x": along, "y": _rising("low", y_label, mean), "y2": channel("high")}
    place = {"x": along, "y": _rising("mean", y_label, mean)}
    marks = [mark("area", edges), mark("line", place)]
    if len(rows) <= 20:
        marks.append(mark("point", place, size=40))
    told = (
        f"{number(mean[0])} at {number(xs[0])} to {number(mean[-1])} at {number(xs[-1])}" if xs else "empty"
    )
    return finish(layer(*marks, rows=rows), 250, title, f"{y_label or 'Value'} by {x_label}: {told}.")


def training_curves(steps: Numbers, train: Numbers, valid: Numbers, title: str) -> Chart:
    """Returns training and validation loss by step, with the step at which validation is best."""
    learnt, judged = floats(train), floats(valid)
    best = min(range(len(judged)), key=lambda i: judged[i] if math.isfinite(judged[i]) else math.inf)
    keep = sorted({*thinned(len(steps)), best})
    rows: Rows = []
    for name, losses in (("training", learnt), ("validation", judged)):
        rows += [{"step": float(steps[i]), "loss": losses[i], "of": name} for i in keep]
    scale = {"nice": False, "zero": False}
    x = channel("step:Q", title="rounds or epochs", scale=scale, axis=theme.axis(floats(steps), 6))
    place = {"x": x, "y": _rising("loss", "loss", judged)}
    colours = {"domain": ["training", "validation"], "range": [OTHER, ACCENT]}
    layers = [mark("line", {**place, "color": channel("of:N", scale=colours, legend=None)}, rows)]
    span = np.ptp([row["loss"] for row in rows if math.isfinite(row["loss"])] or [0.0])
    near = abs(judged[-1] - learnt[-1]) < 0.15 * span
    lowest = min((row["loss"] for row in rows if math.isfinite(row["loss"])), default=0.0)
    floored = near and min(judged[-1], learnt[-1]) - lowest < 0.1 * span
    upper, lower = (-26, -10) if floored else (-10, 15)  # nothing is written over the axis below
    for name, losses, above in (
        ("validation", judged, not near or judged[-1] >= learnt[-1]),
        ("training", learnt, not near or learnt[-1] > judged[-1]),
    ):
        end: Rows = [{"step": float(steps[-1]), "loss": losses[-1], "text": name}]
        words = {**place, "text": channel("text:N")}
        layers.append(mark("text", words, end, align="right", dy=upper if above else lower))
    layers.append(mark("point", place, [{"step": float(steps[best]), "loss": judged[best]}], size=70))
    told = (
        f"Validation loss is lowest, {number(judged[best])}, at {number(steps[best])}; "
        f"it ends at {number(judged[-1])}, training loss at {number(learnt[-1])}."
    )
    return finish(layer(*layers), 250, title, told)


def tradeoff(
    flagged: Numbers,
    caught: Numbers,
    thresholds: Numbers,
    threshold: float | None,
    title: str,
    capacity: float | None = None,
) -> Chart:
    """Returns the share of positives caught by the share of cases flagged, with the threshold chosen.

    `capacity` is the share of cases that can be reviewed, drawn as a line where it is given.
    """
    order = np.argsort(np.asarray(flagged, dtype=float), kind="stable")
    keep = [int(order[i]) for i in thinned(len(order))]
    rows: Rows = [{"flagged": float(flagged[i]), "caught": float(caught[i])} for i in keep]
    shape = {"scale": {"domain": [0, 1]}, "axis": theme.shares()}
    x = channel("flagged:Q", title="share of all cases flagged", **shape)
    y = channel("caught:Q", title="share of positives caught", **shape)
    place, words = {"x": x, "y": y}, {"x": x, "y": y, "text": channel("text:N")}
    i = int(np.argmin(np.abs(np.asarray(thresholds, dtype=float) - (threshold or 0.0)))) if rows else None
    low = threshold is not None and i is not None and float(caught[i]) > 0.45
    chance = [{"flagged": 0.34 if low else 0.72, "caught": 0.25 if low else 0.64, "text": "by chance"}]
    layers = [
        _diagonal(x, y, 1.0),
        mark("text", words, chance, align="left", color=MUTED, fontSize=12),
        mark("line", place, rows),
    ]
    told = "Trade-off between cases flagged and positives caught"
    if threshold is not None and i is not None:
        text = f"flag {percent(flagged[i])}, catch {percent(caught[i])}"
        point: Rows = [{"flagged": float(flagged[i]), "caught": float(caught[i]), "text": text}]
        layers.append(mark("point", place, point, size=90))
        right = float(flagged[i]) > 0.5
        high = float(caught[i]) > 0.94
        beside = (
            {"align": "right", "dx": -8, "dy": 18 if high else -10}
            if right
            else {"align": "left", "dx": 10, "dy": 12}
        )
        layers.append(mark("text", words, point, **beside))
        told += f"; at the threshold {number(threshold)}: {text}"
    if capacity is not None and 0 < capacity < 1:
        line: Rows = [{"flagged": float(capacity), "caught": 0.04, "text": "capacity"}]
        layers.append(mark("rule", {"x": x}, line, color=WARN, strokeDash=[4, 4]))
        layers.append(mark("text", words, line, align="left", dx=5, color=MUTED, fontSize=12))
        told += f"; {percent(capacity)} of the cases can be reviewed"
    return finish(layer(*layers), 300, title, told + ".")


def calibration(said: Numbers, happened: Numbers, lower: Numbers, upper: Numbers, title: str) -> Chart:
    """Returns how often it happened by how likely it was said to be, a bin a point, with 95 % intervals."""
    rows: Rows = [
        {"said": float(a), "happened": float(b), "low": float(c), "high": float(d)}
        for a, b, c, d in zip(said, happened, lower, upper, strict=True)
    ]
    top = min(1.0, 1.05 * max([0.1, *(row["high"] for row in rows), *(row["said"] for row in rows)]))
    shape = {"scale": {"domain": [0, top], "nice": False}, "axis": theme.shares()}
    x = channel("said:Q", title="probability said", **shape)
    y = channel("happened:Q", title="share that happened", **shape)
    low = channel("low:Q", title="share that happened", **shape)
    spans = mark("rule", {"x": x, "y": low, "y2": channel("high")}, rows, color=ACCENT)
    chart = layer(_diagonal(x, y, top), spans, mark("point", {"x": x, "y": y}, rows))
    inside = sum(row["low"] <= row["said"] <= row["high"] for row in rows)
    told = f"Calibration in {plural(len(rows), 'bin')}; in {inside} the interval holds what was said."
    return finish(chart, 300, title, told)


def effects(values: Sequence[float | str], mean: Numbers, title: str, y: str) -> Chart:
    """Returns the mean prediction by the value of a column: a line over numbers and times, else dots."""
    kind = _kind(values)
    told = f"{title}: {y} between {number(min(mean))} and {number(max(mean))}." if len(mean) else title
    if kind == "N":
        labels = unique(values)
        rows: Rows = [{"name": name, "mean": float(m)} for name, m in zip(labels, mean, strict=True)]
        scale = {"zero": False, "padding": 16}
        across = channel("mean:Q", title=y, scale=scale, axis=theme.axis(mean, 4, grid=True))
        dots = mark("point", {"y": theme.names(labels), "x": across}, rows, size=70)
        return finish(dots, 26 * max(1, len(rows)) + 48, title, told)
    rows = [{"x": place, "mean": float(m)} for place, m in zip(_places(values, kind), mean, strict=True)]
    spot = {"x": _along(values, kind), "y": _rising("mean", y, mean)}
    return finish(layer(mark("line", spot), mark("point", spot, size=35), rows=rows), 200, title, told)


def trend(
    times: Sequence[float | str],
    values: Numbers,
    title: str,
    y: str,
    band: tuple[Numbers, Numbers] | None = None,
    alarms: Sequence[float | str] = (),
) -> Chart:
    """Returns values over time, with an optional band and marks where something was alarming.

    Args:
        times: numbers or ISO moments.
        values: one value a time.
        title: what it shows.
        y: what is measured.
        band: low and high end of each value.
        alarms: the times to mark.
    """
    kind, marked = _kind(times), {str(moment) for moment in alarms}
    at, hits = _places(times, kind), {i for i, time in enumerate(times) if str(time) in marked}
    rows: Rows = []
    for i in sorted({*thinned(len(times)), *hits}):
        ends = {"low": float(band[0][i]), "high": float(band[1][i])} if band else {}
        rows.append({"x": at[i], "value": float(values[i]), "alarm": i in hits, **ends})
    place = {"x": _along(times, kind), "y": _rising("value", y, values)}
    layers = [mark("line", place)]
    if band is not None:
        edges = {**place, "y": _rising("low", y, values), "y2": channel("high")}
        layers.insert(0, mark("area", edges))
    if hits:
        layers.append(mark("point", place, [row for row in rows if row["alarm"]], color=WARN, size=90))
    told = f"{y} from {number(values[0])} to {number(values[-1])}" if len(values) else f"{y}, empty"
    return finish(layer(*layers, rows=rows), 230, title, f"{told}; {plural(len(hits), 'alarm')}.")


def _rising(field: str, title: str, values: Numbers) -> Spec:
    """A y channel that need not start at 0."""
    return channel(f"{field}:Q", title=title, scale={"zero": False}, axis=theme.axis(floats(values)))


def _diagonal(x: Spec, y: Spec, top: float) -> Spec:
    """A dashed line from the origin."""
    ends: Rows = [{x["field"]: end, y["field"]: end} for end in (0, top)]
    return mark("line", {"x": x, "y": y}, ends, color=OTHER, strokeDash=[4, 4], strokeWidth=1)


def _kind(values: Sequence[Any]) -> str:
    """How values are placed: Q numbers, T moments, N names."""
    if all(isinstance(value, int | float) or hasattr(value, "item") for value in values):
        return "Q"
    try:
        return "T" if all(datetime.fromisoformat(str(v)) and "-" in str(v) for v in values) else "N"
    except ValueError:
        return "N"


def _places(values: Sequence[Any], kind: str) -> list[float | str]:
    """Values as the chart holds them: moments in UTC, so that no machine's zone moves them."""
    if kind == "Q":
        return list(floats(values))
    found: list[float | str] = []
    for value in values:
        moment = datetime.fromisoformat(str(value))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        found.append(moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return found


def _along(values: Sequence[Any], kind: str) -> Spec:
    """The x channel of numbers or moments."""
    if kind == "T":
        return channel("x:T", title=None, scale={"type": "utc"}, axis={"tickCount": 6, "grid": False})
    span = {"nice": False, "zero": False}
    return channel("x:Q", title=None, scale=span, axis=theme.axis(floats(values), 6, grid=False))
