"""The existing solution: a Python function or a column whose answers a model has to beat."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from milepost.errors import InputError, UsageError, did_you_mean
from milepost.learners.base import Array, Batch, Job, Model
from milepost.learners.linear import Linear
from milepost.modalities.base import text
from milepost.registry import import_file
from milepost.tasks.base import Head, Task

FEW = 20
"""Up to so many distinct answers have a rate each; more of them are scores."""


@dataclass(frozen=True)
class Rule:
    """Where the answers of the existing solution come from.

    Args:
        name: `file.py:function` or the column.
        answer: gives one answer a row, or a column an output.
    """

    name: str
    answer: Callable[[pl.DataFrame], Any]

    @classmethod
    def of(cls, rule: str, column: str, folder: Path) -> Rule:
        """The rule of a brief.

        The function takes the rows as a Polars DataFrame, or as a pandas one where its parameter is annotated
        so, and returns one label or number a row. It never sees the target.

        Args:
            rule: `file.py:function`, or "".
            column: the column that holds the answers, where there is no function.
            folder: the project's folder.

        Raises:
            UsageError: there is no such file or function, or neither is named.
        """
        if not rule:
            if not column:
                raise UsageError(
                    "there is no existing solution.", todo="Name a rule or a column in [existing]."
                )
            return cls(column, lambda frame: _column(frame, column))
        file, _, name = rule.rpartition(":")
        module = import_file(Path(folder) / file)
        function = getattr(module, name, None)
        if not callable(function):
            known = [n for n, value in vars(module).items() if callable(value) and not n.startswith("_")]
            raise UsageError(f"'{file}' holds no function '{name}'.", todo=did_you_mean(name, known))
        return cls(rule, lambda frame: _call(rule, function, frame))

    def answers(self, frame: pl.DataFrame, task: Task) -> pl.DataFrame:
        """The answers (rows, outputs), one column, or one an output of a vector.

        Raises:
            InputError: the answers are not one a row.
            UsageError: the function raised.
        """
        hidden = [name for name in task.targets if name in frame.columns and name != self.name]
        found = _table(self.answer(frame.drop(hidden)))
        wanted = 1 if task.labels else len(task.targets)
        if found.shape != (frame.height, wanted):
            raise InputError(
                f"the existing solution '{self.name}' gave answers shaped {found.shape}.",
                expected=f"One answer for each of {frame.height:,} rows, in {wanted} column(s).",
                todo="Return a list, an array or a series as long as the rows.",
            )
        return found

    def fit(self, frame: pl.DataFrame, truth: Array, task: Task) -> Fitted:
        """Turns answers into predictions by what training rows say of them.

        Numbers for a numeric target stay as they are. For classes, each answer stands for the rates of the
        classes among the training rows that have it, shrunk by one row to the overall rates; numbers with
        more than 20 distinct values are scores, calibrated by a logistic curve (Platt 1999).
        """
        answers = self.answers(frame, task)
        prior = np.asarray(task.naive(truth), np.float64)
        if not task.labels:
            _numbers(self.name, answers)
            return Fitted(self, task, prior)
        answer = answers.to_series()
        if answer.dtype.is_numeric() and answer.n_unique() > FEW:
            return Fitted(self, task, prior, curve=Curve.fit(answer, truth, task))
        return Fitted(self, task, prior, rates=_rates(answer, truth, task, prior))


@dataclass(frozen=True)
class Curve:
    """A logistic curve from a score to probabilities.

    Args:
        head: the last layer.
        model: a line in the standardised score.
        logit: whether the score is a probability and its logit is taken.
        mean, sd: of the score in training rows.
    """

    head: Head
    model: Model
    logit: bool
    mean: float
    sd: float

    @classmethod
    def fit(cls, answer: pl.Series, truth: Array, task: Task) -> Curve:
        """Fits on the training rows that have a score."""
        values = _floats(answer)
        known = np.isfinite(values)
        logit = bool((values[known] >= 0).all() and (values[known] <= 1).all())
        score = _logit(values[known]) if logit else values[known]
        head, mean, sd = task.head(truth), float(score.mean()), float(score.std()) or 1.0
        x = ((score - mean) / sd).astype(np.float32)[:, None]
        model = Linear().fit(Batch(x, head.encode(truth[known])), None, Job({"C": 1e4}, head))
        return cls(head, model, logit, mean, sd)

    def predict(self, answer: pl.Series) -> tuple[Array, Array]:
        """Predictions, and which rows have a score."""
        values = _floats(answer)
        known = np.isfinite(values)
        safe = np.where(known, values, 0.0)
        score = ((_logit(safe) if self.logit else safe) - self.mean) / self.sd
        return self.head.predict(self.model.raw(score.astype(np.float32)[:, None])), known


@dataclass(frozen=True)
class Fitted:
    """A rule with what its answers mean.

    Args:
        rule: the rule.
        task: the task.
        prior: the best constant, for answers never seen.
        rates: rates of the classes for each answer.
        curve: the curve of a score.
    """

    rule: Rule
    task: Task
    prior: Array
    rates: Mapping[str | None, Array] | None = None
    curve: Curve | None = None

    def predict(self, frame: pl.DataFrame) -> Array:
        """Predictions, shaped as the task's."""
        answers = self.rule.answers(frame, self.task)
        constant = np.asarray(self.task.repeat(self.prior, len(frame)), np.float64)
        if self.rates is not None:
            rest = constant.reshape(len(frame), -1)
            words = _words(answers.to_series())
            rows = [self.rates.get(word, rest[i]) for i, word in enumerate(words)]
            return np.array(rows, np.float64).reshape(constant.shape)
        if self.curve is not None:
            predicted, known = self.curve.predict(answers.to_series())
            return np.where(known.reshape(-1, *[1] * (predicted.ndim - 1)), predicted, constant)
        values = _numbers(self.rule.name, answers).reshape(constant.shape)
        return np.where(np.isfinite(values), values, constant)


