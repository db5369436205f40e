"""Copies among rows: equal and nearly equal tables, and near copies of texts, images and sounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.data.canonical import canonical
from milepost.data.facts import facts_of
from milepost.data.near import Groups, near_groups
from milepost.data.nearimage import near_pictures, small
from milepost.data.nearsound import heard, near_sounds
from milepost.data.neartext import SHORT, near_texts
from milepost.data.split import join_groups
from milepost.modalities import media
from milepost.modalities.distinct import distinct
from milepost.modalities.feeds import decode

Array = np.ndarray[Any, Any]
Watch = Callable[[str, float], None]

WORDS, CHARACTERS, VARIED = 4.0, 25.0, 0.2
"""A text column is compared by its texts where they have so many words and characters on average, and so
large a share of them is distinct; else its values are categories, which repeat by nature."""
LARGE, SHARE = 20, 0.01
"""Larger groups than so many rows, and than this share of all, are no accident: such things repeat by nature,
and each likeness would chain on the next."""
THREADS = 2
_PART = 256


@dataclass(frozen=True)
class Alike:
    """Copies in one column of texts, images or sounds.

    Args:
        name: the column.
        kind: "text", "image" or "sound".
        ids: a group number for each row.
        rows: how many rows have a copy, equal or near.
        groups: how many groups have more than one row.
        equal: how many of the rows have an equal one.
        natural: rows of groups that were too large, of which at most equal ones are kept together.
    """

    name: str
    kind: str
    ids: Array
    rows: int
    groups: int
    equal: int
    natural: int

    @property
    def says(self) -> str:
        """What was found, one sentence without its full stop."""
        things = {"text": "texts", "image": "images", "sound": "sounds"}[self.kind]
        told = f"'{self.name}': {self.rows:,} rows have an equal or near copy among the {things}, in "
        told += f"{self.groups:,} groups; {self.equal:,} of them have an equal one"
        if self.natural:
            told += f"; {self.natural:,} rows are of groups so large that they repeat by nature, of which "
            told += "only equal ones are kept together"
        return told if self.rows or self.natural else f"'{self.name}': no near copies among the {things}"


def _silent(*_: object) -> None:
    """Watches without a word."""


def documents(
    frame: pl.DataFrame, names: Sequence[str], said: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The columns that are compared by their content: name -> "text", "image" or "sound".

    Args:
        frame: the rows.
        names: the columns to choose from.
        said: modalities that are said, by column.
    """
    found = {}
    for name in names:
        if frame[name].dtype != pl.String:
            continue
        facts, stated = facts_of(frame[name]), (said or {}).get(name, "")
        known = max(1, facts.rows - facts.missing)
        long = facts.words >= WORDS and facts.length >= CHARACTERS and facts.distinct >= VARIED * known
        if facts.dtype in media.KINDS:
            found[name] = facts.dtype
        elif stated == "text" or (long and not stated):
            found[name] = "text"
    return found


def copies(
    frame: pl.DataFrame,
    names: Sequence[str],
    classes: Array | None = None,
    said: Mapping[str, str] | None = None,
    watch: Watch = _silent,
) -> Groups:
    """Finds rows that are copies of each other, in all columns or in one text, image or sound.

    Rows that are equal or nearly equal in all columns are looked for as in tables, see `near_groups`; texts,
    images and sounds are compared one column at a time, as a model that knows a picture knows the row.

    Args:
        frame: the rows.
        names: the columns that count; the label is not among them.
        classes: class codes (rows,), within which chance is measured.
        said: modalities that are said, by column.
        watch: told what is under way.
    """
    rich = documents(frame, names, said)
    plain = [n for n in names if frame[n].dtype.is_numeric() or frame[n].dtype.is_temporal()]
    rest = [n for n in names if n not in plain]
    if not rich:
        return near_groups(frame, plain, rest, classes=classes)
    found = [alike(frame[name], kind, watch) for name, kind in rich.items()]
    parts, notes, expected, radius = [one.ids for one in found], [one.says for one in found], 0.0, 0.0
    if len(rich) < len(names):
        table = near_groups(frame, plain, rest, classes=classes)
        parts, notes = [*parts, table.ids], [*notes, f"in all columns together {table.note}"]
        expected, radius = table.expected, table.radius
    ids = join_groups(*parts)
    sizes = np.bincount(ids)
    rows, groups = int(sizes[sizes > 1].sum()), int((sizes > 1).sum())
    return Groups(ids, rows, groups, expected, radius, "; ".join(notes))


def alike(column: pl.Series, kind: str, watch: Watch = _silent) -> Alike:
    """Finds the copies of one column.

    Args:
        column: texts, or references to images or sounds.
        kind: "text", "image" or "sound".
        watch: told what is under way.
    """
    name = column.name
    if kind == "text":
        column = canonical(column.alias("text").to_frame())["text"]
        column = pl.select(pl.when(column.str.len_chars() >= SHORT).then(column)).to_series()
    codes, values = distinct(column)
    missing = values.is_null().to_numpy()
    pairs = _pairs(values, kind, watch) if len(values) > 1 else np.zeros((0, 2), np.int64)
    alone = np.where(missing[codes], len(values) + np.arange(len(codes)), codes)
    joined = _joined(pairs, len(values))[codes]
    joined = np.where(missing[codes], len(values) + np.arange(len(codes)), joined)
    most = max(LARGE, int(SHARE * len(codes)))
    large = np.bincount(joined)[joined] > most
    ids = np.where(large, alone + joined.max(initial=0) + 1, joined)
    still = np.bincount(ids)[ids] > most
    ids = np.where(still, ids.max(initial=0) + 1 + np.arange(len(ids)), ids)
    ids = np.unique(ids, return_inverse=True)[1].astype(np.int64)
    sizes, equal = np.bincount(ids), np.bincount(alone)[alone] > 1
    several = sizes[ids] > 1
    counts = int(several.sum()), int((sizes > 1).sum()), int((equal & several).sum()), int(large.sum())
    return Alike(name, kind, ids, *counts)


def clashes(ids: Array, classes: Array) -> tuple[int, int]:
    """Rows of groups whose rows have different classes, and how many such groups there are.

    >>> clashes(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]))
    (2, 1)
    """
    pairs = np.unique(np.column_stack([ids, classes]), axis=0)
    groups, labels = np.unique(pairs[:, 0], return_counts=True)
    mixed = groups[labels > 1]
    return int(np.isin(ids, mixed).sum()), len(mixed)


def _pairs(values: pl.Series, kind: str, watch: Watch) -> Array:
    """Pairs of near copies among the distinct values."""
    if kind == "text":
        watch(f"comparing {len(values):,} texts", 0.0)
        return near_texts(values)
    known = np.flatnonzero(values.is_not_null().to_numpy())
    seen: list[Any] = []
    see = _picture if kind == "image" else _sound
    with ThreadPoolExecutor(THREADS) as pool:
        for start in range(0, len(known), _PART):
            seen += pool.map(see, values.gather(known[start : start + _PART]).to_list())
            watch(f"{len(seen):,} of {len(known):,} {kind}s compared", len(seen) / len(known))
    if not seen:
        return np.zeros((0, 2), np.int64)
    pairs = near_pictures(np.stack(seen)) if kind == "image" else near_sounds(seen)
    return np.asarray(known[pairs], np.int64)


def _picture(value: str) -> Array:
    return small(decode(media.load(value), "pixels"))


def _sound(value: str) -> Any:
    return heard(decode(media.load(value), "wave"))


def _joined(pairs: Array, number: int) -> Array:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(number, number))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)
