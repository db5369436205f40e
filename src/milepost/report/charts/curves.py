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
from milepost.report.theme import ACCENT, MUTED, OTHER, WARN, Rows, data, finish, floats, thinned, unique

Numbers = Sequence[float]


def curve_band(x: Numbers, mean: Numbers, low: Numbers, high: Numbers, title: str, *labels: str) -> Chart:
    """Returns a line with a band around it, such as a learning curve; x is scaled by ratios where it is wide.

    `labels` are those of x and y.
    """
    import altair as alt

    x_label, y_label = (*labels, "", "")[:2]
    xs = floats(x)
    rows: Rows = [
        {"x": xs[i], "mean": float(mean[i]), "low": float(low[i]), "high": float(high[i])}
        for i in thinned(len(xs))
    ]
    wide = bool(xs) and xs[0] > 0 and xs[-1] >= 4 * xs[0]
    scale = alt.Scale(type="log" if wide else "linear", nice=False, zero=False)
    ticks = theme.axis(xs, values=xs) if wide and len(xs) <= 12 else theme.axis(xs)
    base = alt.Chart(data(rows)).encode(x=alt.X("x:Q", title=x_label, scale=scale, axis=ticks))
    height, edges = _rising("mean", y_label, mean), _rising("low", y_label, mean)
    points = base.mark_point(size=40).encode(y=height)
    lines = base.mark_area().encode(y=edges, y2="high:Q") + base.mark_line().encode(y=height)
    told = (
        f"{number(mean[0])} at {number(xs[0])} to {number(mean[-1])} at {number(xs[-1])}" if xs else "empty"
    )
    chart = lines + points if len(rows) <= 20 else lines
    return finish(chart, 250, title, f"{y_label or 'Value'} by {x_label}: {told}.")


def training_curves(steps: Numbers, train: Numbers, valid: Numbers, title: str) -> Chart:
    """Returns training and validation loss by step, with the step at which validation is best."""
    import altair as alt

    learnt, judged = floats(train), floats(valid)
    best = min(range(len(judged)), key=lambda i: judged[i] if math.isfinite(judged[i]) else math.inf)
    keep = sorted({*thinned(len(steps)), best})
    rows: Rows = []
    for name, losses in (("training", learnt), ("validation", judged)):
        rows += [{"step": float(steps[i]), "loss": losses[i], "of": name} for i in keep]
    x = alt.X(
        "step:Q",
        title="rounds or epochs",
        scale=alt.Scale(nice=False, zero=False),
        axis=theme.axis(floats(steps), 6),
    )
    y = _rising("loss", "loss", judged)
    colours = alt.Scale(domain=["training", "validation"], range=[OTHER, ACCENT])
    layers = [
        alt.Chart(data(rows))
        .mark_line()
        .encode(x=x, y=y, color=alt.Color("of:N", scale=colours, legend=None))
    ]
    span = np.ptp([row["loss"] for row in rows if math.isfinite(row["loss"])] or [0.0])
    near = abs(judged[-1] - learnt[-1]) < 0.15 * span
    for name, losses, above in (
        ("validation", judged, not near or judged[-1] >= learnt[-1]),
        ("training", learnt, not near or learnt[-1] > judged[-1]),
    ):
        end = alt.Chart(data([{"step": float(steps[-1]), "loss": losses[-1], "text": name}]))
        layers.append(end.mark_text(align="right", dy=-10 if above else 15).encode(x=x, y=y, text="text:N"))
    point = alt.Chart(data([{"step": float(steps[best]), "loss": judged[best]}]))
    layers.append(point.mark_point(size=70).encode(x=x, y=y))
    told = (
        f"Validation loss is lowest, {number(judged[best])}, at {number(steps[best])}; "
        f"it ends at {number(judged[-1])}, training loss at {number(learnt[-1])}."
    )
    return finish(alt.layer(*layers), 250, title, told)


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
    import altair as alt

    order = np.argsort(np.asarray(flagged, dtype=float), kind="stable")
    keep = [int(order[i]) for i in thinned(len(order))]
    rows: Rows = [{"flagged": float(flagged[i]), "caught": float(caught[i])} for i in keep]
    whole = alt.Scale(domain=[0, 1])
    x = alt.X("flagged:Q", title="share of all cases flagged", scale=whole, axis=theme.shares())
    y = alt.Y("caught:Q", title="share of positives caught", scale=whole, axis=theme.shares())
    words = alt.Chart(data([{"flagged": 0.72, "caught": 0.64, "text": "by chance"}]))
    layers = [
        _diagonal(x, y, "flagged", "caught", 1.0),
        words.mark_text(align="left", color=MUTED, fontSize=12).encode(x=x, y=y, text="text:N"),
        alt.Chart(data(rows)).mark_line().encode(x=x, y=y),
    ]
    told = "Trade-off between cases flagged and positives caught"
    if threshold is not None and rows:
        i = int(np.argmin(np.abs(np.asarray(thresholds, dtype=float) - threshold)))
        text = f"flag {percent(flagged[i])}, catch {percent(caught[i])}"
        point = alt.Chart(data([{"flagged": float(flagged[i]), "caught": float(caught[i]), "text": text}]))
        layers.append(point.mark_point(size=90).encode(x=x, y=y))
        right = float(flagged[i]) > 0.5
        mark = point.mark_text(align="right", dy=18) if right else point.mark_text(align="left", dx=10, dy=12)
        layers.append(mark.encode(x=x, y=y, text="text:N"))
        told += f"; at the threshold {number(threshold)}: {text}"
    if capacity is not None and 0 < capacity < 1:
        line = alt.Chart(data([{"flagged": float(capacity), "caught": 0.04, "text": "capacity"}]))
        layers.append(line.mark_rule(color=WARN, strokeDash=[4, 4]).encode(x=x))
        words = line.mark_text(align="left", dx=5, color=MUTED, fontSize=12)
        layers.append(words.encode(x=x, y=y, text="text:N"))
        told += f"; {percent(capacity)} of the cases can be reviewed"
    return finish(alt.layer(*layers), 300, title, told + ".")


