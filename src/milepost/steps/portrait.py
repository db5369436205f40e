"""The chapter of `understand`: leaks first, then the rows, time, what goes together, and production."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from milepost.modalities.base import Array
from milepost.report.blocks import Block, Chart, Details, Facts, Notice, Table, Text
from milepost.report.charts import missing, places, trend
from milepost.report.charts.alone import alone
from milepost.report.charts.multiples import Spread, multiples
from milepost.report.sentences import count, listed, number, percent
from milepost.report.theme import unique
from milepost.steps.annotate import Findings as Annotated
from milepost.steps.base import Told
from milepost.steps.beside import clipped, production, upright
from milepost.steps.collect import Findings as Collected
from milepost.steps.looks import looks

SHOWN = 40
"""Columns whose spread is drawn."""


def chapter(told: Told) -> list[Block]:
    """The blocks of the chapter."""
    found = told.findings
    blocks: list[Block] = [*leaks(told), *facts(told), *looks(told)]
    blocks += [
        Notice("info", hint.says + " It may stand for a missing value.") for hint in found.profile.hints[:5]
    ]
    blocks += [Notice("noted", memory.says) for memory in found.memory]
    blocks += time(found)
    gaps = {n: c["missing"] / max(1, c["rows"]) for n, c in found.profile.columns.items() if c.get("missing")}
    charts: list[Block] = []
    if gaps:
        charts.append(missing(gaps, "How often values are missing"))
    charts += maps(told)
    blocks += charts
    blocks += together(found)
    blocks += production(told.findings, told)
    return [*blocks, *folded(told)]


def leaks(told: Told) -> list[Block]:
    """What knows the answer, in words and as a chart."""
    found = told.findings
    blocks: list[Block] = [Notice("noted", f"Left out{_by(e.by)}: {_short(e.says)}") for e in found.excluded]
    asked = [kept for kept in found.kept if kept.severity != "inform"]
    for kept in asked:
        state = "Not settled" if kept.open else f"Kept{_by(kept.by)}"
        blocks.append(Notice("waiting" if kept.open else "info", f"{state}: {_short(kept.says)}"))
    if not found.excluded and not asked:
        blocks.append(Text("No column looks as if it knew the answer."))
    mild = tuple((kept.name, kept.says) for kept in found.kept if kept.severity == "inform")
    if mild:
        blocks.append(Details("Columns with one weak sign, kept", (Table(("column", "sign"), mild),)))
    if not found.scores:
        return blocks
    labels = told.work.task.labels
    marks = {e.name: "left out" for e in found.excluded}
    marks |= {kept.name: "open" if kept.open else "kept" for kept in asked}
    measured = "AUC, .5 is chance" if labels else "share of variance explained"
    title = "What each column tells about the target on its own"
    blocks.append(alone(found.scores, marks, title, measured, 0.5 if labels else 0.0))
    return blocks


def _by(name: str) -> str:
    """Who decided, in brackets."""
    if name.endswith("(--yes)"):
        return " by default"
    return f" (said by {name})" if name else ""


def _short(says: str, most: int = 2) -> str:
    """The gravest pieces of evidence only."""
    return "; ".join(says.rstrip(".").split("; ")[:most]) + "."


def facts(told: Told) -> list[Block]:
    """The table in numbers, with its repeats and identifiers."""
    found = told.findings
    roles: dict[str, list[str]] = {}
    for column in found.schema:
        roles.setdefault(column["role"], []).append(column["name"])
    rows = [
        ("development rows", count(found.profile.rows)),
        ("columns to learn from", str(len(roles.get("input", [])))),
        ("score of small trees on all of them", f"{found.together:.3f}, on {count(found.sampled)} rows"),
    ]
    if told.work.has("collect"):
        copies = told.work.found("collect", Collected)
        rows.append(("rows that repeat another", count(copies.duplicates)))
    if told.work.has("annotate") and told.work.task.labels:
        labels = told.work.found("annotate", Annotated)
        rows.append(("equal inputs, different label", percent(labels.conflicts)))
    if found.repeated:
        rows.append(("left out as copies of others", listed(found.repeated, 8)))
    left = {c["name"]: c["why"] for c in found.schema if c["role"] == "ignored"}
    said = [name for name, why in left.items() if why.startswith("the brief")]
    named = [name for name, why in left.items() if "identifier" in why and name not in said]
    single = [name for name, why in left.items() if "value" in why and name not in (*said, *named)]
    for what, names in (
        ("identifiers, left out", named),
        ("empty or constant, left out", single),
        ("left out by the brief", said),
    ):
        if names:
            rows.append((what, listed(names, 8)))
    return [Facts(tuple(rows))]


def time(found: Any) -> list[Block]:
    """Along time, or along the file."""
    order = found.order
    blocks: list[Block] = []
    for sentence in order.says:
        blocks.append(Notice("info" if order.honest else "noted", sentence))
    parts = order.slices
    if parts is None:
        return blocks
    known = [i for i, level in enumerate(parts.level) if level is not None]
    if len(known) > 1:
        moments = [parts.times[i] for i in known]
        band = ([parts.low[i] for i in known], [parts.high[i] for i in known])
        title = f"The {order.level} over time"
        blocks.append(trend(moments, [parts.level[i] for i in known], title, order.level, band))
        blocks.append(trend(parts.times, parts.rows, "Rows over time", "rows"))
    return blocks


def maps(told: Told) -> list[Chart]:
    """Where the rows lie."""
    kept = told.evidence.artifacts
    found = []
    for name in sorted(name for name in kept if name.startswith("map.")):
        at: Array = told.work.blobs.get_array(kept[name])
        found.append(
            places(at[:, 0].tolist(), at[:, 1].tolist(), f"Where the rows lie: {name.removeprefix('map.')}")
        )
    return found


def together(found: Any) -> list[Block]:
    """Which columns go together, and which say the same."""
    blocks: list[Block] = []
    inputs = {column["name"] for column in found.schema if column["role"] == "input"}
    same = [r for r in found.profile.repeats if r.why in ("renamed", "monotone") and {r.name, r.of} <= inputs]
    for repeat in same[:5]:
        how = "hold the same categories" if repeat.why == "renamed" else "rise and fall together"
        blocks.append(Notice("info", f"'{repeat.name}' and '{repeat.of}' {how}."))
    close = [p for p in found.profile.pairs if {p.one, p.other} <= inputs]
    if close:
        rows = tuple((p.one, p.other, f"{p.value:.2f}", p.measure) for p in close)
        head = ("column", "and", "strength", "measure")
        table = Table(head, rows, f"The closest pairs, on {count(found.profile.sampled)} rows")
        blocks.append(Details("Columns that go together", (table,)))
    return blocks


def folded(told: Told) -> list[Block]:
    """Every column in numbers and as a chart, and some rows."""
    found = told.findings
    roles = {c["name"]: c for c in found.schema}
    told_of = found.profile.columns
    rows = tuple(
        (
            name,
            roles[name]["modality"],
            roles[name]["role"],
            percent(c["missing"] / max(1, c["rows"])) if c.get("missing") else "",
            c.get("distinct"),
            _typical(c),
            f"{found.scores[name]:.3f}" if name in found.scores else "",
            roles[name]["why"],
        )
        for name, c in told_of.items()
    )
    head = ("column", "kind", "role", "missing", "distinct", "typical", "score alone", "why")
    blocks: list[Block] = [Details("Every column in numbers", (Table(head, rows),))]
    ordered = sorted(told_of, key=lambda n: (roles[n]["role"] != "target", -found.scores.get(n, -1.0)))
    parts = [part for name in ordered if (part := spread(name, told_of[name])) is not None][:SHOWN]
    if parts:
        title = "How each column is spread"
        blocks.append(Details(title, (multiples(parts, "Rows by value, the target first"),)))
    kept = told.evidence.artifacts
    if "examples" in kept:
        few = told.work.blobs.get_frame(kept["examples"]).to_dicts()
        if few and set(few[0]) <= {name for name, c in roles.items() if c["role"] == "target"}:
            return blocks
        table = upright(few, f"{len(few)} rows drawn at random; none of them sealed")
        blocks.append(Details("Example rows", (table,)))
    return blocks


def spread(name: str, facts: Mapping[str, Any]) -> Spread | None:
    """A column's histogram, or its most frequent values; None for an empty one, and where all differ."""
    if facts.get("top"):
        top = facts["top"][:10]
        if top[0]["count"] == 1:
            return None
        more = f", {len(top)} most frequent of {count(facts['distinct'])}" if facts["distinct"] > 10 else ""
        labels = unique(t["value"] for t in top)
        return Spread(f"{name}{more}", [t["count"] for t in top], labels=labels)
    shape = facts.get("histogram")
    if not shape or not sum(shape["counts"]):
        return None
    low, high = float(shape["edges"][0]), float(shape["edges"][-1])
    if isinstance(facts.get("low"), str):
        first, last = (datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d") for at in (low, high))
        return Spread(name, shape["counts"], (first, last))
    return Spread(name, shape["counts"], (number(low), number(high)))


def _typical(facts: Mapping[str, Any]) -> str:
    """A column's range and middle, or its most frequent value."""
    if facts.get("top"):
        most = facts["top"][0]
        return f"{clipped(most['value'])} ({percent(most['count'] / max(1, facts['rows']))})"
    low, high = facts.get("low"), facts.get("high")
    if low is None or high is None:
        return ""
    if isinstance(low, str):
        return f"{low[:10]} to {str(high)[:10]}"
    return f"{number(facts['quantiles']['0.5'])} ({number(low)} to {number(high)})"
