"""Where items lie: numbers that lie near each other where what the items show is alike."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from milepost.data.infer import infer_schema
from milepost.data.recipe import Recipe
from milepost.data.schema import Schema
from milepost.data.transform import Transform
from milepost.digest import Json
from milepost.modalities.base import text
from milepost.modalities.media import digest_of

Array = np.ndarray[Any, Any]
WORDS = 32
"""Numbers that a text without a pretrained network becomes."""


def frame_of(contents: Sequence[Json], names: Sequence[str] = ()) -> pl.DataFrame:
    """The contents of items as a table: a column a field that holds single values.

    Args:
        contents: what each item shows; a bare text is a table of one column, `content`.
        names: columns that shall be there whatever the items hold.
    """
    rows = [content if isinstance(content, dict) else {"content": content} for content in contents]
    fields = {name: None for row in rows for name in row} | dict.fromkeys(names)
    plain: dict[str, list[Json]] = {}
    for name in fields:
        values = [row.get(name) for row in rows]
        if any(isinstance(value, dict | list) for value in values):
            continue
        mixed = any(isinstance(value, str) for value in values)
        plain[name] = [str(v) if mixed and v is not None else v for v in values]
    return pl.DataFrame(plain, strict=False, infer_schema_length=None)


def brief(content: Json, most: int = 100) -> str:
    """What an item shows, in one short line; media by their kind.

    >>> brief({"photo": "image:" + "0" * 64, "title": "A cat", "age": 3})
    'photo: image · title: A cat · age: 3'
    """
    if isinstance(content, dict):
        return " · ".join(f"{name}: {brief(inner, most)}" for name, inner in content.items())[:most]
    words = f"{content:.5g}" if isinstance(content, float) else str(content)
    return words.partition(":")[0] if digest_of(words) else " ".join(words.split())[:most]


def places(frame: pl.DataFrame) -> Array:
    """Where rows lie, float32 (rows, width): each column counts alike, whatever it holds.

    Texts, images and sounds by what a pretrained network makes of them, where it is installed; without one
    images and sounds by their statistics and texts by their words (TF-IDF, its first 32 singular vectors).
    Numbers are scaled, categories one-hot. No label has any part in it.

    Args:
        frame: raw rows, without the target.
    """
    if not frame.height or not frame.width:
        return np.zeros((frame.height, 1), np.float32)
    schema = infer_schema(frame)
    found = [_even(words(frame[name])) for name in _wordy(schema, frame)]
    spared = Schema(tuple(c for c in schema.columns if c.name not in _wordy(schema, frame)))
    if spared.inputs:
        recipe = Recipe.of(frame, spared)
        made, matrix = recipe.fit(frame, recipe.view("embedded"), None)
        found += [_even(matrix[:, part]) for part in _parts(made)]
    return np.concatenate(found, axis=1) if found else np.zeros((frame.height, 1), np.float32)


def words(column: pl.Series) -> Array:
    """Texts by the words they share: the first singular vectors of their TF-IDF, (rows, 32 at most)."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    values = text(column).fill_null("").to_list()
    try:
        table = TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\w+").fit_transform(values)
    except ValueError:  # no word in any of them
        return np.zeros((len(values), 1), np.float32)
    width = min(WORDS, *(size - 1 for size in table.shape))
    if width < 1:
        return np.asarray(table.toarray(), np.float32)
    return np.asarray(TruncatedSVD(width, random_state=0).fit_transform(table), np.float32)


def _wordy(schema: Schema, frame: pl.DataFrame) -> list[str]:
    """Texts for which there is no network, and, where nothing else tells items apart, all that is text."""
    from milepost.modalities.minilm import installed

    texts = [c.name for c in schema.inputs if c.modality == "text" and not installed()]
    if schema.inputs:
        return texts
    return [c.name for c in schema.columns if frame[c.name].dtype == pl.String and c.dtype == "text"]


def _parts(made: Transform) -> list[slice]:
    """The features of each field."""
    ends = np.cumsum([0, *(len(fitted.features) for _, fitted in made.parts)])
    return [slice(int(a), int(b)) for a, b in pairwise(ends.tolist()) if b > a]


def _even(part: Array) -> Array:
    """Centred, with a variance of 1 over all of its numbers together."""
    rows = np.nan_to_num(np.asarray(part, np.float32))
    rows = rows - rows.mean(0)
    return np.asarray(rows / max(float(np.sqrt((rows**2).sum(1).mean())), 1e-9))
