"""Whether people labelled enough, and agree: a bar that is computed, and what more labels would buy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from milepost import metrics
from milepost.ledger import Ledger, Verdict
from milepost.report.blocks import Block, Facts, Notice, Table
from milepost.report.charts import forest, trend
from milepost.report.sentences import count, duration, figure, number, percent, plural
from milepost.statistics.protocol import Situation, halfwidth
from milepost.steps.buys import buys, of_road
from milepost.steps.labelled import awaited
from milepost.steps.team import Span, Team, Worker
from milepost.steps.work import Work
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]
RELIABLE, TENTATIVE = 0.8, 0.667
"""Alpha from which labels are reliable, and below which the guideline is to be mended (Krippendorff 2018)."""
SHARED = 20
"""Items with two labels below which agreement says too little to stop anybody."""


def bar(task: Task, truth: Array, name: str, tolerance: float) -> tuple[str, float | None, int | None]:
    """Returns how precise the score would be on so many labels, and how many make it precise enough.

    Args:
        task: the task.
        truth: truth of the development rows.
        name: the metric of success; "" takes the task's.
        tolerance: the half-width wanted; of a loss, as a share of the naive answer's.

    Returns:
        The metric, its expected half-width, and the rows needed; None twice where nothing foretells it.
    """
    metric = metrics.get(name or metrics.default(task.family, metrics.facts(task.family, truth))[0].name)
    rate = "rate" if task.labels and (metric.better, metric.perfect) == ("higher", 1.0) else "loss"
    kinds: Mapping[str, Any] = {"auc": "auc", "proportion": "accuracy", "other": rate}
    kind = kinds.get(metric.kind, "loss")
    losses = task.losses(truth, task.repeat(task.naive(truth), len(truth)))
    wanted = tolerance * float(losses.mean()) if kind == "loss" else tolerance
    situation = Situation(
        rows=len(truth),
        rarest=task.rarest(truth) if task.labels else None,
        metric=kind,
        spread=float(losses.std()) if kind == "loss" else None,
        tolerance=max(wanted, 1e-12),
    )
    wide = halfwidth(situation, 1.0)
    if not math.isfinite(wide) or wide <= 0:
        return metric.name, None, None
    return metric.name, float(wide), math.ceil(len(truth) * (wide / situation.tolerance) ** 2)


def crowded(found: Any, folder: Path, ledger: Ledger) -> tuple[Verdict, str] | None:
    """What the labels of people come to: verdict and reason; None where the labels came with the data.

    Args:
        found: findings of `annotate`.
        folder: the project's folder.
        ledger: its ledger.
    """
    team: Team | None = found.team
    if team is None:
        return None
    told = agreeing(team)
    left = awaited(folder, ledger)
    if told[0] == "failed":
        return told
    if found.needed is not None and found.rows < found.needed and left:
        reason = (
            f"{count(found.rows)} rows are labelled; {found.metric} as precise as wanted takes "
            f"{count(found.needed)}: {count(found.needed - found.rows)} more to develop with. {left}"
        )
        return "waiting", f"{reason}; or go on with fewer: milepost annotate {folder} --tolerance 0.1"
    if found.needed is not None and found.rows < found.needed:
        return (
            "noted",
            f"{told[1]} {found.metric} as precise as wanted takes {count(found.needed)} rows.".strip(),
        )
    return told


def agreeing(team: Team) -> tuple[Verdict, str]:
    """What agreement comes to: failed below alpha .667, noted below .8 or where nothing is known of it."""
    if team.alpha is None or team.alpha.value is None:
        return "noted", "No two people labelled the same items, so that nothing is known of how they agree."
    alpha, shared = team.alpha.value, plural(team.alpha.n, "shared item")
    told = f"People agree with alpha {figure(alpha)} on {shared}"
    if alpha < TENTATIVE and team.alpha.n >= SHARED:
        worst = min(
            (c for c in team.classes if c.value is not None), key=lambda c: c.value or 0.0, default=None
        )
        where = f", least about '{worst.name}'" if worst is not None else ""
        return "failed", f"{told}{where}: below {TENTATIVE:g} it is the guideline that has to be mended."
    if alpha < RELIABLE:
        return "noted", f"{told}: conclusions from them are tentative below {RELIABLE:g}."
    return "passed", f"{told}."


def told_of(team: Team, work: Work) -> list[Block]:
    """The chapter on people: how far, how fast, how dear, how well they agree, what more would buy."""
    price = f"{number(team.price)} {team.unit}".strip() if team.price else "not stated"
    spent = f"{number(team.spent)} {team.unit}".strip() if team.price else "not known"
    facts = [
        ("labels of people", f"{count(team.answers)}, on {count(team.labelled)} rows"),
        ("items that still want labels", f"{count(team.left)} of {count(team.items)}"),
        ("time a label", "not known" if team.seconds is None else duration(team.seconds)),
        ("price of a label, and so far", f"{price}, {spent}"),
        ("agreement beyond chance (alpha)", f"{_shown(team.alpha)}: {team.reading}"),
        ("two people say the same", _shown(team.raw)),
        ("true where they differ", f"{team.method or 'median'}. {team.why}".strip(". ")),
    ]
    facts += _ceiling(team, work)
    blocks: list[Block] = [Facts(tuple(facts))]
    known = [(c.name, c.value, c.low, c.high) for c in team.classes if None not in (c.value, c.low, c.high)]
    if known:
        title = "How well people agree, label by label"
        blocks.append(forest(known, title, "others who say it where one does"))  # type: ignore[arg-type]
    if len(team.days) > 1:
        times, given = [at for at, _ in team.days], [float(n) for _, n in team.days]
        blocks.append(trend(times, given, "Labels over time", "labels so far"))
    head = (
        "person",
        "labels",
        "seconds",
        "others agree",
        "known answers right",
        "verdict",
        "signs of guessing",
    )
    rows = tuple(_row(worker) for worker in team.people)
    if rows:
        blocks.append(Table(head, rows, "Who labelled, and how"))
    if said := more(work, team):
        blocks.append(Notice("info", said))
    return blocks


def _row(worker: Worker) -> tuple[Any, ...]:
    right, asked = worker.gold
    return (
        worker.name,
        count(worker.answers),
        "" if worker.seconds is None else number(worker.seconds),
        "" if worker.agreement is None else percent(worker.agreement),
        f"{right} of {asked}" if asked else "",
        worker.verdict,
        " ".join(worker.signs),
    )


def _shown(span: Span | None) -> str:
    if span is None or span.value is None:
        return "not known: no two people labelled the same"
    ends = (
        "" if None in (span.low, span.high) else f" ({figure(span.low or 0.0)} to {figure(span.high or 0.0)})"
    )
    return f"{figure(span.value)}{ends}, {plural(span.n, 'item')}"


def _ceiling(team: Team, work: Work) -> list[tuple[str, str]]:
    """People's agreement beside the model's score on sealed rows, where there is one."""
    if team.raw is None or team.raw.value is None or not work.has("final"):
        return []
    found = work.evidence["final"].findings
    score = f"{found['metric']} {number(float(found['score']))} on sealed rows"
    return [("the model beside people", f"{score}; two people say the same in {percent(team.raw.value)}")]


def more(work: Work, team: Team) -> str:
    """What 50 more hours buy, of labels at the measured pace or of tuning; "" where it cannot be told."""
    measured = of_road(work)
    if measured is None or not team.seconds or not work.has("tune"):
        return ""
    found = buys(work, team, measured)
    return found.says if found is not None and found.choice else ""
