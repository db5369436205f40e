"""What a family of models must be able to do: say what it suits, list its settings, fit, become a graph."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from milepost.graphs.builder import Builder
from milepost.learners.space import Params as Params
from milepost.learners.space import Space
from milepost.modalities.base import Block, View
from milepost.registry import Registry
from milepost.tasks.base import Head

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Batch:
    """Rows to learn from or to watch.

    Args:
        x: graph outputs, float32 (rows, features); NaN only in the "trees" view.
        y: what the head encodes: floats 0/1 (rows,) or (rows, width), class codes (rows,) int64, or floats
            (rows, width).
        weight: row weights or None.
        codes: for each feature the number of its codes 0, 1, ... where it is one, 0 where it is a number;
            empty where all are numbers. Only the "network" and "signals" views have codes.
        monotone: for each feature 1 where the raw score may never fall as it grows, -1 where it may never
            rise, else 0; empty where there is no such feature. Only learners that are `ordered` see any.
        blocks: the features that are signals or maps; only the views "signals" and "maps" have any.
    """

    x: Array
    y: Array
    weight: Array | None = None
    codes: tuple[int, ...] = ()
    blocks: tuple[Block, ...] = ()
    monotone: tuple[int, ...] = ()


@dataclass(frozen=True)
class Point:
    """One point of a training curve: mean losses after `step` rounds or epochs, NaN without rows."""

    step: int
    train: float
    valid: float


@dataclass(frozen=True)
class Job:
    """How to fit.

    Args:
        params: settings of the learner; what is left out takes its default.
        head: the last layer; its `link` and `width` choose the loss.
        seed: seed of every random choice.
        threads: how many threads the fit may use.
        deadline: `time.monotonic()` value at which fitting must have ended with what it has.
        rounds: fixed number of rounds or epochs (a refit); None lets validation decide.
        least: rounds or epochs that are made however late it is.
        stop_early: False grows to the full number of rounds (the overfit step) and records the whole curve.
        watch: called after each round or epoch with its number and the validation loss, NaN where it is not
            measured; what it raises ends the fit.
        checkpoint: a file that holds the state of a long fit while it runs, so that the same fit goes on from
            there in a later process; None keeps nothing. Fits of seconds need not write it.
        begin: what a former fit of the same settings left, to begin from; empty: from nothing.
        leave: whether the model carries what a later fit may begin from.
    """

    params: Params
    head: Head
    seed: int = 0
    threads: int = 1
    deadline: float = float("inf")
    rounds: int | None = None
    least: int = 0
    stop_early: bool = True
    watch: Callable[[int, float], None] = field(default=lambda *_: None, compare=False)
    checkpoint: Path | None = field(default=None, compare=False)
    begin: bytes = b""
    leave: bool = False

    @property
    def late(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() >= self.deadline


class Model(ABC):
    """A fitted model."""

    rounds: int
    """Rounds or epochs of the returned model (the best iteration); 1 where there are none."""
    curve: tuple[Point, ...]
    learnt: bytes = b""
    """What a later fit of the same settings may begin from, where the job asked for it; else empty."""
    short: bool = False
    """Whether the clock ended it before its schedule or its validation did."""

    @abstractmethod
    def raw(self, x: Array) -> Array:
        """Raw scores (rows, width) as float32 or float64 from features (rows, features)."""

    @abstractmethod
    def emit(self, builder: Builder, features: str) -> str:
        """Adds its nodes: from the float features tensor to raw scores as float (rows, width)."""

    def uses(self, features: int) -> Array:
        """How often it asks for each of so many features, int (features,); once where it cannot tell."""
        return np.ones(features, np.int64)

    def rounded(self) -> Model:
        """The same model with coarser numbers, which take fewer bytes; itself where they would not."""
        return self


class Learner(ABC):
    """A family of models."""

    name: ClassVar[str]
    title: ClassVar[str]
    view: ClassVar[View]
    extra: ClassVar[str] = ""
    """The optional dependency it needs, or ""."""
    needs: ClassVar[frozenset[str]] = frozenset()
    """Kinds of columns of which one at least must be an input; empty: it suits any."""
    capacity: ClassVar[str] = ""
    """The setting that makes it larger, a knob of its space where it has one; "" where there is none."""
    ordered: ClassVar[bool] = False
    """Whether its models keep to the directions that a batch asks for."""
    warm: ClassVar[bool] = False
    """Whether a fit may begin from what a former one learnt."""
    version: ClassVar[int] = 1
    """Goes up with every change after which the same fit gives another model: no former one is recalled."""
    defaults: ClassVar[Params] = {}
    """What the settings of its space are where a configuration leaves them out."""

    remark: ClassVar[str] = ""
    """What has to be known of its scores wherever they are shown, one sentence, or ""."""

    def objection(self, rows: int, features: int, head: Head) -> str:  # noqa: ARG002
        """Why it should not be tried on such a task, one sentence; "" where nothing speaks against it."""
        return ""

    def random(self, params: Params) -> bool:  # noqa: ARG002
        """Whether seeds make different models that are cheap to average, as of trees that draw rows."""
        return False

    @abstractmethod
    def portfolio(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:
        """Complementary configurations to try, best first."""

    def space(self, rows: int, features: int, head: Head) -> Space:  # noqa: ARG002
        """The settings that may be searched beyond the portfolio, which lies inside; empty: none."""
        return ()

    def settle(self, params: Params, rows: int) -> Params:  # noqa: ARG002
        """A configuration of the space with the settings that follow from it and from the rows."""
        return params

    def ladder(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """Configurations of growing capacity with regularisation off, for the overfit step."""
        return ()

    @abstractmethod
    def fit(self, train: Batch, valid: Batch | None, job: Job) -> Model:
        """Fits a model; with `valid` the number of rounds is chosen on it, without it `job.rounds` is used.

        Raises:
            MissingExtra: an optional dependency is not installed.
        """


learners: Registry[Learner] = Registry("learner", "milepost.learners")
