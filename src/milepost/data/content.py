"""Texts, images and sounds of two samples as numbers, and how well the samples can be told apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

from milepost.data.facts import facts_of
from milepost.data.measured import of, texts
from milepost.data.nearimage import small
from milepost.data.nearsound import heard
from milepost.errors import MilepostError
from milepost.modalities import kept, media
from milepost.modalities.base import modalities
from milepost.modalities.feeds import decode

Array = np.ndarray[Any, Any]

ROWS = 500
"""Rows of each sample that are compared."""
KEPT = 20_000
"""Images and sounds whose numbers are kept in memory, some 30 MB."""
HASHES = 2**13
"""Numbers that words and runs of three letters are hashed to."""
KINDS = ("text", *media.KINDS)


@dataclass(frozen=True, eq=False)
class Apart:
    """How well two samples of a column can be told apart.

    Args:
        auc: of a classifier on rows it did not learn from; .5 cannot.
        size: twice what it is above .5, less what chance makes; 0 where nothing changed, 1 where all did.
        before, now: how sure the classifier is that a row is of the second sample, a number a row.
    """

    auc: float
    size: float
    before: Array
    now: Array


def drawn(rows: int, seed: int = 0) -> Array:
    """The rows of a sample that are compared, in order."""
    return np.sort(np.random.default_rng(seed).permutation(rows)[:ROWS])


def numbers(column: pl.Series, kind: str) -> Any:
    """Values as rows of numbers: hashed words, what a frozen network sees in images, or what is heard.

    Images are also told by their measures and as 8 x 8 colours, which is all there is where no pretrained
    network is installed. Missing values are rows of zeros.

    Args:
        column: the values.
        kind: "text", "image" or "sound".

    Returns:
        A dense or sparse matrix with a row a value.
    """
    if kind == "text":
        return _words(column)
    plain = np.stack([_seen(value) for value in column.to_list()]) if len(column) else np.zeros((0, 1))
    if kind == "image":
        deep = _frozen(column)
        plain = plain if deep is None else np.column_stack([plain, deep])
    return plain


def apart(before: Any, now: Any, seed: int = 0) -> Apart:
    """Tells two samples apart by logistic regression, each half judged by the other (Lopez-Paz & Oquab 2017).

    Args:
        before: rows of numbers (n, k), see `numbers`.
        now: the same of the second sample (m, k).
        seed: of the halves.
    """
    from scipy.sparse import issparse, vstack
    from sklearn.linear_model import LogisticRegression

    from milepost.statistics.univariate import auc

    n, m = before.shape[0], now.shape[0]
    if min(n, m) < 4:
        return Apart(0.5, 0.0, np.full(n, 0.5), np.full(m, 0.5))
    rows = vstack([before, now]).tocsr() if issparse(before) else _even(before, now)
    second = np.r_[np.zeros(n), np.ones(m)]
    random = np.random.default_rng(seed)
    half = np.concatenate([random.permutation(size) % 2 for size in (n, m)])
    said = np.empty(n + m)
    for k in (0, 1):
        model = LogisticRegression(C=1.0 if issparse(before) else 0.01, class_weight="balanced", max_iter=300)
        model.fit(rows[half != k], second[half != k])
        said[half == k] = model.predict_proba(rows[half == k])[:, 1]
    found = float(np.mean([auc(second[half == k], said[half == k]) for k in (0, 1)]))
    chance = math.sqrt((n + m + 1) / (12 * n * m))
    return Apart(found, max(0.0, 2 * (found - 0.5 - chance)), said[:n], said[n:])


def _words(column: pl.Series) -> Any:
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import HashingVectorizer

    values = column.cast(pl.String).fill_null("").to_list()
    if not values:
        return csr_matrix((0, 2 * HASHES + 2))
    words = HashingVectorizer(n_features=HASHES, alternate_sign=False, token_pattern=r"\w+")
    runs = HashingVectorizer(analyzer="char_wb", ngram_range=(3, 3), n_features=HASHES, alternate_sign=False)
    lengths = np.log1p(texts(column).select("characters", "words").fill_null(0.0).to_numpy()) / 10
    return hstack([words.transform(values), runs.transform(values), lengths]).tocsr()


def _seen(value: str | None) -> Array:
    """An image or a sound as a few numbers; zeros where it is missing or cannot be read."""
    try:
        if value is None:
            raise MilepostError("missing")
        return _looked(value)
    except MilepostError:
        image = value is None or value.startswith("image:")
        return np.zeros(5 + 192 if image else 3 + 96)


@lru_cache(maxsize=KEPT)
def _looked(value: str) -> Array:
    """The same of one that is there; windows of the past hold the same ones many times."""
    if value.startswith("image:"):
        pixels = decode(media.load(value), "pixels")
        colours = np.stack([small(np.repeat(pixels[:, :, k, None], 3, 2)) for k in range(3)])
        coarse = colours.reshape(3, 8, 4, 8, 4).mean((2, 4)).ravel()
        return np.concatenate([np.nan_to_num(of(value)), coarse])
    profile = heard(decode(media.load(value), "wave")).profile
    return np.concatenate([np.nan_to_num(of(value)), profile])


def _frozen(column: pl.Series) -> Array | None:
    """What a pretrained network makes of images; None without one."""
    facts = facts_of(column)
    try:
        kind = modalities["image"]
        known = {column.name: facts}
        if "embedded" not in kind.views(known):
            return None
        fitted = kind.vectorizer("embedded", known).fit(column.to_frame(), None, None)
        if fitted.frozen is None:
            return None
        return kept.answers(fitted.frozen, column, kind.wire(facts))
    except MilepostError:
        return None


def _even(before: Array, now: Array) -> Array:
    """Both samples with the mean and spread of the first taken off."""
    both = np.concatenate([before, now]).astype(np.float64)
    spread = both.std(0)
    return np.asarray((both - before.mean(0)) / np.where(spread > 1e-9, spread, 1.0))
