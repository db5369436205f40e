"""The chapter of `monitor`: alarms first, windows beside each other, scores, outcomes and the calendar."""

from __future__ import annotations

from collections.abc import Sequence

from milepost.errors import MilepostError
from milepost.report.blocks import Block, Details, Facts, Mark, Notice, Sheet, Table, Text, Tile
from milepost.report.charts.windows import Band, ageing, heat, scores
from milepost.report.sentences import count, number, percent
from milepost.report.thumbs import thumbnail
from milepost.statistics.cbpe import BLIND
from milepost.steps.watch import Alarm, Looked
from milepost.steps.watch import Band as Known
from milepost.steps.watched import Findings

SHOWN = 8
"""Alarms that are told of with their rows."""
QUIET = 0.05
"""Signals that never come so near to their threshold are not drawn."""
NONE: Band = (None, None, None)


def chapter(found: Findings) -> Sequence[Block]:
    """The chapter from the findings of `monitor`."""
    blocks: list[Block] = [Facts(tuple(_facts(found)))]
    blocks += [Notice("info", note) for note in found.notes]
    blocks += _alarms(found)
    seen = found.judged
    if seen:
        blocks += _map(seen)
        blocks += _scores(found, seen)
    blocks += _outcomes(found)
    blocks += _calendar(found)
    blocks.append(Details("Every window", (_windows(found),)))
    return blocks


def _facts(found: Findings) -> list[tuple[str, str]]:
    one = count(1 / found.rate)
    facts = [
        ("requests", f"{count(found.requests)} from {found.source}, in windows of {found.length}"),
        ("thresholds", f"{found.backtest[0].upper()}{found.backtest[1:]}."),
        ("false alarms", f"without any change one window in {one}, all signals together, at most"),
        ("outcomes", f"{count(found.labelled)} of the requests have one"),
    ]
    if found.rate > found.wanted * 1.001:
        facts[2] = (facts[2][0], f"{facts[2][1]}: the past holds too few windows to promise fewer")
    if found.audited is not None:
        facts.append(("honest score", found.audited.says))
    if found.asked:
        told = ", ".join(f"{count(number)} {reason}" for reason, number in found.asked.items())
        facts.append(("given to people to label", told))
    if found.strange:
        facts.append(("outcomes of no request", f"{count(found.strange)} name a request that was not read"))
    if found.corrected:
        facts.append(("outcomes corrected", f"{count(found.corrected)}; the last one counts"))
    return facts


def _alarms(found: Findings) -> list[Block]:
    if not found.alarms:
        return [Notice("passed", "No window raises an alarm.")] if found.judged else []
    blocks: list[Block] = []
    rows = [
        (
            alarm.name,
            "not known alone" if alarm.cost is None else number(alarm.cost),
            count(alarm.windows),
            alarm.first,
            alarm.last,
            f"{number(alarm.size)} (from {number(alarm.threshold)})",
        )
        for alarm in found.alarms
    ]
    head = ("signal", f"cost in {found.metric}", "windows", "first", "last", "size at its worst")
    blocks.append(Table(head, tuple(rows), "Alarms, the costliest first"))
    for alarm in found.alarms[:SHOWN]:
        blocks.append(Notice("failed", f"{_sentence(alarm)} In the window of {alarm.worst}."))
    for alarm in found.alarms[:SHOWN]:
        if alarm.examples:
            what = f"Unusual rows by '{alarm.column}'"
            blocks.append(
                Details(f"Rows of {alarm.worst} that are unusual by '{alarm.column}'", (_rows(alarm, what),))
            )
    blocks.append(
        Text(
            "The cost of a column is what the score of the past becomes when its rows are weighted so that "
            "this one column is distributed as in the window; beyond all that was seen before the model is "
            "taken to be worth what knowing nothing is."
        )
    )
    return blocks


