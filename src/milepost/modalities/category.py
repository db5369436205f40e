"""Categories: one-hot, codes by frequency, and means of the target by level."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from milepost.graphs.builder import Builder
from milepost.graphs.lookup import emit_lookup
from milepost.modalities.base import RARE, Array, Facts, Fitted, Modality, Vectorizer, View, modalities
from milepost.modalities.distinct import texts
from milepost.modalities.kin import Kin
from milepost.modalities.levels import Ones, single
from milepost.modalities.statistics import FEW, LEVELS, Statistics, learn, two
from milepost.modalities.tabled import Tabled, TabledVectorizer

ONES, EMBEDDED = 8, 1_000
"""A network sees up to so many levels one by one; above that it learns an embedding of so many at most."""
MISSING_CODE, UNSEEN_CODE = -1.0, -2.0
CODED = {"zip", "zipcode", "postcode", "postal", "code", "id", "number", "nr", "no", "flight", "sku"}


@dataclass(frozen=True, eq=False)
class CategoryFitted(Tabled):
    """A table with a row of features for each level; its last row is for all other text.

    Args:
        features: their names; statistics of the target come last.
        levels: known levels, "" (missing) first.
        table: float32 (levels + 1, features).
        statistics: how the last columns were made, or None.
    """

    features: tuple[str, ...]
    levels: tuple[str, ...]
    table: Array
    statistics: Statistics | None = None
    codes: tuple[int, ...] = ()

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        return emit_lookup(builder, raw[0], self.levels, self.table)

    @property
    def kin(self) -> Kin | None:  # type: ignore[override]
        """Categories shown one by one."""
        return Ones() if single(self.table) else None

    def rows(self, columns: pl.DataFrame) -> Array:
        codes, words = texts(columns.to_series())
        return np.asarray(_places(words, self.levels)[codes])


@dataclass(frozen=True)
class CategoryVectorizer(TabledVectorizer):
    """Learns levels, their counts and, where there are many, means of the target by level.

    For trees: the code of a level by frequency (missing -1, unseen -2); with more than 12 levels also its
    share of the rows and smoothed means of the target. Dense: a column a level up to 50 levels (unseen is
    none of them, levels with fewer than 5 rows share one, if it has as many), above that smoothed means, the
    log count and whether it is missing.
    For networks the same as dense up to 8 levels; above that also, or instead, a code for each level with 5
    rows or more, 0 for all others.
    At most 20,000 levels are kept, the most frequent; the others are treated as unseen ones, together.
    """

    name: str
    view: View
    uses_target: bool = False

    def fit(self, columns: pl.DataFrame, target: Array | None, weight: Array | None) -> Fitted:
        codes, words = texts(columns[self.name])
        levels = frequent(codes, words)
        rows = _places(words, levels)[codes]
        known = np.bincount(rows, minlength=len(levels) + 1).astype(np.float64)
        if not self.uses_target or target is None:
            return self._plain(levels, known)
        statistics = learn(rows, len(known), two(target), weight, self.view != "trees")
        names, table = self._counted(levels, known)
        empty = CategoryFitted(
            (*names, *statistics.named(self.name)),
            levels,
            np.column_stack([table, np.zeros((len(levels) + 1, len(statistics.columns)), np.float32)]),
            statistics,
            self._sizes(table, len(names) + len(statistics.columns)),
        )
        return replace(empty, table=empty.filled(rows, target, weight))

    def _counted(self, levels: tuple[str, ...], known: Array) -> tuple[list[str], Array]:
        """Features that need no target, where there are many levels."""
        if self.view == "trees":
            table = np.column_stack([_codes(levels), known / max(known.sum(), 1)])
            return [self.name, f"{self.name} share"], table.astype(np.float32)
        logs = np.log(np.maximum(known, 0.5))
        mean = (known * logs).sum() / max(known.sum(), 1)
        sd = np.sqrt((known * (logs - mean) ** 2).sum() / max(known.sum(), 1)) or 1.0
        names, columns = [f"{self.name} log count"], [(logs - mean) / sd]
        if known[0] >= RARE:
            names.append(f"{self.name} is missing")
            columns.append(_unit(len(known), 0))
        if self.view == "network":
            names.insert(0, f"{self.name} code")
            columns.insert(0, _embedded(known))
        return names, np.column_stack(columns).astype(np.float32)

    def _sizes(self, table: Array, width: int) -> tuple[int, ...]:
        """Codes of each feature, the first one's where it is one."""
        return (int(table[:, 0].max()) + 1, *[0] * (width - 1)) if self.view == "network" else ()

    def _plain(self, levels: tuple[str, ...], known: Array) -> CategoryFitted:
        """Features of few levels, or without a target."""
        if self.view == "trees":
            return CategoryFitted((self.name,), levels, _codes(levels)[:, None].astype(np.float32))
        if len(levels) > FEW["dense"] + 1:
            names, table = self._counted(levels, known)
            return CategoryFitted(tuple(names), levels, table, None, self._sizes(table, len(names)))
        if self.view == "network" and int((known[:-1] >= RARE).sum()) > ONES:
            code = _embedded(known)[:, None].astype(np.float32)
            return CategoryFitted((f"{self.name} code",), levels, code, None, self._sizes(code, 1))
        names, columns = [], []
        rare = np.zeros(len(known))
        for place, level in enumerate(levels):
            if known[place] >= RARE:
                names.append(f"{self.name}={level}" if level else f"{self.name} is missing")
                columns.append(_unit(len(known), place))
            elif known[place]:
                rare[place] = 1.0
        if known @ rare >= RARE or not names:
            names.append(f"{self.name} is rare")
            columns.append(rare)
        return CategoryFitted(tuple(names), levels, np.column_stack(columns).astype(np.float32))


