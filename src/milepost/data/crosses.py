"""Which columns are worth taking together, and which whole numbers are names: chosen on residuals."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

import numpy as np
import polars as pl

from milepost.data.leftover import GAIN, SURE, Coded, Rows, bins, often, together
from milepost.data.schema import Column, Field
from milepost.data.triples import beyond, columns_of
from milepost.digest import Digest, digest, digest_bytes
from milepost.modalities.base import Array, Facts, View
from milepost.modalities.cross import LEAST
from milepost.modalities.distinct import distinct
from milepost.modalities.statistics import FEW, LEVELS, OUTPUTS, even, two

MOST = 4
"""Combinations of columns that are made at most."""
WIDEST = 16
"""Columns of which pairs are looked at, those that say most alone first."""
SAMPLE = 20_000
"""Rows on which the choice is made at most."""
KEPT = 64
"""Choices that are remembered: views and steps ask for the same rows again."""
BROAD, VALUES = 500, 4_000_000
"""Columns beyond which none is made, and rows times columns times targets that are looked at, at most: what
each column says is held once a fold."""
FEWEST = 500
"""Rows below which none is made."""
Key = tuple[Column, ...]
NUMBERS = {"int", "float"}
_found: OrderedDict[Digest, tuple[tuple[Found, ...], tuple[Found, ...]]] = OrderedDict()


@dataclass(frozen=True)
class Found:
    """A key that says more than its parts.

    Args:
        columns: the raw columns.
        gain: by how much of what single columns leave unexplained it lowers the squared loss, out of fold.
        z: that gain in standard errors.
    """

    columns: tuple[Column, ...]
    gain: float
    z: float

    @property
    def field(self) -> Field:
        """The field that it becomes."""
        return Field(" x ".join(column.name for column in self.columns), "category", self.columns)


def crossed(
    frame: pl.DataFrame,
    fields: Sequence[Field],
    facts: Mapping[str, Facts],
    given: tuple[Array, Array | None, Array],
    view: View = "trees",
) -> tuple[Found, ...]:
    """Returns the keys that lower the squared loss out of fold beyond what single columns say.

    First an additive model of all columns, each by out-of-fold means of the target (numbers in 16 bins). On
    what it leaves, whole numbers are tried as names, then pairs of names, of which the surest is taken, and
    so on up to four. Triples that explain what their pairs leave are tried beside the pairs (see `beyond`). A
    key must explain 0.1 % of what is left and be sure by four standard errors. At most 20,000 rows are looked
    at. For trees the columns of a key but the widest have together more than 12 values, as a few are split by
    trees themselves; for other learners those but the narrowest.

    Args:
        frame: training rows.
        fields: the fields of the recipe.
        facts: what is known of each column.
        given: the target (rows,) or (rows, k), row weights or None, and the inner fold of each row.
        view: for what kind of learner.
    """
    target, weight, fold = given
    target = two(target)
    broad = sum(len(field.columns) for field in fields)
    most = min(SAMPLE, VALUES // max(1, broad * min(OUTPUTS, target.shape[1])))
    if min(len(frame), most) < FEWEST or broad > BROAD:
        return ()
    names = [f.columns[0] for f in fields if f.modality == "category" and facts[f.names[0]].distinct > 1]
    whole = [f.columns[0] for f in fields if may_name(f, facts[f.names[0]])]
    if len(names) + len(whole) < 2 and not whole:
        return ()
    if len(frame) > most:
        some = np.sort(np.random.default_rng(0).permutation(len(frame))[:most])
        frame, target, fold = frame[some], target[some], fold[some]
        weight = None if weight is None else weight[some]
    numbers = [c for f in fields for c in f.columns if c.dtype in NUMBERS]
    parts = [[column.name for column in part] for part in (names, whole, numbers)]
    looked = frame.select({name: 0 for part in parts for name in part}.keys())
    said = (parts, [facts[column.name].distinct for column in (*names, *whole)])
    arrays = (looked.hash_rows().to_numpy(), target, fold, *(() if weight is None else (weight,)))
    key = digest(*said, *(digest_bytes(np.ascontiguousarray(array).tobytes()) for array in arrays))
    if key not in _found:
        _found[key] = _look(frame, (names, whole, numbers), facts, (target, weight, fold))
        while len(_found) > KEPT:
            _found.popitem(last=False)
    return _found[key][view == "trees"]


def _look(
    frame: pl.DataFrame,
    columns: tuple[list[Column], list[Column], list[Column]],
    facts: Mapping[str, Facts],
    given: tuple[Array, Array | None, Array],
) -> tuple[tuple[Found, ...], tuple[Found, ...]]:
    """The keys for other learners, and those for trees; columns: names, whole numbers, all numbers."""
    (names, whole, numbers), (target, weight, fold) = columns, given
    target = target[:, np.argsort(-target.var(0), kind="stable")[:OUTPUTS]]
    heavy = even(weight)
    rows = Rows(target, np.ones(len(target)) if heavy is None else heavy, fold)
    codes = {c.name: distinct(frame[c.name])[0] for c in (*names, *whole)}
    said = {c.name: rows.means(codes[c.name]) for c in names}
    curved = [bins(frame[c.name]) for c in numbers]
    curves = [rows.means(*one) for one in curved]
    single: list[Coded] = [*curved, *((codes[c.name], None) for c in names)]
    left = rows.residuals([*said.values(), *curves], single)
    ids = []
    for column in whole:
        share, z = rows.gain(often(codes[column.name]), left)
        if share > GAIN and z > SURE:
            ids.append(Found((column,), share, z))
            said[column.name] = rows.means(codes[column.name])
            single.append((codes[column.name], None))
    if ids:
        left = rows.residuals([*said.values(), *curves], single)
    every = [*names, *(one.columns[0] for one in ids)]
    telling = sorted(every, key=lambda column: -float(said[column.name][0].var()))
    keys = {
        pair: often(together(*(codes[column.name] for column in pair)))
        for pair in _keys(every, telling[:WIDEST], 2, facts)
    }
    tried = {pair: rows.gain(key, left) for pair, key in keys.items()}
    found, rest = _surest(rows, keys, tried, left)
    paired = {column for one in found for column in one.columns}
    telling.sort(key=lambda column: column not in paired)
    triples = _keys(every, telling[: columns_of(target.shape[1])], 3, facts)
    more = beyond(rows, codes, triples, rest)
    if more:
        keys |= more
        tried |= {triple: rows.gain(key, left) for triple, key in more.items()}
        found, _ = _surest(rows, keys, tried, left)
    of_trees = {key: z for key, z in tried.items() if _wide(key, facts, trees=True)}
    return (*ids, *found), (*ids, *_surest(rows, keys, of_trees, left)[0])


def _keys(every: list[Column], some: list[Column], size: int, facts: Mapping[str, Facts]) -> list[Key]:
    """The keys of so many of some columns, in the order of all."""
    return [key for key in combinations([c for c in every if c in some], size) if _wide(key, facts)]


def _wide(key: Key, facts: Mapping[str, Facts], trees: bool = False) -> bool:
    """Whether a key is more than learners split by themselves, leaving out its widest column, for trees, or
    its narrowest, for others."""
    levels = sorted(facts[column.name].distinct for column in key)
    return prod(levels[:-1] if trees else levels[1:]) > FEW["trees"]


def _surest(
    rows: Rows, keys: Mapping[Key, Array], tried: Mapping[Key, tuple[float, float]], left: list[Array]
) -> tuple[list[Found], list[Array]]:
    """The surest key of those tried, then the surest on what it leaves, and so on; and what they leave."""
    found: list[Found] = []
    while tried and len(found) < MOST:
        best = max(tried, key=lambda key: tried[key][1])
        share, z = tried[best]
        if share <= GAIN or z <= SURE:
            break
        found.append(Found(best, share, z))
        left = list(rows.remains(keys[best], left))
        hopeful = [key for key, (_, z) in tried.items() if key != best and z > SURE / 2]
        tried = {key: rows.gain(keys[key], left) for key in hopeful} if len(found) < MOST else {}
    return found, left


def may_name(field: Field, facts: Facts) -> bool:
    """Returns whether a field holds whole numbers that come again and again, and may be names."""
    if field.modality != "number" or facts.dtype != "int" or facts.low is None or facts.high is None:
        return False
    if any(column.monotone for column in field.columns):
        return False
    known = facts.rows - facts.missing
    return FEW["trees"] < facts.distinct <= min(LEVELS, known / LEAST) and max(-facts.low, facts.high) < 2**53
