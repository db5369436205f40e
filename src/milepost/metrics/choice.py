"""Which metric fits a task, which does not, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from milepost.errors import InputError, did_you_mean
from milepost.metrics.base import METRICS, Metric, find

TASKS = ("binary", "multiclass", "multilabel", "regression")
RARE = 0.1
FEW = 10


@dataclass(frozen=True)
class Facts:
    """What the choice of a metric depends on; counted from the truth of labelled rows.

    Args:
        rows: labelled rows.
        counts: rows of each class, class 1 second for a binary task, or of each label; empty for regression.
        zeros: target values that are 0, for regression.
        constant: a target (of a vector: one output) that never changes.
        outputs: numbers predicted a row.
    """

    rows: int
    counts: tuple[int, ...] = ()
    zeros: int = 0
    constant: bool = False
    outputs: int = 1

    @property
    def positives(self) -> float:
        """The share of class 1."""
        return self.counts[1] / self.rows if len(self.counts) > 1 and self.rows else 0.0

    @property
    def commonest(self) -> float:
        """The share of the most frequent class: the accuracy of always answering it."""
        return max(self.counts, default=0) / self.rows if self.rows else 0.0

    @property
    def rarest(self) -> int:
        """Rows of the least frequent class."""
        return min(self.counts, default=0)


def facts(task: str, truth: ArrayLike) -> Facts:
    """Counts what the choice depends on: truth is codes (n,), 0/1 (n, k) or floats (n,) or (n, d).

    >>> facts("binary", [0, 0, 0, 1]).positives
    0.25
    """
    true = np.asarray(truth)
    if _known(task) == "regression":
        flat = true.reshape(len(true), -1)
        constant = bool(len(true) == 0 or (np.ptp(flat, axis=0) == 0).any())
        return Facts(len(true), zeros=int((true == 0).sum()), constant=constant, outputs=flat.shape[1])
    if true.ndim == 2:
        counts = tuple(int(n) for n in true.astype(np.int64).sum(axis=0))
        return Facts(len(true), counts=counts, outputs=true.shape[1])
    least = 2 if task == "binary" else 0
    return Facts(len(true), counts=tuple(int(n) for n in np.bincount(true.astype(np.int64), minlength=least)))


def default(task: str, facts: Facts) -> tuple[Metric, str]:
    """Returns the metric proposed for choosing among models, with the reason in one sentence.

    >>> default("binary", Facts(1000, counts=(980, 20)))[0].name
    'average_precision'
    """
    if _known(task) == "binary":
        if facts.positives < RARE:
            return find("average_precision"), (
                f"only {100 * facts.positives:.1f} % of the rows are positive, and average precision looks "
                "at how clean the top of the list is, where the few positives have to be found."
            )
        return find("roc_auc"), (
            f"{100 * facts.positives:.0f} % of the rows are positive, so ranking positives above negatives "
            "says most, before a threshold is chosen."
        )
    if task == "multiclass":
        if facts.rarest >= FEW and max(facts.counts) > FEW * facts.rarest:
            return find("balanced_accuracy"), (
                f"the rarest class has {facts.rarest:,} rows and the commonest {max(facts.counts):,}, "
                "and each class is to count the same."
            )
        return find("log_loss"), "it reads the probability of every class and rewards honest ones."
    if task == "multilabel":
        return find("macro_average_precision"), (
            f"each of the {len(facts.counts)} labels counts the same, and the rows that bear it have to be "
            "found at the top of its list, before thresholds are chosen."
        )
    if facts.outputs > 1:
        return find(
            "rmse"
        ), f"the mean over the {facts.outputs} outputs of an error in the outputs' own units."
    return find(
        "rmse"
    ), "its error is in the target's own unit, and a large error counts more than two small ones."


def proper(task: str) -> Metric:
    """Returns the loss to tune by: a proper score, whatever the metric shown is (the threshold comes later).

    >>> proper("multiclass").name
    'log_loss'
    """
    return find("squared_error" if _known(task) == "regression" else "log_loss")


def unfit(metric: Metric, task: str, facts: Facts) -> str | None:
    """Returns why a metric does not fit these rows, naming the better one, or None when it does.

    >>> unfit(find("accuracy"), "binary", Facts(1000, counts=(996, 4)))[:53]
    'always answering the commonest class is right in 99.6'
    """
    if _known(task) not in metric.tasks:
        fitting = ", ".join(names(task))
        return (
            f"{metric.name} is for {' and '.join(metric.tasks)}, this task is {task}; it can have {fitting}."
        )
    instead = default(task, facts)[0].name
    if task == "regression":
        return _unfit_values(metric, facts, instead)
    if task == "multilabel":
        return _unfit_labels(metric, facts, instead)
    if sum(count > 0 for count in facts.counts) < 2:
        return "all rows are of one class, which no metric can judge; collect rows of the other."
    if metric.name == "accuracy" and facts.commonest >= 1 - RARE:
        return (
            f"always answering the commonest class is right in {100 * facts.commonest:.1f} % of the rows, so "
            f"accuracy cannot tell a good model from none; use {instead}."
        )
    if metric.name in ("balanced_accuracy", "macro_f1") and facts.rarest < FEW:
        return (
            f"the rarest class has {facts.rarest} rows, too few to estimate how many of it are found, and "
            f"{metric.name} weighs it like the others; use {'log_loss' if task == 'multiclass' else instead}."
        )
    return None


def _unfit_labels(metric: Metric, facts: Facts, instead: str) -> str | None:
    if not any(0 < count < facts.rows for count in facts.counts):
        return "every label is in all rows or in none, which no metric can judge; collect other rows."
    rate = sum(facts.counts) / max(1, facts.rows * len(facts.counts))
    if metric.name == "hamming_loss" and min(rate, 1 - rate) <= RARE:
        return (
            f"one answer for all is wrong in {100 * min(rate, 1 - rate):.1f} % of the cells only, so the "
            f"Hamming loss cannot tell a good model from none; use {instead}."
        )
    if metric.name == "subset_accuracy" and len(facts.counts) > FEW:
        return (
            f"all {len(facts.counts)} labels have to be right at once, which one rare label spoils; show it "
            f"beside another, and choose by {instead}."
        )
    return None


def _unfit_values(metric: Metric, facts: Facts, instead: str) -> str | None:
    if metric.name == "mape" and facts.zeros:
        return (
            f"{facts.zeros:,} target values are 0, where an error as a share of the truth is infinite, and "
            "guesses that are too low look better; use mae."
        )
    if metric.name == "r2" and facts.constant:
        return f"the target does not vary, so there is no variance to explain; use {instead}."
    return None


def names(task: str | None = None) -> tuple[str, ...]:
    """Returns the names of all metrics, or of those of a task, sorted.

    >>> "rmse" in names("regression"), "rmse" in names("binary")
    (True, False)
    """
    wanted = METRICS.values() if task is None else [m for m in METRICS.values() if _known(task) in m.tasks]
    return tuple(sorted(m.name for m in wanted))


def _known(task: str) -> str:
    if task not in TASKS:
        raise InputError(f"there is no task '{task}'.", todo=did_you_mean(task, TASKS))
    return task
