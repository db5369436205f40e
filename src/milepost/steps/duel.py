"""Best model against best answer without one: the gate, further tests, and what the rows could have shown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from milepost.metrics.base import Metric
from milepost.report.sentences import count, number, percent
from milepost.statistics.arrays import widening
from milepost.statistics.compare import (
    Comparison,
    corrected_t,
    correctness_table,
    delong_test,
    diebold_mariano,
    holm,
    mcnemar,
    paired_t,
)
from milepost.statistics.comparison import student
from milepost.statistics.power import mde, required_rows, required_rows_accuracy
from milepost.steps.answers import Answer
from milepost.steps.margin import margin
from milepost.tasks.base import Cut, Task

Array = np.ndarray[Any, Any]
FAR = 20
"""More than so many times the rows at hand is out of reach."""


@dataclass(frozen=True)
class Court:
    """What all comparisons share.

    Args:
        task: the task.
        metric: the metric of success.
        truth: truth of the scored rows.
        units: unit of independence of each scored row.
        unit: what that is, in one word.
        fold_of: fold of each scored row.
        train_rows: training rows of each fold.
        kind: the protocol.
        folds: K where rows were scored by K folds, None for one holdout or windows in time.
        seed: seed of resampling.
    """

    task: Task
    metric: Metric
    truth: Array
    units: Array
    unit: str
    fold_of: Array
    train_rows: tuple[int, ...]
    kind: str
    folds: int | None
    seed: int

    def losses(self, prediction: Array) -> Array:
        """Per-row losses: the metric's own where it is made of rows, else the task's proper loss."""
        own = self.metric.losses(self.truth, prediction)
        return self.task.losses(self.truth, prediction) if own is None else own

    @property
    def loss(self) -> str:
        """The name of these losses."""
        return self.metric.name if self.metric.rows is not None else self.task.loss_name

    def compare(self, a: Array, b: Array) -> Comparison:
        """The paired test that decides; in windows of time it also survives losses that drift together."""
        mine, theirs = self.losses(a), self.losses(b)
        found = paired_t(mine, theirs, groups=self.units, folds=self.folds)
        if self.kind != "rolling":
            return found
        names, place = np.unique(self.units, return_inverse=True)
        if len(names) < 10:
            return found
        size = np.bincount(place)
        own, other = (np.bincount(place, values) / size.mean() for values in (mine, theirs))
        drifted = diebold_mariano(own, other, lag=round(len(names) ** (1 / 3)))
        return max((found, drifted), key=lambda test: test.p)


@dataclass(frozen=True)
class Test:
    """One test of the best model against the best answer without one."""

    name: str
    gain: float
    p: float
    says: str


@dataclass(frozen=True)
class Result:
    """How the best model did against the best answer without one.

    Args:
        baseline: name of the best answer without a model.
        best: name of the best model.
        gain: gain in the metric, positive when the model is better.
        low, high: its 95 % interval; None where the metric cannot be resampled.
        p: one-sided p-value of the deciding test, corrected for the number of models.
        loss_gain: gain in the loss that was tested.
        relative: the same as a share of the baseline's loss.
        better, equal, worse: probabilities that the model is better, practically equal or worse.
        rope: the difference in the metric that counts as practically equal.
        detectable: smallest gain in the metric seen 8 times in 10 with these rows.
        needed: rows that would confirm the gain seen; None where there is none.
        tests: all tests, the deciding one first.
        sentence: gain, detectable gain and rows needed in words.
    """

    baseline: str
    best: str
    gain: float
    low: float | None
    high: float | None
    p: float
    loss_gain: float
    relative: float
    better: float
    equal: float
    worse: float
    rope: float
    detectable: float
    needed: int | None
    tests: tuple[Test, ...]
    sentence: str


def fight(court: Court, simple: Mapping[str, Answer], models: Mapping[str, Answer]) -> Result:
    """Tests every model against the best answer without one and describes the best."""
    losses = {name: court.losses(a.prediction) for name, a in {**simple, **models}.items()}
    baseline = min(simple, key=lambda name: float(losses[name].mean()))
    tests = {n: court.compare(a.prediction, simple[baseline].prediction) for n, a in models.items()}
    corrected = dict(zip(tests, holm([t.p for t in tests.values()]), strict=True))
    best = min(tests, key=lambda name: (corrected[name], float(losses[name].mean())))
    gate, mine, theirs = tests[best], models[best], simple[baseline]
    gain, error = gained(court, mine, theirs)
    rope = tolerance(court.metric, court.truth, theirs.shown)
    units = len(np.unique(court.units))
    three = student(gain, error, max(1, units - 1), rope, "") if math.isfinite(error) else gate
    rows = len(np.unique(court.units)) if court.unit == "row" else len(court.truth)
    needed = _needed(court, gate, gain, error, (mine, theirs))
    says = f"{gate.method} on {court.loss}, Holm over {len(tests)} models"
    first = Test(says, gate.gain, float(corrected[best]), "this test decides")
    result = Result(
        baseline=baseline,
        best=best,
        gain=gain,
        low=three.interval.low if math.isfinite(error) else None,
        high=three.interval.high if math.isfinite(error) else None,
        p=float(corrected[best]),
        loss_gain=gate.gain,
        relative=gate.gain / max(float(losses[baseline].mean()), 1e-300),
        better=three.p_better,
        equal=three.p_equal,
        worse=three.p_worse,
        rope=rope,
        detectable=mde(error) if math.isfinite(error) else mde(gate.standard_error),
        needed=needed,
        tests=(first, *further(court, mine, theirs)),
        sentence="",
    )
    return _told(result, court.metric.name, rows)


def gained(court: Court, mine: Answer, theirs: Answer) -> tuple[float, float]:
    """The gain in the metric and its standard error paired by unit; NaN where undefined."""
    shown = [mine.shown, theirs.shown]
    gain, error = margin(court.metric, court.truth, shown, court.units, court.seed)
    return gain, error * widening(court.folds)


def tolerance(metric: Metric, truth: Array, prediction: Array) -> float:
    """The difference that is practically none: 0.01 of a share or an area, 1 % of a loss."""
    if metric.kind in ("auc", "proportion") or metric.better == "higher":
        return 0.01
    return 0.01 * abs(float(metric(truth, prediction)))


def further(court: Court, mine: Answer, theirs: Answer) -> list[Test]:
    """Tests that tell more: of the procedures, of the ranking, of right and wrong."""
    found = []
    if court.folds is not None and court.kind != "groups":
        gains = fold_gains(court, mine, theirs)
        if len(gains) >= 3:
            judged = round(len(court.truth) / len(court.train_rows))
            test = corrected_t(gains, round(float(np.mean(court.train_rows))), judged)
            what = f"corrected resampled t on {court.metric.name} of {len(gains)} folds"
            found.append(Test(what, test.gain, test.p, "speaks of the procedure, whatever rows trained it"))
    once = len(np.unique(court.units)) == len(court.units)
    if court.metric.kind == "auc" and court.task.family == "binary" and once:
        test = delong_test(court.truth, mine.shown, theirs.shown, court.folds)
        found.append(
            Test("DeLong, on the area under the ROC curve", test.gain, test.p, "of the ranking alone")
        )
    if court.task.labels and once:
        right = [rights(court.task, court.truth, a.prediction) for a in (mine, theirs)]
        test = mcnemar(right[0], right[1])
        note = "of right and wrong; somewhat bold out of fold" if court.folds else "of right and wrong"
        what = "the likeliest class" if court.task.exclusive else "all labels of a row at once"
        found.append(Test(f"McNemar mid-p, on {what}", test.gain, test.p, note))
    return found


def rights(task: Task, truth: Array, prediction: Array, cut: Cut | None = None) -> Array:
    """Which rows are decided right (n,): the class, or each label that a row bears or not."""
    return np.asarray((task.decide(prediction, cut) == truth).reshape(len(truth), -1).all(axis=1))


def fold_gains(court: Court, mine: Answer, theirs: Answer) -> list[float]:
    """The gain in the metric on each fold, undefined ones left out."""
    found = []
    for fold in range(len(court.train_rows)):
        rows = court.fold_of == fold
        scores = [court.metric(court.truth[rows], a.shown[rows]) for a in (mine, theirs)]
        gain = court.metric.gain(scores[0], scores[1])
        if math.isfinite(gain):
            found.append(float(gain))
    return found


def _needed(
    court: Court, gate: Comparison, gain: float, error: float, pair: tuple[Answer, Answer]
) -> int | None:
    """Rows that would confirm the gain seen, scaled from units to rows; None where none was seen."""
    if not gain > 0:
        return None
    units = len(np.unique(court.units))
    scale = len(court.truth) / units if court.unit != "row" else 1.0
    if court.metric.name == "accuracy" and court.unit == "row":
        from milepost.metrics import labels

        table = correctness_table(*[labels(a.prediction) == court.truth for a in pair])
        apart = float(table[0, 1] + table[1, 0]) / len(court.truth)
        return math.ceil(required_rows_accuracy(apart, gain) * widening(court.folds) ** 2)
    if math.isfinite(error):
        return math.ceil(required_rows(units, error, gain) * scale)
    if gate.gain > 0:
        return math.ceil(required_rows(units, gate.standard_error, gate.gain) * scale)
    return None


def _told(result: Result, metric: str, rows: int) -> Result:
    around = (
        "" if result.low is None else f" (95 % interval {number(result.low)} to {number(result.high or 0.0)})"
    )
    parts = [
        f"The gain measured over '{result.baseline}' is {number(result.gain)} {metric}{around}.",
        f"With {count(rows)} rows the smallest gain this test sees 8 times in 10 is "
        f"{number(result.detectable)}.",
    ]
    if result.needed is None:
        parts.append("There is no gain that more rows could confirm.")
    elif result.needed > 1000 * rows:
        parts.append("To confirm a gain that small no number of rows within reach is enough.")
    elif result.needed <= rows:
        parts.append(f"About {count(max(10, result.needed))} rows are enough to confirm a gain of that size.")
    else:
        parts.append(
            f"To confirm a gain of {number(result.gain)} you need about {count(result.needed)} labelled rows."
        )
    return replace(result, sentence=" ".join(parts))


def three_way(result: Result, metric: str) -> str:
    """The Bayesian reading in words (Benavoli et al. 2017)."""
    return (
        f"better with probability {percent(result.better)}, practically equal (within {number(result.rope)} "
        f"{metric}) {percent(result.equal)}, worse {percent(result.worse)}"
    )


def interval_of(court: Court, answer: Answer) -> tuple[float, float | None, float | None]:
    """A score with its 95 % interval; without one where most resamples leave the metric undefined."""
    value, error = margin(court.metric, court.truth, [answer.shown], court.units, court.seed)
    if not math.isfinite(error):
        return value, None, None
    half = 1.96 * error * (1.0 if court.folds is None else math.sqrt(1 + 1 / (court.folds - 1)))
    return value, value - half, value + half
