"""Texts, images and sounds to look at: samples of each class, odd ones, typical words, plain measures."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.data.measured import kinds_of, measured
from milepost.data.schema import Schema
from milepost.digest import Digest
from milepost.errors import MilepostError
from milepost.report.sentences import count, number
from milepost.report.thumbs import thumbnail
from milepost.statistics.keywords import log_odds
from milepost.statistics.univariate import univariate_score
from milepost.steps.work import Work
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]
CLASSES, EACH = 12, 6
"""Classes that are shown, the commonest first, and rows of each."""
ODD, FAR = 12, 4.0
"""Odd rows that are shown at most, and how many interquartile ranges from the middle they lie at least."""
WORDS, SURE, OFTEN = 12, 3.0, 5
"""Words told of each class; standard errors, and texts that hold them, from which words are told."""
READ = 20_000
"""Texts that words are counted in."""
LONG = 280
"""Characters of a text that are shown."""
BINS = 24
BY = ("characters", "brightness", "seconds", "width", "contrast", "loudness", "capitals")
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class Looked:
    """What was seen of one column.

    Args:
        name: the column.
        kind: "text", "image" or "sound".
        shapes: histogram of each measure: counts, lowest and highest value.
        scores: what each measure tells about the target on its own: an AUC, or a share of variance.
        words: the most typical words of each class, the commonest classes first.
    """

    name: str
    kind: str
    shapes: Mapping[str, tuple[tuple[int, ...], float, float]]
    scores: Mapping[str, float]
    words: tuple[tuple[str, tuple[str, ...]], ...] = ()


def look(
    work: Work, rows: pl.DataFrame, schema: Schema, truth: Array
) -> tuple[tuple[Looked, ...], dict[str, Digest]]:
    """Looks at the columns of texts, images and sounds; development rows only.

    Returns:
        What was seen, and what was kept: `measures`, a table of the rows, and a table `sheet.NAME` of the
        samples of each column.
    """
    task, out = work.task, ("target", "group", "time", "key")
    kinds = kinds_of(rows, {c.name: c.modality for c in schema.columns if c.role not in out})
    if not kinds:
        return (), {}
    work.say(f"looking at {', '.join(kinds)}")
    table = measured(rows, kinds, watch=work.say)
    bands = classes(task, truth)
    kept = {"measures": work.keep(table)}
    found = []
    for name, kind in kinds.items():
        mine = table.select(
            pl.col(c).alias(c.removeprefix(f"{name}: ")) for c in table.columns if c.startswith(f"{name}: ")
        )
        words = typical(rows[name], bands) if kind == "text" and task.labels else ()
        found.append(Looked(name, kind, _shapes(mine), _scores(mine, truth, work), words))
        kept[f"sheet.{name}"] = work.keep(sheet(rows[name], bands, mine, work.seed))
    return tuple(found), kept


def measures_of(work: Work, rows: Array, most: int = 3) -> pl.DataFrame:
    """Measures worth comparing results by, of some development rows: first those named in `BY`.

    Args:
        work: work of a step after `understand`.
        rows: numbers of the rows.
        most: measures, at most.
    """
    if "measures" not in work.evidence["understand"].artifacts:
        return pl.DataFrame()
    table = work.blobs.get_frame(work.artifact("understand", "measures"))
    told = [name for name in table.columns if name.rpartition(": ")[2] in BY and table[name].n_unique() > 5]
    return table[rows].select(sorted(told, key=lambda name: BY.index(name.rpartition(": ")[2]))[:most])


def classes(task: Task, truth: Array) -> list[tuple[str, Array]]:
    """Groups of rows worth telling apart: name and places; classes, or fourths of a number, low to high."""
    if not task.labels:
        value = np.asarray(truth, np.float64).reshape(len(truth), -1)[:, 0]
        edges = np.unique(np.quantile(value, [0, 0.25, 0.5, 0.75, 1]))
        place = np.clip(np.searchsorted(edges, value, "right") - 1, 0, max(0, len(edges) - 2))
        ends = itertools.pairwise(edges)
        return [
            (f"{task.targets[0]} {number(a)} to {number(b)}", np.flatnonzero(place == k))
            for k, (a, b) in enumerate(ends)
        ]
    sides = truth if truth.ndim > 1 else np.arange(len(task.labels))[None, :] == truth[:, None]
    found = [(str(label), np.flatnonzero(sides[:, k])) for k, label in enumerate(task.labels)]
    return sorted((band for band in found if len(band[1])), key=lambda band: -len(band[1]))


def sheet(
    column: pl.Series, bands: list[tuple[str, Array]], measures: pl.DataFrame, seed: int
) -> pl.DataFrame:
    """Some rows of each band, and rows unlike the others, as a table: band, image, text, note."""
    random = np.random.default_rng(seed)
    known = column.is_not_null().to_numpy()
    shown: list[tuple[str, int, str]] = []
    for name, places in bands[:CLASSES]:
        able = places[known[places]]
        drawn = np.sort(random.permutation(able)[:EACH])
        shown += [(f"{name} ({count(len(places))} rows)", int(at), "") for at in drawn]
    shown += [("unlike the others", at, says) for at, says in odd(measures)]
    kept = [(band, *_shown(column[at]), note) for band, at, note in shown]
    return pl.DataFrame(
        kept, schema=dict.fromkeys(("band", "image", "text", "note"), pl.String), orient="row"
    )


def odd(measures: pl.DataFrame) -> list[tuple[int, str]]:
    """Rows that lie far from the others by some measure, the farthest first, and by which."""
    found: dict[int, tuple[float, str]] = {}
    for name in measures.columns:
        values = measures[name].fill_null(float("nan")).to_numpy()
        if np.isfinite(values).sum() < 20:
            continue
        low, middle, high = np.nanquantile(values, [0.25, 0.5, 0.75])
        far = np.abs(np.nan_to_num(values - middle)) / ((high - low) or np.nanstd(values) or 1.0)
        for at in np.argsort(-far, kind="stable")[:ODD]:
            if far[at] >= FAR and far[at] > found.get(int(at), (0.0, ""))[0]:
                found[int(at)] = (float(far[at]), f"{name} {number(float(values[at]))}")
    order = sorted(found, key=lambda at: -found[at][0])[:ODD]
    return [(at, found[at][1]) for at in order]


def typical(column: pl.Series, bands: list[tuple[str, Array]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The words that are most typical of each band against all others."""
    texts = column.cast(pl.String).fill_null("").to_list()
    some = set(np.random.default_rng(0).permutation(len(texts))[:READ].tolist())
    held = [Counter[str]() for _ in bands]
    for counter, (_, places) in zip(held, bands, strict=True):
        for at in places:
            if int(at) in some:
                counter.update(set(_WORD.findall(texts[at].lower())))
    total = sum(held, Counter[str]())
    words = sorted(total)
    if not words or len(bands) < 2:
        return ()
    counts = np.array([[counter[word] for counter in held] for word in words])
    often = counts.sum(1, keepdims=True) >= OFTEN
    odds = np.where(often, log_odds(counts, min(1_000.0, counts.sum() / 10)), 0.0)
    told = []
    for k, (name, _) in enumerate(bands[:CLASSES]):
        order = np.argsort(-odds[:, k], kind="stable")[:WORDS]
        told.append((name, tuple(words[i] for i in order if odds[i, k] >= SURE)))
    return tuple(told)


