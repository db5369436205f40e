"""The findings of `final` and its chapter: what was promised, what came, and where the difference is from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from milepost import metrics
from milepost.ledger import Verdict
from milepost.metrics.base import Metric
from milepost.report.blocks import Block, Details, Facts, Mark, Notice, Table, Text
from milepost.report.charts import forest
from milepost.report.sentences import chance, count, duration, figure, gained, number, plural, scored
from milepost.statistics.optimism import prior_optimism
from milepost.steps.alternatives import Built, drawn
from milepost.steps.drop import Check
from milepost.steps.held import Held
from milepost.steps.lost import Lost, Missing, absent
from milepost.tasks.base import Task


@dataclass(frozen=True)
class Findings:
    """What the seal held.

    Args:
        metric: name of the metric.
        expected: corrected validation score.
        low, high: interval predicted for the score on the sealed rows, before opening.
        method: how it was found.
        score: score on the sealed rows.
        score_low, score_high: its 95 % interval.
        rows: sealed rows.
        drop: expected less seen, in the direction of worse.
        p: one-sided p-value of the drop.
        detectable: smallest drop that would be seen 8 times in 10.
        verdict: "as expected", "below", "above" or "cannot tell".
        raw: score of what ships on the rows that chose it.
        optimism: what is explained by choosing among many looks.
        noise: one standard error of what sampling explains.
        checks: what was looked at where the rest is significant, in order.
        also: further metrics on the sealed rows.
        naive: score of the naive answer on the sealed rows.
        existing: score of the existing solution on them, or None.
        held: both with intervals, and what the model gains over them on these rows.
        unrefitted: score of the same model on the largest fold's training rows only, or None.
        bar: the brief's bar, or None.
        openings: how often the seal of this generation was opened.
        others: other models that had seen the sealed rows before.
        refit: "development" or "all": the rows of the model that ships, "all" only where its twin was made.
        seconds: seconds of the refits.
        cut: members that the clock stopped early.
        difference: largest difference between graph and training-time predictions on all sealed rows.
        flips: decisions that differ between them at the proposed threshold, or 0.
        points: what could ship in place of it, as fitted and measured, the whole ensemble first.
        fitted: why the model was not fitted on all development rows, one sentence, or "".
        lost: members that could not be fitted again or proven.
        instead: who these are, what they raised and what ships in place of it, or "".
        missing: what else could not be made or proven, such as a point of the frontier.
        stray: how far the graph that ships is off on sealed rows, where it is wrong there, else 0.
    """

    metric: str
    expected: float
    low: float
    high: float
    method: str
    score: float
    score_low: float
    score_high: float
    rows: int
    drop: float
    p: float
    detectable: float
    verdict: str
    raw: float
    optimism: float
    noise: float
    checks: tuple[Check, ...]
    also: Mapping[str, float]
    naive: float
    existing: float | None
    held: tuple[Held, ...]
    unrefitted: float | None
    bar: float | None
    openings: int
    others: int
    refit: str
    seconds: float
    cut: tuple[str, ...]
    difference: float
    flips: int
    points: tuple[Built, ...] = ()
    fitted: str = ""
    lost: tuple[Lost, ...] = ()
    instead: str = ""
    missing: tuple[Missing, ...] = ()
    stray: float = 0.0


WORDS: Mapping[str, tuple[Mark, str]] = {
    "as expected": ("passed", "The promise held."),
    "above": ("noted", "The score is better than promised, which deserves a question too."),
    "below": ("failed", "The promise did not hold."),
    "cannot tell": ("noted", "The promise was not broken, but these rows could hide a drop that matters."),
}


def sentence(found: Findings, task: Task) -> str:
    """What the score means, for whoever does not know the metric."""
    names = {"positive": task.positive or "positive", "negative": "other", "target": task.targets[0]}
    if task.positive:
        names["negative"] = f"row with {task.targets[0]} = {task.labels[0]}"
        names["positive"] = f"row with {task.targets[0]} = {task.positive}"
    span = found.score_low, found.score_high
    says = metrics.get(found.metric).sentence(
        found.score, **names, span=span if isfinite(sum(span)) else None
    )
    return f"On {count(found.rows)} rows that nobody had seen, {says}."


def story(found: Findings, task: Task) -> list[Block]:
    """The chapter: promised and came, in a picture, in words, and taken apart."""
    mark, words = WORDS[found.verdict]
    promised = f"{figure(found.low, found.high)} to {figure(found.high)} {found.metric}"
    came = figure(found.score, found.high)
    held = Notice(mark, f"{words} Promised before opening: {promised}. Came: {came}.")
    spans = [("promised before opening", found.expected, found.low, found.high)]
    spans.append(("came, on the sealed rows", found.score, found.score_low, found.score_high))
    spans += [(f"{one.name}, same rows", one.score, one.low, one.high) for one in reversed(found.held)]
    blocks: list[Block] = [
        held,
        Text(sentence(found, task)),
        forest(spans, "What was promised and what came", found.metric, found.bar),
        Facts(tuple(_facts(found))),
        *_taken_apart(found),
        *drawn(found.points, found.metric, metrics.get(found.metric).better),
    ]
    if found.fitted:
        blocks.append(Notice("info", found.fitted))
    if found.instead:
        blocks.append(Notice("noted", found.instead))
    if found.missing:
        blocks.append(Notice("noted", absent(found.missing)))
    if found.stray:
        blocks.append(Notice("failed", _strays(found)))
    if found.openings > 1:
        blocks.append(Notice("noted", _spent(found)))
    if found.cut:
        blocks.append(Notice("noted", f"The clock stopped the refit of {', '.join(found.cut)} early."))
    if found.refit == "all":
        twin = (
            "The model that ships is a twin fitted on all labelled rows, sealed ones included; its promises "
            "stay those of the model evaluated here."
        )
        blocks.append(Notice("info", twin))
    return blocks


def _facts(found: Findings) -> list[tuple[str, str]]:
    seen = scored(found.score, found.score_low, found.score_high)
    facts = [
        ("score on the sealed rows", f"{seen} {found.metric}"),
        ("predicted before opening", scored(found.expected, found.low, found.high)),
        ("short of the prediction by", f"{number(found.drop)}, {chance(found.p)}"),
        ("smallest drop these rows would show", number(found.detectable)),
        ("bar", "not set" if found.bar is None else f"{found.bar:g}"),
        ("the seal was opened", plural(found.openings, "time")),
        ("refitted in", duration(found.seconds)),
        (
            "graph against training-time predictions",
            f"largest difference {found.difference:.1e} on sealed rows, "
            f"{plural(found.flips, 'decision')} flipped",
        ),
    ]
    if found.unrefitted is not None:
        facts.insert(1, ("the same model on one fold's rows", figure(found.unrefitted)))
    for one in found.held:
        gain = gained(one.gain, one.gain_low, one.gain_high)
        facts.insert(1, (f"gain over the {one.name}", f"{gain} {found.metric}"))
    return facts + [(name, figure(value)) for name, value in found.also.items()]


def _taken_apart(found: Findings) -> list[Block]:
    """Raw validation score to sealed score: luck of choosing, noise, the rest."""
    total = found.optimism + found.drop
    rest = "within the noise" if found.p >= 0.05 else f"more than noise ({chance(found.p)})"
    rows = (
        ("validation score, as the search saw it", figure(found.raw)),
        ("less what choosing by luck explains", number(found.optimism)),
        ("less the rest", f"{number(found.drop)}, {rest}"),
        ("score on the sealed rows", figure(found.score)),
    )
    method = found.method[0].upper() + found.method[1:]
    noise = f"Sampling alone moves the difference by {number(found.noise)} either way. {method}."
    table = Table(("from promise to truth", found.metric), rows, f"The whole drop: {number(total)}")
    blocks: list[Block] = [Details("Where the difference comes from", (table, Text(noise)))]
    blocks += [Notice("noted" if c.explains else "info", f"{c.name}: {c.says}") for c in found.checks]
    return blocks


def _spent(found: Findings) -> str:
    told = f"The seal was opened {found.openings} times: the sealed rows are spent."
    if found.others:
        told += (
            f" {plural(found.others, 'other model')} had seen them before, so this score is no clean proof."
        )
    return told


def _strays(found: Findings) -> str:
    return (
        "What ships answers sealed rows otherwise than what was judged: its graph is up to "
        f"{found.stray:.2g} off, in probability or target standard deviations, and nothing else could ship."
    )


def ended(found: Findings, metric: Metric) -> tuple[Verdict, str]:
    """How it ended, and why in one sentence."""
    seen = (
        f"{found.metric} {figure(found.score, found.high)} on {count(found.rows)} sealed rows, "
        f"{figure(found.low, found.high)} to {figure(found.high)} was predicted"
    )
    spent = ""
    if found.openings > 1:
        told = plural(found.others, "other model") if found.others else "the same model"
        luck = prior_optimism((found.score_high - found.score_low) / 3.92, found.others + 1)
        spent = f" The sealed rows are spent: opened {found.openings} times, before by {told}"
        spent += f", worth up to {figure(luck)} of luck." if found.others else "."
    if found.stray:
        return "failed", f"{seen}. {_strays(found)}{spent}"
    if found.bar is not None and metric.gain(found.score, found.bar) < 0:
        return "failed", f"{seen}; that is short of the bar {found.bar:g}.{spent}"
    if found.verdict == "below":
        why = next((f" {c.name.capitalize()}: {c.says}" for c in found.checks if c.explains), "")
        return "failed", f"{seen}: below the promise ({chance(found.p)}).{why}{spent}"
    words = found.verdict
    if found.p < 0.05 and words != "above":
        words = f"on the low side ({chance(found.p)}), but within what was promised"
    elif words == "above":
        words = "better than promised"
    elif words == "cannot tell":
        words = f"as expected, though a drop up to {figure(found.detectable)} would not show"
    aside = spent, found.cut, found.instead, found.missing
    noted = found.verdict != "as expected" or found.p < 0.05 or any(aside)
    if found.cut:
        spent += f" The clock stopped the refit of {', '.join(found.cut)} early."
    spent += "".join(f" {said}" for said in (found.fitted, found.instead, absent(found.missing)) if said)
    return "noted" if noted else "passed", f"{seen}: {words}.{spent}"
