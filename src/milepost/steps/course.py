"""The chapter of `tune`: with and without luck, what ships, the course of the search, every configuration."""

from __future__ import annotations

from milepost.learners.base import learners
from milepost.report.blocks import Block, Details, Facts, Notice, Table, Text
from milepost.report.charts import forest, importance, slices, trend
from milepost.report.sentences import count, figure, listed, number, percent, plural, scored
from milepost.statistics.invest import HOURS
from milepost.steps.features import told
from milepost.steps.search import Findings, Tried
from milepost.training.importance import BEST

PASSED = ("configuration", "loss so far", "folds", "why")
SLICED = 2
"""The most telling settings of the leading family, drawn against the loss."""


def story(found: Findings) -> list[Block]:
    """The chapter: with and without luck, what ships, the search, every configuration."""
    bars = [("on the rows that chose", found.naive, found.naive, found.naive)]
    bars.append(("expected on fresh rows", found.corrected, found.low, found.high))
    blocks: list[Block] = [
        Text(_summary(found)),
        forest(bars, "What is left of the score once luck is taken off", found.metric),
        Facts(tuple(_facts(found))),
    ]
    if found.warning:
        blocks.append(Notice("noted", f"{found.warning} What helps: {listed(found.remedies)}."))
    blocks += [Notice("noted", text) for text in found.remarks]
    blocks += [Notice("info", found.sample.why)] if found.sample.why else []
    if len(found.history) > 1:
        steps = [float(i + 1) for i in range(len(found.history))]
        best = [b for _, _, b in found.history]
        blocks.append(trend(steps, best, "The best validation loss so far, by look", "loss"))
    if found.ended:
        blocks.append(Notice("info", found.ended))
    blocks += [*told(found.features), *_matters(found), *_hours(found)]
    blocks += [Notice("info", f"Failed: {text}") for text in found.failed]
    head = ("configuration", found.metric, "loss", "weight", "rounds", "seconds", "settings")
    rows = tuple(_row(t) for t in found.tried)
    method = (
        "The corrected score repeats the whole choice, blend or single model, on resampled rows and scores "
        "it on rows left out (BBC-CV, Tsamardinos, Greasidou and Borboudakis 2018)."
    )
    if found.dropped:
        method += (
            f" {plural(len(found.dropped), 'configuration')} dropped on the way count as looks, but cannot "
            "be chosen in the resamples either: each was surely behind."
        )
    more: list[Block] = [Table(head, rows, "Every configuration that was looked at"), Text(method)]
    if found.dropped:
        passed = tuple((p.name, f"{p.loss:.4f}", str(p.folds or "part of one"), p.why) for p in found.dropped)
        more.append(Table(PASSED, passed, "Dropped on the way: looks, but never choices"))
    more += [Notice("info", f"Not tried: {text}") for text in found.skipped]
    return [
        *blocks,
        Details(f"{plural(len(found.tried), 'configuration')} and how they were judged", tuple(more)),
    ]


def _matters(found: Findings) -> list[Block]:
    """Which settings separate the best configurations, and the loss along the most telling ones."""
    blocks: list[Block] = []
    for name in dict.fromkeys(one.learner for one in found.importance):
        mine = [one for one in found.importance if one.learner == name]
        title = f"What separates the best {percent(BEST)} of {mine[0].trials} {learners[name].title}"
        spans = [(one.knob, one.share, one.low, one.high) for one in mine]
        inner: list[Block] = [importance(spans, title, "share of the difference")]
        inner += [_slice(found, name, one.knob) for one in mine[:SLICED]]
        lead = name == found.tried[0].learner
        blocks += inner if lead else [Details(f"Settings of {learners[name].title}", tuple(inner))]
    if blocks:
        said = (
            "Importance is what the search saw (PED-ANOVA, 90 % intervals by resampled configurations); it "
            "is told from 20 configurations of a family on, as fewer often name the wrong setting."
        )
        blocks.append(Text(said))
    return blocks