def _shown(value: str) -> tuple[str, str]:
    """A value as a picture, or as text."""
    if value.startswith(("image:", "sound:")):
        try:
            return thumbnail(value), ""
        except MilepostError:
            return "", "cannot be read"
    return "", value if len(value) <= LONG else f"{value[: LONG - 1]}…"


def _shapes(measures: pl.DataFrame) -> dict[str, tuple[tuple[int, ...], float, float]]:
    found = {}
    for name in measures.columns:
        values = measures[name].drop_nulls().to_numpy()
        if len(values) and values.min() < values.max():
            low, high = np.quantile(values, [0.0, 0.99])
            high = high if high > low else values.max()
            counts, _ = np.histogram(np.minimum(values, high), BINS, (low, high))
            found[name] = (tuple(counts.tolist()), float(low), float(high))
    return found


def _scores(measures: pl.DataFrame, truth: Array, work: Work) -> dict[str, float]:
    """What each measure tells about the target on its own."""
    if truth.ndim > 1:
        return {}
    found = {}
    for name in measures.columns:
        values = measures[name].fill_null(float("nan")).to_numpy()
        known = np.isfinite(values)
        if known.sum() >= 50 and np.ptp(values[known]) > 0:
            found[name] = float(
                univariate_score(values[known], truth[known], work.task.family, seed=work.seed)
            )
    return found