def _column(frame: pl.DataFrame, column: str) -> pl.Series:
    if column not in frame.columns:
        raise InputError(
            f"there is no column '{column}', which [existing] names.",
            todo=did_you_mean(column, frame.columns),
        )
    return frame[column]


def _call(rule: str, function: Callable[..., Any], frame: pl.DataFrame) -> Any:
    first = next(iter(inspect.signature(function).parameters.values()), None)
    wanted = "" if first is None else f"{getattr(first.annotation, '__module__', '')}.{first.annotation}"
    pandas = wanted.split(".")[0] == "pandas" or wanted.split(".")[-2:-1] in (["pd"], ["pandas"])
    try:
        return function(frame.to_pandas() if pandas else frame)
    except Exception as problem:
        raise UsageError(
            f"the rule '{rule}' raised {type(problem).__name__}: {problem}.",
            todo="It is called with all rows at once, as a Polars DataFrame; mend it.",
        ) from problem


def _table(answers: Any) -> pl.DataFrame:
    """Whatever a rule returned as a table of columns."""
    if isinstance(answers, pl.DataFrame):
        return answers
    if isinstance(answers, pl.Series):
        return answers.to_frame()
    array = np.asarray(answers)
    if array.ndim == 2:
        return pl.DataFrame(array)
    return pl.Series("answer", array.tolist(), strict=False).to_frame()


def _numbers(name: str, answers: pl.DataFrame) -> Array:
    """Answers as floats, missing ones NaN."""
    cast = answers.select(pl.all().cast(pl.Float64, strict=False))
    strange = sum(cast.null_count().row(0)) - sum(answers.null_count().row(0))
    if strange:
        raise InputError(
            f"{strange:,} answers of the existing solution '{name}' are no numbers.",
            expected="One number a row, as the target is numeric.",
        )
    return cast.fill_null(float("nan")).to_numpy()


def _words(answer: pl.Series) -> list[str | None]:
    return text(answer).to_list()


def _floats(answer: pl.Series) -> Array:
    return answer.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _logit(p: Array) -> Array:
    safe = np.clip(p, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(safe) - np.log1p(-safe))


def _rates(answer: pl.Series, truth: Array, task: Task, prior: Array) -> dict[str | None, Array]:
    """Rates a distinct answer: the share of positives for two classes, else of every class or label."""
    hits = task.head(truth).statistics_target(truth).reshape(len(truth), -1)
    words = _words(answer)
    kinds = {word: number for number, word in enumerate(dict.fromkeys(words))}
    numbers = np.array([kinds[word] for word in words])
    rates = {}
    for word, number in kinds.items():
        chosen = hits[numbers == number]
        rates[word] = (chosen.sum(axis=0) + prior) / (len(chosen) + 1)
    return rates