def frequent(codes: Array, words: list[str]) -> tuple[str, ...]:
    """The levels that are kept: "" (missing), then the others, the most frequent first.

    Args:
        codes: the place of each row's text in `words`.
        words: distinct texts.
    """
    counts = np.bincount(codes, minlength=len(words))
    order = sorted((i for i, word in enumerate(words) if word), key=lambda i: (-counts[i], words[i]))
    return ("", *(words[i] for i in order[:LEVELS]))


def _codes(levels: tuple[str, ...]) -> Array:
    """Codes of the levels and of unseen ones: -1 for missing, then 0, 1, 2 by frequency, -2 for unseen."""
    return np.array([MISSING_CODE, *range(len(levels) - 1), UNSEEN_CODE])


def _embedded(known: Array) -> Array:
    """Codes for an embedding: 1, 2, 3 for the commonest levels with enough rows, 0 for all others."""
    order = np.argsort(-known[:-1], kind="stable")
    order = order[known[order] >= RARE][:EMBEDDED]
    codes = np.zeros(len(known))
    codes[order] = np.arange(1, len(order) + 1)
    return codes


def _places(words: list[str], levels: tuple[str, ...]) -> Array:
    """The row of the table for each word."""
    place = {level: at for at, level in enumerate(levels)}
    return np.array([place.get(word, len(levels)) for word in words], np.int64)


def _unit(size: int, at: int) -> Array:
    column = np.zeros(size)
    column[at] = 1.0
    return column


class Category(Modality):
    """Names of things: carriers, colours, yes or no, postal codes."""

    name = "category"
    becomes = "one-hot where few, out-of-fold target means and counts where many; missing and unseen apart"

    def recognize(self, facts: Facts) -> tuple[float, str]:
        if facts.dtype == "bool":
            return 0.95, "it holds true and false."
        if facts.dtype == "int" and 20 <= facts.distinct <= LEVELS and coded(facts.name):
            return 0.9, f"its name says a code, and it has {facts.distinct:,} distinct values."
        if facts.dtype != "text":
            return 0.1, f"it holds {facts.dtype}, not names."
        if facts.distinct > 0.5 * (facts.rows - facts.missing) and facts.length > 30:
            return 0.2, f"it is long text, {facts.length:.0f} characters on average, hardly ever repeated."
        return 0.9, f"it is text with {facts.distinct:,} distinct values."

    def wire(self, facts: Facts) -> str:  # noqa: ARG002
        return "string"

    def summarize(self, column: pl.Series) -> Mapping[str, Any]:
        """Returns counts, and the 20 most frequent values under `top` with the rest counted in `others`."""
        codes, words = texts(column)
        counts = np.bincount(codes, minlength=len(words))
        order = sorted((i for i, word in enumerate(words) if word), key=lambda i: (-counts[i], words[i]))
        top = [{"value": words[i], "count": int(counts[i])} for i in order[:20]]
        missing = sum(int(counts[i]) for i, word in enumerate(words) if not word)
        shown = int(counts[order[:20]].sum())
        rest = {"others": len(column) - missing - shown, "distinct": len(order)}
        return {"rows": len(column), "missing": missing, **rest, "top": top}

    def vectorizer(self, view: View, facts: Mapping[str, Facts]) -> Vectorizer:
        (one,) = facts.values()
        return CategoryVectorizer(one.name, view, uses_target=one.distinct > FEW[view])

    def coded(self, facts: Mapping[str, Facts]) -> bool:
        """Returns whether there may be too many levels to see one by one."""
        return any(one.distinct > ONES for one in facts.values())

    def examples(self, column: pl.Series) -> list[Any]:
        """Returns missing, unseen, empty and odd text; for numbers as names, unlikely ones."""
        if column.dtype == pl.Boolean:
            return [None, True, False]
        if column.dtype.is_integer():
            return [None, 0, -1, 2**31 - 1]
        if column.dtype.is_float():
            return [None, 0.0, -1.0, 0.5, 2.0**31]
        odd = ["Ünïcødé 東京 🚀", "e\u0301", "'quoted\", comma\n", "x" * 300]
        return [None, "", " ", "never seen before", *odd]


def coded(name: str) -> bool:
    """Whether a name says that numbers are names: a code, a number, an id, but not a number of something.

    >>> [coded(name) for name in ("zip_code", "flightNumber", "number_of_rooms", "width")]
    [True, True, False, False]
    """
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    return bool(words) and "of" not in words and (words[-1] in CODED or words[0] in {"zip", "postal"})


modalities.add("category", Category())
