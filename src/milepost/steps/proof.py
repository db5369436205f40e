"""Golden rows and the native model's answers to them: what every copy of the package has to reproduce."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import numpy as np
import polars as pl

from milepost.data.schema import Schema
from milepost.digest import Digest, Json, digest_bytes
from milepost.errors import InputError
from milepost.modalities import media
from milepost.modalities.base import text
from milepost.modalities.doors import BLANKS, WIDE, decode
from milepost.shipping import inline
from milepost.shipping.manifest import Column
from milepost.shipping.package import golden, with_examples
from milepost.shipping.wire import tensors
from milepost.tasks.base import Cut, Task

Array = np.ndarray[Any, Any]
SAMPLE, VALUES, LEAST = 5000, 500_000, 500
"""Values of a column that are looked at, of all columns together, and of each of many at least."""
GOLDEN, CARD = 500, 40_000
"""Golden rows, and bytes of manifest, card and answers beside them."""
CELLS = 50_000
"""Values of golden rows, at most; of many columns there are fewer rows, as each holds edge cases of many."""
FEW = 60
"""Golden rows where there are texts, images or sounds: a server proves its package each time it starts."""
LOOKED = 24
"""Images or sounds whose size is measured, so that golden ones are as large."""
TOLERANCE, WIDER = 1e-5, 1e-4
"""How far an answer may be off, and where there are texts, images or sounds, whose sums are longer."""

_made: dict[Digest, bytes] = {}
media.shelve("golden", _made.get)


def doors(schema: Schema) -> tuple[Column, ...]:
    """The package's columns, without examples."""
    return tuple(Column(c.name, c.dtype, c.modality, c.wire) for c in schema.inputs)  # type: ignore[arg-type]


def overhead(frame: pl.DataFrame, schema: Schema, seed: int) -> int:
    """About how many bytes of a package are no model: golden rows, their answers, manifest and card."""
    return len(msgspec.json.encode(rows(frame, schema, GOLDEN, seed)[1])) + CARD


def samples(frame: pl.DataFrame, schema: Schema, seed: int) -> dict[str, list[Json]]:
    """A sample of each column's values as JSON, each column shuffled on its own."""
    found: dict[str, list[Json]] = {}
    most = min(frame.height, SAMPLE, max(LEAST, VALUES // max(1, len(schema.inputs))))
    places = {column.name: place for place, column in enumerate(schema.inputs) if column.wire not in BLANKS}
    drawn = frame.select(
        pl.col(name).sample(most, seed=seed + place, shuffle=True) for name, place in places.items()
    )
    for column in schema.inputs:
        if column.wire in BLANKS:  # golden pictures and sounds are made by program
            found[column.name] = _sizes(frame[column.name], column.wire, seed)
            continue
        values = drawn[column.name]
        if column.dtype == "text":
            values = text(values)
        elif column.dtype in ("date", "datetime"):
            values = values.cast(pl.Date if column.dtype == "date" else pl.Datetime("us")).dt.to_string(
                "iso:strict"
            )
        found[column.name] = [None if v is None or v != v else v for v in values.to_list()]
    return found


def _sizes(series: pl.Series, wire: str, seed: int) -> list[Json]:
    """How large a few images are, [width, height], or how long sounds are, seconds: nothing else of them."""
    known = series.drop_nulls().unique(maintain_order=True)
    found: list[Json] = []
    for value in known.sample(min(LOOKED, len(known)), seed=seed):
        with suppress(InputError):  # its bytes may be gone
            row = decode(media.load(value), wire)
            found.append([row.shape[1], row.shape[0]] if wire == "pixels" else (len(row) - 1) / float(row[0]))
    return found


def rows(
    frame: pl.DataFrame, schema: Schema, count: int, seed: int
) -> tuple[tuple[Column, ...], dict[str, list[Json]]]:
    """The package's columns with examples, and its golden rows by column."""
    drawn = samples(frame, schema, seed)
    columns = with_examples(doors(schema), drawn)
    most = FEW if any(column.wire in WIDE for column in columns) else max(FEW, CELLS // len(columns))
    return columns, golden(columns, drawn, min(count, most), seed)


def tolerance(columns: Sequence[Column]) -> float:
    """How far an answer of a package with these columns may be off."""
    return WIDER if any(column.wire in WIDE for column in columns) else TOLERANCE


def raw(columns: Sequence[Column], given: Mapping[str, Sequence[Json]]) -> pl.DataFrame:
    """JSON rows as a table of raw columns, by way of the tensors that the graph would get.

    Texts stay as they are, and media are put where their references find them.
    """
    found = {}
    for column in columns:
        if column.wire in WIDE:
            found[column.name] = _wide(column, given[column.name])
    narrow = [column for column in columns if column.wire not in WIDE]
    for name, tensor in tensors(narrow, given).items():
        values = tensor.ravel()
        if values.dtype == object:
            found[name] = pl.Series(name, [v or None for v in values], dtype=pl.String)
        elif values.dtype == np.int64:
            found[name] = pl.Series(name, values).replace(np.iinfo(np.int64).min, None)
        else:
            found[name] = pl.Series(name, values)
    return pl.DataFrame({column.name: found[column.name] for column in columns}).fill_nan(None)


def _wide(column: Column, values: Sequence[Json]) -> pl.Series:
    if column.wire == "bytes":
        return pl.Series(column.name, values, dtype=pl.String)
    references: list[str | None] = []
    for value in values:
        data = inline.unpack(value, column.dtype)
        if data is not None:
            _made[digest_bytes(data)] = data
        references.append(None if data is None else media.reference(column.dtype, digest_bytes(data)))
    return pl.Series(column.name, references, dtype=pl.String)


def answers(task: Task, prediction: Array, threshold: Cut | None) -> dict[str, Json]:
    """The answers a package must give, from native predictions."""
    if not task.labels:
        return {"value": np.asarray(prediction, np.float64).reshape(len(prediction), -1).tolist()}
    proba = np.asarray(prediction, np.float64)
    wide = np.column_stack([1 - proba, proba]) if proba.ndim == 1 else proba
    wide = wide.astype(np.float32)
    found: dict[str, Json] = {"proba": wide.tolist()}
    chosen = task.decide(prediction, threshold)
    if threshold is not None:
        found["decision"] = chosen.reshape(len(chosen), -1).tolist()
    if task.exclusive:
        found["label"] = [[task.labels[int(c)]] for c in chosen]
    else:
        found["label"] = np.where(chosen == 1, np.array(task.labels, dtype=object), "").tolist()
    return found
