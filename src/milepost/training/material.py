"""The rows a project learns from, with the folds that judge, and the matrices learners see."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from milepost.data.recipe import Recipe
from milepost.data.split import Fold
from milepost.data.transform import Transform
from milepost.digest import Digest
from milepost.learners.base import Batch
from milepost.modalities.base import View
from milepost.tasks.base import Head, Task

Array = np.ndarray[Any, Any]
CACHE_BYTES = 1_500_000_000
WATCHED = 10_000
"""Validation rows that are asked after each round or epoch, at most; all of them judge in the end."""


@dataclass(frozen=True)
class Prepared:
    """One fold's rows as a learner sees them, with the head and transform fitted on its training rows."""

    head: Head
    transform: Transform
    train: Batch
    valid: Batch | None

    @cached_property
    def watched(self) -> Batch | None:
        """The validation rows that choose the rounds: all, or as many as `WATCHED`, drawn at random."""
        if self.valid is None or len(self.valid.y) <= WATCHED:
            return self.valid
        rows = np.sort(np.random.default_rng(0).permutation(len(self.valid.y))[:WATCHED])
        weight = None if self.valid.weight is None else self.valid.weight[rows]
        return replace(self.valid, x=self.valid.x[rows], y=self.valid.y[rows], weight=weight)

    @property
    def bytes(self) -> int:
        """Memory the matrices take."""
        return self.train.x.nbytes + (self.valid.x.nbytes if self.valid else 0)


@dataclass
class Material:
    """Development rows with their truth, recipe and folds.

    Args:
        frame: the development rows.
        truth: their truth, as the task encodes it.
        task: the task.
        recipe: how columns become numbers.
        folds: training and validation indices into the rows.
        groups: the unit of independence of each row, or None.
        weight: row weights or None.
        seed: seed of subsampling and masking.
        key: digest of all of this, part of every fit's identity.
        weighed: whether fits say how many bytes of a package they would take.
        timed: whether fits say how long one row alone takes.
        thinned: whether folds train on a sample, as all rows would take too long.
    """

    frame: pl.DataFrame
    truth: Array
    task: Task
    recipe: Recipe
    folds: tuple[Fold, ...]
    groups: Array | None
    weight: Array | None
    seed: int
    key: Digest
    weighed: bool = False
    timed: bool = False
    thinned: bool = False
    seconds: dict[str, list[float]] = field(default_factory=dict, init=False, repr=False)
    """What making a fold's matrices took, by view."""
    evicted: int = field(default=0, init=False, repr=False)
    """How many matrices had to make room for others."""
    _cache: OrderedDict[tuple[int, str, int], Prepared] = field(
        default_factory=OrderedDict, init=False, repr=False
    )
    _locks: dict[tuple[int, str, int], threading.Lock] = field(default_factory=dict, init=False, repr=False)
    _guard: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @property
    def scored(self) -> Array:
        """Row index of every validation prediction: the folds' validation rows, one after another."""
        return np.concatenate([fold.valid for fold in self.folds])

    @property
    def more(self) -> float:
        """How many times a fold's training rows a refit has at least; of a sample more as time allows."""
        if self.thinned:
            return 1.0
        return len(self.frame) / max(1.0, float(np.mean([len(fold.train) for fold in self.folds])))

    @property
    def units(self) -> Array:
        """The unit of independence of every validation prediction: its group, else its row."""
        return self.scored if self.groups is None else self.groups[self.scored]

    @property
    def fold_of(self) -> Array:
        """The fold of every validation prediction."""
        return np.concatenate([np.full(len(fold.valid), i) for i, fold in enumerate(self.folds)])

    def prepared(self, fold: int, view: View, rows: int = 0) -> Prepared:
        """A fold's matrices for a view; made once, kept while memory allows.

        Args:
            fold: index of the fold, or -1 for all rows without validation.
            view: how the learner wants to see columns.
            rows: use only so many random training rows (0: all).
        """
        asked, view = view, self.recipe.view(view)
        key = (fold, view, rows)
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            with self._guard:
                if key in self._cache:
                    self._cache.move_to_end(key)
                    return self._cache[key]
            start = time.monotonic()
            made = self._make(fold, view, rows)
            with self._guard:
                for name in {asked, view}:
                    self.seconds.setdefault(name, []).append(time.monotonic() - start)
                self._cache[key] = made
                while len(self._cache) > 2 and sum(p.bytes for p in self._cache.values()) > CACHE_BYTES:
                    self._cache.popitem(last=False)
                    self.evicted += 1
            return made

    def train_rows(self, fold: int, rows: int = 0) -> Array:
        """The training row indices of a fold, subsampled where asked; in row order."""
        train = np.arange(len(self.frame)) if fold < 0 else self.folds[fold].train
        if not rows or rows >= len(train):
            return train
        chosen = np.random.default_rng((self.seed, rows)).permutation(len(train))[:rows]
        return train[np.sort(chosen)]

    def _make(self, fold: int, view: View, rows: int) -> Prepared:
        train = self.train_rows(fold, rows)
        valid = None if fold < 0 else self.folds[fold].valid
        truth = self.truth[train]
        head = self.task.head(truth)
        weight = None if self.weight is None else self.weight[train]
        groups = None if self.groups is None else self.groups[train]
        masked = self.recipe.mask(self.frame[train], self.seed)
        transform, x = self.recipe.fit(
            masked, view, head.statistics_target(truth), weight=weight, groups=groups, seed=self.seed
        )
        seen = None
        if valid is not None:
            frame = self.recipe.mask(self.frame[valid], self.seed + 1)
            heavy = None if self.weight is None else self.weight[valid]
            seen = _batch(transform, transform.matrix(frame), head.encode(self.truth[valid]), heavy)
        return Prepared(head, transform, _batch(transform, x, head.encode(truth), weight), seen)


def _batch(transform: Transform, x: Array, y: Array, weight: Array | None) -> Batch:
    return Batch(x, y, weight, transform.codes, transform.blocks, transform.monotone)