def calibration(said: Numbers, happened: Numbers, lower: Numbers, upper: Numbers, title: str) -> Chart:
    """Returns how often it happened by how likely it was said to be, a bin a point, with 95 % intervals."""
    import altair as alt

    rows: Rows = [
        {"said": float(a), "happened": float(b), "low": float(c), "high": float(d)}
        for a, b, c, d in zip(said, happened, lower, upper, strict=True)
    ]
    top = min(1.0, 1.05 * max([0.1, *(row["high"] for row in rows), *(row["said"] for row in rows)]))
    span, ticks = alt.Scale(domain=[0, top], nice=False), theme.shares()
    x = alt.X("said:Q", title="probability said", scale=span, axis=ticks)
    y = alt.Y("happened:Q", title="share that happened", scale=span, axis=ticks)
    low = alt.Y("low:Q", title="share that happened", scale=span, axis=ticks)
    base = alt.Chart(data(rows)).encode(x=x)
    points = base.mark_rule(color=ACCENT).encode(y=low, y2="high:Q") + base.mark_point().encode(y=y)
    inside = sum(row["low"] <= row["said"] <= row["high"] for row in rows)
    told = f"Calibration in {plural(len(rows), 'bin')}; in {inside} the interval holds what was said."
    return finish(_diagonal(x, y, "said", "happened", top) + points, 300, title, told)


def effects(values: Sequence[float | str], mean: Numbers, title: str, y: str) -> Chart:
    """Returns the mean prediction by the value of a column: a line over numbers and times, else dots."""
    import altair as alt

    kind = _kind(values)
    told = f"{title}: {y} between {number(min(mean))} and {number(max(mean))}." if len(mean) else title
    if kind == "N":
        labels = unique(values)
        rows: Rows = [{"name": name, "mean": float(m)} for name, m in zip(labels, mean, strict=True)]
        scale = alt.Scale(zero=False, padding=16)
        place = alt.X("mean:Q", title=y, scale=scale, axis=theme.axis(mean, 4, grid=True))
        dots = alt.Chart(data(rows)).mark_point(size=70).encode(y=theme.names(labels), x=place)
        return finish(dots, 26 * max(1, len(rows)) + 48, title, told)
    rows = [{"x": place, "mean": float(m)} for place, m in zip(_places(values, kind), mean, strict=True)]
    base = alt.Chart(data(rows)).encode(x=_along(values, kind), y=_rising("mean", y, mean))
    return finish(base.mark_line() + base.mark_point(size=35), 200, title, told)


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
    import altair as alt

    kind, marked = _kind(times), {str(moment) for moment in alarms}
    at, hits = _places(times, kind), {i for i, time in enumerate(times) if str(time) in marked}
    rows: Rows = []
    for i in sorted({*thinned(len(times)), *hits}):
        ends = {"low": float(band[0][i]), "high": float(band[1][i])} if band else {}
        rows.append({"x": at[i], "value": float(values[i]), "alarm": i in hits, **ends})
    x, height = _along(times, kind), _rising("value", y, values)
    base = alt.Chart(data(rows)).encode(x=x)
    layers = [base.mark_line().encode(y=height)]
    if band is not None:
        layers.insert(0, base.mark_area().encode(y=_rising("low", y, values), y2="high:Q"))
    if hits:
        points = alt.Chart(data([row for row in rows if row["alarm"]])).mark_point(color=WARN, size=90)
        layers.append(points.encode(x=x, y=height))
    told = f"{y} from {number(values[0])} to {number(values[-1])}" if len(values) else f"{y}, empty"
    return finish(alt.layer(*layers), 230, title, f"{told}; {plural(len(hits), 'alarm')}.")


def _rising(field: str, title: str, values: Numbers) -> Any:
    """A y encoding that need not start at 0."""
    import altair as alt

    return alt.Y(f"{field}:Q", title=title, scale=alt.Scale(zero=False), axis=theme.axis(floats(values)))


def _diagonal(x: Any, y: Any, across: str, up: str, top: float) -> Any:
    """A dashed line from the origin."""
    import altair as alt

    ends: Rows = [{across: 0, up: 0}, {across: top, up: top}]
    return alt.Chart(data(ends)).mark_line(color=OTHER, strokeDash=[4, 4], strokeWidth=1).encode(x=x, y=y)


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


def _along(values: Sequence[Any], kind: str) -> Any:
    """The x encoding of numbers or moments."""
    import altair as alt

    if kind == "T":
        return alt.X("x:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(tickCount=6, grid=False))
    span = alt.Scale(nice=False, zero=False)
    return alt.X("x:Q", title=None, scale=span, axis=theme.axis(floats(values), 6, grid=False))