def _slice(found: Findings, learner: str, knob: str) -> Block:
    seen = [t for t in found.tried if t.learner == learner and isinstance(t.params.get(knob), int | float)]
    values = [float(t.params[knob]) for t in seen]
    log = len(values) > 0 and min(values) > 0 and max(values) / min(values) > 20
    title = f"{learners[learner].title}: loss by {knob}"
    return slices(values, [t.loss for t in seen], [t.weight > 0 for t in seen], title, knob, log)


def _hours(found: Findings) -> list[Block]:
    """What 50 more hours would buy."""
    said = found.hours
    if said is None:
        return []
    blocks: list[Block] = [Text(said.says)]
    if said.rows:
        spans = [
            (f"{count(said.rows)} more rows", said.rows_low, said.rows_high),
            (f"{HOURS:.0f} hours of tuning", said.tuning_low, said.tuning_high),
        ]
        bars = [(name, (low + high) / 2, low, high) for name, low, high in spans]
        blocks.insert(0, forest(bars, "What either would buy (20 % to 80 %)", f"better {found.metric}"))
    return blocks


def _summary(found: Findings) -> str:
    members = [t for t in found.tried if t.weight > 0]
    shares: dict[str, list[float]] = {}
    for member in members:
        shares.setdefault(learners[member.learner].title, []).append(member.weight)
    times = {title: f"{len(w)} times " if len(w) > 1 else "" for title, w in shares.items()}
    what = listed([f"{times[title]}{title} ({percent(sum(w))})" for title, w in shares.items()])
    ships = what if len(members) > 1 else learners[members[0].learner].title
    return (
        f"Of {plural(len(found.tried), 'configuration')} this ships: {ships}. It scores "
        f"{figure(found.naive)} {found.metric} on the rows that chose it; on fresh rows "
        f"{scored(found.corrected, found.low, found.high)} is to be expected."
    )


def _facts(found: Findings) -> list[tuple[str, str]]:
    facts = [
        ("score on the rows that chose", f"{figure(found.naive)} {found.metric}"),
        ("expected on fresh rows", scored(found.corrected, found.low, found.high)),
        (
            "luck of choosing",
            f"{number(found.optimism)}; before the search {number(found.prior)} was to be feared",
        ),
        ("luck of rounds and calibrator", number(found.stopping)),
        ("how rounds were chosen", found.stopped),
        (
            "looks at validation rows",
            f"{count(found.looks)}, worth about {found.effective:.1f} independent ones",
        ),
        ("what ships", found.choice),
        ("calibrator", found.calibrator),
        ("proposed threshold", _threshold(found)),
    ]
    if found.suggested:
        rest = f", {len(found.dropped)} of them dropped on the way" if found.dropped else ""
        facts.append(("suggested beyond the portfolio", f"{count(found.suggested)}{rest}"))
    if found.trials is not None:
        exactly = "at most" if found.ended else "exactly"
        facts.append(
            ("trials", f"{exactly} {found.trials} asked for, without a clock: the same package each time")
        )
    return facts


def _row(tried: Tried) -> tuple[str, ...]:
    settings = ", ".join(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
                         for name, value in tried.params.items())  # fmt: skip
    rounds = f"{tried.rounds}, time ran out" if tried.cut else str(tried.rounds)
    weight = percent(tried.weight) if tried.weight else "-"
    return (
        tried.name, figure(tried.score), figure(tried.loss), weight, rounds, f"{tried.seconds:.1f}",
        settings,
    )  # fmt: skip


def _threshold(found: Findings) -> str:
    if found.threshold is None:
        return "none needed"
    if isinstance(found.threshold, tuple):
        low, high = min(found.threshold), max(found.threshold)
        return f"one a label, {low:.4f} to {high:.4f}: {found.threshold_why}. {found.threshold_note}".rstrip()
    flat = ""
    if len(found.threshold_flat) == 2 and found.threshold_flat[0] < found.threshold_flat[1]:
        low, high = found.threshold_flat
        flat = f" Anything from {low:.4f} to {high:.4f} does as well."
    return (
        f"{found.threshold:.4f} ({found.threshold_low:.4f} to {found.threshold_high:.4f} on other rows of "
        f"the same kind): {found.threshold_why}.{flat} {found.threshold_note}".rstrip()
    )