def _rows(alarm: Alarm, caption: str) -> Block:
    """Unusual rows as a table, or as a sheet where they are images or sounds."""
    head, body = alarm.examples[0], alarm.examples[1:]
    if not all(row[0].startswith(("image:", "sound:")) for row in body):
        return Table(head, body, caption)
    tiles = []
    for row in body:
        note = ", ".join(f"{name} = {value}" for name, value in zip(head[1:], row[1:], strict=True))
        try:
            tiles.append(Tile(thumbnail(row[0]), note=note))
        except MilepostError:
            tiles.append(Tile(note=f"cannot be shown; {note}"))
    return Sheet((("", tuple(tiles)),), caption)


def _sentence(alarm: Alarm) -> str:
    text = alarm.says[0].upper() + alarm.says[1:]
    beyond = f"; {percent(alarm.unseen)} of the rows lie beyond all that was seen before"
    more = beyond if alarm.unseen > 0.01 else ""
    return f"{text}{more}."


def _map(seen: Sequence[Looked]) -> list[Block]:
    largest: dict[str, float] = {}
    for window in seen:
        for name, share in window.shares.items():
            largest[name] = max(share, largest.get(name, 0.0))
    names = [name for name in sorted(largest, key=lambda n: -largest[n]) if largest[name] > QUIET]
    if not names:
        return []
    shares = [[window.shares.get(name, 0.0) for window in seen] for name in names]
    windows = [window.name for window in seen]
    return [heat(names, windows, shares, "Signals by window: how near to their threshold, alarms in red")]


def _scores(found: Findings, seen: Sequence[Looked]) -> list[Block]:
    if not any(window.estimated or window.real for window in seen):
        return []
    loud = [[w.name for w in seen if kind in w.alarms] for kind in ("estimated", "real")]
    chart = scores(
        [w.name for w in seen],
        [w.estimated or NONE for w in seen],
        [w.real or NONE for w in seen],
        found.normal,
        (loud[0], loud[1]),
        found.metric,
    )
    return [chart, Text(f"The estimate needs no labels. {BLIND} Only outcomes can.")]


def _outcomes(found: Findings) -> list[Block]:
    if found.vigil is None:
        return [
            Text("No outcomes yet: milepost outcomes DIR --data FILE adds them, and the real score shows.")
        ]
    kind: Mark = "failed" if found.vigil.alarm else "passed"
    blocks: list[Block] = [Notice(kind, " ".join(found.vigil.says))]
    if found.maturity:
        rows = tuple((count(days), percent(share), count(rows)) for days, share, rows in found.maturity)
        head = ("days after the request", "outcomes that had arrived", "requests so old")
        blocks.append(Table(head, rows, "How late outcomes come"))
        blocks.append(
            Text("Early outcomes need not be like late ones: read the newest windows with that in mind.")
        )
    return blocks


def _calendar(found: Findings) -> list[Block]:
    aged = found.ageing
    blocks: list[Block] = [Text(" ".join(aged.says))]
    if aged.days:
        spans = list(zip(aged.loss, aged.low, aged.high, strict=True))
        blocks.append(ageing(aged.days, spans, found.metric))
    return blocks


def _windows(found: Findings) -> Table:
    head = (
        "window",
        "requests",
        "outcomes",
        f"estimated {found.metric}",
        f"real {found.metric}",
        "lost to new inputs / a changed relation",
        "ms",
        "alarms",
    )
    rows = []
    for window in found.windows:
        rows.append(
            (
                window.name,
                count(window.rows),
                count(window.labelled),
                _shown(window.estimated),
                _shown(window.real),
                _split(window.split),
                "" if window.ms is None else f"{window.ms[0]:.2g} / {window.ms[1]:.2g}",
                ", ".join(window.alarms) if window.judged else "too few rows to judge",
            )
        )
    return Table(head, tuple(rows), "Scores with 95 % intervals; milliseconds: median and 99th percentile")


def _split(parts: tuple[float, float, float] | None) -> str:
    if parts is None:
        return ""
    inputs, relation, error = parts
    return f"{number(inputs)} / {number(relation)} ± {number(1.96 * error)}"


def _shown(band: Known | None) -> str:
    if band is None:
        return ""
    value, low, high = band
    return (
        number(value) if low is None or high is None else f"{number(value)} ({number(low)} to {number(high)})"
    )
