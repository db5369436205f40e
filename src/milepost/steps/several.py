"""What may be expected where a row may bear several labels: how often each is given, found and right."""

from __future__ import annotations

from typing import Any

import numpy as np

from milepost.brief import Value
from milepost.metrics import get
from milepost.metrics.ranking import area_under_roc, area_under_steps
from milepost.report.blocks import Table
from milepost.report.sentences import count, listed, number, percent
from milepost.statistics.intervals import mean_se, wilson
from milepost.steps.classes import LEAST
from milepost.steps.expect import PER, Expected, Spans, told
from milepost.tasks.base import Cut, Task

Array = np.ndarray[Any, Any]


def expect_labels(value: Value, task: Task, sealed: tuple[Array, Array], cut: Cut | None) -> Expected:
    """The expectation of a multilabel task, from the sealed rows at its thresholds.

    Args:
        value: the brief's traffic.
        task: the task.
        sealed: truth 0/1 and probabilities of the sealed rows, both (n, k).
        cut: a threshold a label; None: .5 for each.
    """
    truth, said = np.asarray(sealed[0], np.int64), task.decide(sealed[1], cut)
    per_day = value.events_per_day or PER
    hit, lost, false = truth & said, truth & (1 - said), (1 - truth) & said
    given, right, missed = (_a_row(part, per_day) for part in (said, hit, lost))
    whole = f"Every day, of {count(per_day)} cases" if value.events_per_day else f"Of {count(per_day)} cases"
    sentence = (
        f"{whole}, an average of {told(given)} labels would be given, {told(right)} of them right, and "
        f"{told(missed)} would be missed."
    )
    hits, borne, flagged = hit.sum(axis=0), truth.sum(axis=0), said.sum(axis=0)
    known = {label: i for i, label in enumerate(task.labels) if borne[i] >= LEAST}
    sure = {label: i for i, label in enumerate(task.labels) if flagged[i] >= LEAST}
    rates = {f"recall:{label}": _rate(hits[i], borne[i]) for label, i in known.items()}
    rates |= {f"precision:{label}": _rate(hits[i], flagged[i]) for label, i in sure.items()}
    return Expected(
        sentence=sentence,
        more=tuple(_more(task, truth, said, {label: hits[i] / borne[i] for label, i in known.items()})),
        warnings=_warnings(rates),
        counts={label: _share(flagged[i], len(truth), per_day) for i, label in enumerate(task.labels)},
        rates=rates,
        tested={"right": int(hit.sum()), "missed": int(lost.sum()), "false": int(false.sum())},
        tables=(_table(task, (truth, np.asarray(sealed[1])), said, cut),),
    )


def _a_row(part: Array, per_day: float) -> tuple[float, float, float]:
    """How many labels of a kind come a day: mean and 95 % interval."""
    each = part.sum(axis=1).astype(np.float64)
    mean, error = float(each.mean()), mean_se(each)[0]
    return tuple(per_day * v for v in (mean, max(0.0, mean - 1.96 * error), mean + 1.96 * error))  # type: ignore[return-value]


def _rate(hits: int, total: int) -> tuple[float, float, float]:
    span = wilson(int(hits), int(total))
    return float(hits / total), span.low, span.high


def _share(hits: int, total: int, per_day: float) -> tuple[float, float, float]:
    value, low, high = _rate(hits, total)
    return per_day * value, per_day * low, per_day * high


def _more(task: Task, truth: Array, said: Array, recalls: dict[str, float]) -> list[str]:
    """All labels at once, the best and the worst one, and those of which too little is known."""
    whole = int((truth == said).all(axis=1).sum())
    span = wilson(whole, len(truth))
    micro, macro = (float(get(name)(truth, said)) for name in ("micro_f1", "macro_f1"))
    more = [
        f"All {len(task.labels)} labels are right in {percent(whole / len(truth))} ({percent(span.low)} to "
        f"{percent(span.high)}) of cases.",
        f"F1 at these thresholds is {number(micro)} over all labels given, {number(macro)} as the mean over "
        "labels.",
    ]
    if len(recalls) > 1:
        worst, best = (choose(recalls, key=lambda label: recalls[label]) for choose in (min, max))
        more.append(
            f"It finds {worst} least often, in {percent(recalls[worst])} of the rows that bear it, and "
            f"{best} most often, in {percent(recalls[best])}."
        )
    few = [label for label in task.labels if label not in recalls]
    if few:
        more.append(
            f"Too few sealed rows (under {LEAST}) to tell how often {listed(few, 6)} "
            f"{'is' if len(few) == 1 else 'are'} found."
        )
    return more


def _warnings(rates: Spans) -> tuple[str, ...]:
    lost = [name.partition(":")[2] for name, span in rates.items() if name[:2] == "re" and span[2] < 0.5]
    return (f"Most rows that bear {listed(lost, 6)} go without it.",) if lost else ()


def _table(task: Task, sealed: tuple[Array, Array], said: Array, cut: Cut | None) -> Table:
    """Each label on the sealed rows."""
    truth, proba = sealed
    cuts = np.broadcast_to(np.asarray(0.5 if cut is None else cut, np.float64), len(task.labels))
    rows = []
    for i, label in enumerate(task.labels):
        borne, given = int(truth[:, i].sum()), int(said[:, i].sum())
        hits = int((truth[:, i] & said[:, i]).sum())
        areas = [f(truth[:, i] == 1, proba[:, i]) for f in (area_under_steps, area_under_roc)]
        told_areas = [number(a) if np.isfinite(a) and borne >= LEAST else "-" for a in areas]
        found, sure = _told(hits, borne), _told(hits, given)
        rows.append((label, count(borne), f"{cuts[i]:.4f}", count(given), found, sure, *told_areas))
    head = (
        "label", "sealed rows that bear it", "threshold", "given to", "share found", "share right",
        "average precision", "AUC",
    )  # fmt: skip
    return Table(
        head,
        tuple(rows),
        f"Each label on the sealed rows, 95 % intervals from {LEAST} rows on",
    )


def _told(hits: int, total: int) -> str:
    if total < LEAST:
        return f"{hits} of {total}"
    value, low, high = _rate(hits, total)
    return f"{percent(value)} ({percent(low)} to {percent(high)})"
