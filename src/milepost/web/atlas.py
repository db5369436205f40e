"""Rows as points: what each column holds becomes numbers, which are laid flat; classes to colour them by."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.data.content import numbers
from milepost.modalities import media
from milepost.modalities.coordinates import split
from milepost.report.blocks import Chart
from milepost.report.sentences import count, number, percent
from milepost.report.theme import MUTED, WIDTH, finish, key
from milepost.report.vega import channel, mark

Array = np.ndarray[Any, Any]

ROWS, MEDIA_ROWS = 2_000, 500
"""Rows that are laid flat, and where there are images or sounds, which take longer."""
CLASSES = 7
"""Classes with a colour of their own; the others share one."""
WORDS = 10
"""Values of a column that are told apart, the commonest ones."""
LONG = 24.0
"""Letters from which a column of many different texts is read word by word, on average."""
INNER = 20
"""Numbers that a text, an image or a sound is brought to first."""
COLOURS = ("#1c7ed6", "#e8590c", "#2f9e44", "#ae3ec9", "#c98a00", "#0c8599", "#e03131", "#868e96")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "circle")
OTHERS, NONE = "others", "no label"


@dataclass(frozen=True)
class Flat:
    """Rows laid flat.

    Args:
        rows: their numbers among the development rows (n,).
        points: where they lie (n, 2).
        kept: the share of the variance that two dimensions keep.
        columns: the columns that were looked at.
    """

    rows: Array
    points: Array
    kept: float
    columns: tuple[str, ...]


def flat(frame: pl.DataFrame, without: Sequence[str], seed: int = 0) -> Flat:
    """Lays rows flat by principal components; each column weighs the same, whatever it holds.

    Args:
        frame: the rows.
        without: columns that are not looked at, such as the target.
        seed: of the rows that are drawn, where there are many.
    """
    from sklearn.decomposition import PCA

    names = [name for name in frame.columns if name not in without]
    seen = any(media.kind_of(frame[name]) for name in names)
    most = MEDIA_ROWS if seen else ROWS
    rows = np.sort(np.random.default_rng(seed).permutation(frame.height)[:most])
    some = frame[rows]
    parts = {name: part for name in names if (part := _part(some[name])) is not None}
    if not parts or len(rows) < 3:
        return Flat(rows, np.zeros((len(rows), 2)), 0.0, tuple(parts))
    whole = np.column_stack([*parts.values(), np.zeros((len(rows), 1))])
    found = PCA(2, random_state=0).fit(whole)
    kept = float(np.nan_to_num(found.explained_variance_ratio_.sum()))
    return Flat(rows, found.transform(whole), kept, tuple(parts))


def _part(column: pl.Series) -> Array | None:
    """A column as numbers (n, k) of mean 0 and variance 1 in all; None where it tells nothing."""
    kind = media.kind_of(column)
    if kind:
        made = _fewer(numbers(column, kind))
    elif column.dtype.is_numeric() or column.dtype.is_temporal() or column.dtype == pl.Boolean:
        plain = column.to_physical().cast(pl.Float64)
        plain = plain.set(~plain.is_finite().fill_null(False), None)
        if plain.null_count() == len(plain):
            return None
        ranks = plain.rank("average").fill_null((len(plain) + 1) / 2)
        made = np.column_stack([ranks.to_numpy(), plain.is_null().to_numpy()])
    elif column.dtype == pl.String:
        made = _words(column)
    else:
        return None
    made = np.asarray(made, np.float64)
    made = made - made.mean(0)
    spread = np.sqrt(made.var(0).sum())
    return made / spread if spread > 1e-9 else None


def _words(column: pl.Series) -> Array:
    """Texts word by word where they are long, else one column a common value."""
    if (
        column.n_unique() > WORDS
        and float(np.nanmean(column.str.len_chars().cast(pl.Float64).to_numpy())) > LONG
    ):
        return _fewer(numbers(column, "text"))
    often = column.drop_nulls().value_counts(sort=True)[column.name][:WORDS].to_list()
    return np.column_stack([(column == value).fill_null(False).to_numpy() for value in often] or
                           [np.zeros(len(column))])  # fmt: skip


def _fewer(rows: Any) -> Array:
    from scipy.sparse import issparse
    from sklearn.decomposition import PCA, TruncatedSVD

    most = min(INNER, rows.shape[0] - 1, rows.shape[1] - 1)
    if most < 1:
        return np.asarray(rows.todense() if issparse(rows) else rows, np.float64)
    if issparse(rows):
        return np.asarray(TruncatedSVD(most, random_state=0).fit_transform(rows))
    even = (rows - rows.mean(0)) / np.maximum(rows.std(0), 1e-9)
    return np.asarray(PCA(most, random_state=0).fit_transform(even))


def classes(column: pl.Series) -> list[str]:
    """The class of each value: fourths of numbers, the commonest values of others, and what has none.

    >>> classes(pl.Series("y", ["a", "b", None, "a"]))
    ['a', 'b', 'no label', 'a']
    """
    if column.dtype.is_numeric() and column.n_unique() > CLASSES + 1:
        plain = column.cast(pl.Float64)
        edges = np.unique(np.nanquantile(plain.drop_nulls().to_numpy(), [0, 0.25, 0.5, 0.75, 1]))
        names = [f"{number(a)} to {number(b)}" for a, b in itertools.pairwise(edges)] or ["all"]
        place = np.clip(np.searchsorted(edges, plain.fill_null(edges[0]).to_numpy(), "right") - 1, 0, None)
        gone = column.is_null().to_list()
        return [
            NONE if no else names[min(int(at), len(names) - 1)] for at, no in zip(place, gone, strict=True)
        ]
    words = column.cast(pl.String, strict=False)
    often = set(words.drop_nulls().value_counts(sort=True)[column.name][:CLASSES].to_list())
    if words.drop_nulls().n_unique() <= CLASSES:
        often |= set(words.drop_nulls().to_list())
    return [NONE if word is None else word if word in often else OTHERS for word in words.to_list()]


def pairs(frame: pl.DataFrame) -> list[tuple[str, str]]:
    """Columns that are a latitude and a longitude of one place."""
    sides: dict[str, dict[str, str]] = {}
    for name, kind in frame.schema.items():
        side, rest = split(name)
        if side and kind.is_numeric():
            sides.setdefault(rest, {})[side] = name
    return [(each["latitude"], each["longitude"]) for each in sides.values() if len(each) == 2]


def points(
    places: Array, labels: Sequence[str], rows: Array, words: Mapping[str, str], squeeze: float = 0.0
) -> Chart:
    """Returns points with a colour and a shape a class.

    Args:
        places: x and y (n, 2).
        labels: the class of each.
        rows: the number of each row, for those who read the numbers.
        words: `title`, `x` and `y`.
        squeeze: height of a unit of y by the width of a unit of x; 0 fills a square.
    """
    order = sorted(set(labels), key=lambda name: (name in (OTHERS, NONE), -labels.count(name), name))
    grey = len(COLOURS) - 1
    at = [min(i, grey) if name not in (OTHERS, NONE) else grey for i, name in enumerate(order)]
    table = [
        {"x": x, "y": y, "class": label, "row": int(row)}
        for (x, y), label, row in zip(places, labels, rows, strict=True)
    ]
    spread = np.ptp(places, axis=0) if len(places) else np.ones(2)
    tall = WIDTH * (spread[1] * squeeze / max(1e-9, spread[0]) if squeeze else 0.8)
    plain = {"zero": False, "nice": False}
    axis = {"tickCount": 5, "grid": bool(squeeze), "labels": bool(squeeze)}
    encoding = {
        "x": channel("x:Q", title=words["x"], scale=plain, axis=axis),
        "y": channel("y:Q", title=words["y"], scale=plain, axis=axis),
        "color": channel("class:N", scale={"domain": order, "range": [COLOURS[i] for i in at]},
                         legend=key(columns=4, symbolLimit=CLASSES + 2, labelColor=MUTED)),
        "shape": channel("class:N", scale={"domain": order, "range": [SHAPES[i] for i in at]}),
    }  # fmt: skip
    told = ", ".join(f"{name} {count(labels.count(name))}" for name in order)
    chart = mark("point", encoding, table, size=24, opacity=0.8, filled=True)
    return finish(chart, int(np.clip(tall, 220, 460)) + 60, words["title"], f"{words['title']}: {told}.")


def share(found: Flat) -> str:
    """How much of what rows differ in two dimensions show, as a sentence."""
    return (
        f"{count(len(found.rows))} rows by {count(len(found.columns))} columns of equal weight; rows that "
        f"are alike lie near each other. The plane keeps {percent(found.kept)} of what they differ in."
    )
