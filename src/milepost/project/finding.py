"""Items that nobody labelled, found by what they hold, what a model says of them, and what they are like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.digest import Json
from milepost.errors import InputError, did_you_mean
from milepost.labels.labels import Labels
from milepost.labels.next import similar
from milepost.modalities.base import text
from milepost.modalities.media import digest_of
from milepost.project.guess import MOST, Guess, known, label_of, model_of
from milepost.steps.whereabouts import frame_of, places
from milepost.steps.work import Work

Array = np.ndarray[Any, Any]
_TERM = re.compile(r"\s*(.+?)\s*(<=|>=|!=|=|<|>|~)\s*(.*?)\s*", re.DOTALL)


@dataclass(frozen=True)
class Filter:
    """Which items are meant.

    Args:
        where: conditions on columns that all hold: `age>=30`, `city=Rome`, `city!=Rome`, `title~cat` (holds
            the text, without regard to case).
        words: a text that any of the columns holds.
        said: the label that the model holds for likeliest, by id or name; "": any.
        sure: the least probability that the model gives it.
        like: the number of an item; the items most like it come first. 0: in the order of the queue.
        most: items at most; 0: all.
    """

    where: tuple[str, ...] = ()
    words: str = ""
    said: str = ""
    sure: float = 0.0
    like: int = 0
    most: int = 0

    @property
    def says(self) -> str:
        """The filter in words."""
        parts = [*self.where]
        parts += [f"holds '{self.words}'"] if self.words else []
        parts += [f"the model says {self.said} with {self.sure:g} or more"] if self.said else []
        parts += [f"like item {self.like}"] if self.like else []
        parts += [f"the first {self.most}"] if self.most else []
        return ", ".join(parts) or "all that wait"


@dataclass(frozen=True)
class Match:
    """An item that was found.

    Args:
        id: its number.
        key: its key.
        content: what it shows.
        alike: the cosine of where it and the example lie, or None.
        said: the label that the model holds for likeliest, by its id, or "".
        sure: the probability of that, or None.
    """

    id: int
    key: str
    content: Json
    alike: float | None = None
    said: str = ""
    sure: float | None = None


@dataclass(frozen=True)
class Found:
    """Items that a filter leaves, none of them sealed.

    Args:
        items: the items.
        sealed: so many sealed items fit as well, and are left out; where the filter asks what a model says,
            of those that fit the rest of it, since no model is asked about sealed items.
        says: the filter in words.
        model: the version of the model that was asked, or "".
        looked: items that were looked at.
    """

    items: tuple[Match, ...]
    sealed: int
    says: str
    model: str
    looked: int


def find(work: Work, labels: Labels, asked: Filter) -> Found:
    """Finds items; see `Steering.find`.

    Raises:
        InputError: a condition names no column, the example may not be shown, or there is no model.
    """
    whole = list(labels.pool.waiting())
    example = labels.pool.open([asked.like]).get(asked.like) if asked.like else None
    if asked.like and example is None:
        raise InputError(
            f"the item {asked.like} cannot be an example.",
            expected="An item of the queue that is neither sealed nor tests people.",
        )
    fit = np.flatnonzero(fits(frame_of([item.content for item in whole]), asked))
    chosen = [whole[at] for at in fit if whole[at].id != asked.like]
    alike: dict[int, float] = {}
    if example is not None:
        ordered = nearest([item.content for item in chosen[:MOST]], example[1])
        chosen = [chosen[at] for at, _ in ordered]
        alike = {chosen[place].id: score for place, (_, score) in enumerate(ordered)}
    open_ = [item for item in chosen if not item.sealed]
    guess, said = _said(work, labels, [item.content for item in open_], asked)
    best = guess.best if guess else [("", None)] * len(open_)
    kept = [
        Match(item.id, item.key, item.content, alike.get(item.id), *told)
        for item, told in zip(open_, best, strict=True)
        if not said or (told[0] == said and told[1] is not None and told[1] >= asked.sure)
    ]
    most = asked.most or len(chosen)
    kept = kept[:most]
    hidden = _hidden([item.sealed for item in chosen], bool(said), most)
    return Found(tuple(kept), hidden, asked.says, guess.version if guess else "", len(whole))


def _said(work: Work, labels: Labels, contents: Sequence[Json], asked: Filter) -> tuple[Guess | None, str]:
    """What a model says, where the filter asks for it, and the id of the label that is meant."""
    if not asked.said:
        return None, ""
    said = label_of(labels, asked.said)
    guess, _, _ = model_of(work, labels, frame_of(contents), known(work, labels))
    if guess is None:
        raise InputError(
            "the filter asks what a model says, and there is no model yet.",
            expected="A shipped package, or 10 labels a class on average of a choice among labels.",
        )
    return guess, said


def _hidden(sealed: Sequence[bool], said: bool, most: int) -> int:
    """Sealed items among those that fit: of the first so many, where their order does not hang on a model."""
    return sum(sealed) if said else sum(sealed[:most])


def nearest(contents: Sequence[Json], example: Json) -> list[tuple[int, float]]:
    """Places of items and how like an example each is (cosine), nearest first."""
    if not contents:
        return []
    place = places(frame_of([example, *contents]))
    order = similar(place[1:], place[:1], len(contents))
    unit = place / np.maximum(np.linalg.norm(place, axis=1, keepdims=True), 1e-12)
    return [(int(at), float(unit[1 + at] @ unit[0])) for at in order]


def fits(frame: pl.DataFrame, asked: Filter) -> Array:
    """Which rows hold what a filter asks of their columns, bool (rows,).

    Raises:
        InputError: a condition cannot be read, or names no column.
    """
    found = np.ones(frame.height, bool)
    for condition in asked.where:
        found &= _holds(frame, condition)
    if asked.words:
        some = np.zeros(frame.height, bool)
        for name in frame.columns:
            some |= _contains(frame[name], asked.words)
        found &= some
    return found


def _holds(frame: pl.DataFrame, condition: str) -> Array:
    read = _TERM.fullmatch(condition)
    if read is None:
        raise InputError(
            f"'{condition[:80]}' is no condition.",
            expected="A column, one of = != < > <= >= ~, and a value: age>=30.",
        )
    name, sign, word = read.groups()
    if name not in frame.columns:
        raise InputError(f"there is no column '{name[:80]}'.", todo=did_you_mean(name, frame.columns))
    column = frame[name]
    if sign == "~":
        return _contains(column, word)
    if column.dtype.is_numeric():
        try:
            wanted: Any = float(word)
        except ValueError as problem:
            raise InputError(
                f"'{condition[:80]}' compares numbers with '{word[:40]}'.", expected="A number."
            ) from problem
        held = column.cast(pl.Float64)
    else:
        held, wanted = text(column), word
    compared = {
        "=": held == wanted, "!=": held != wanted, "<": held < wanted, ">": held > wanted,
        "<=": held <= wanted, ">=": held >= wanted,
    }[sign]  # fmt: skip
    return np.asarray(compared.fill_null(False).to_numpy(), bool)


def _contains(column: pl.Series, word: str) -> Array:
    """Which values hold a text; references to media hold none."""
    values = text(column).fill_null("").to_list()
    small = word.casefold()
    return np.array([not digest_of(value) and small in value.casefold() for value in values], bool)
