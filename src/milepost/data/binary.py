"""Columns of bytes: images and sounds inside a table, as Parquet files and databases hold them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from milepost.data import spool
from milepost.data.files import LARGEST, Aside
from milepost.data.paths import FILE
from milepost.errors import InputError
from milepost.modalities import media
from milepost.modalities.signatures import HEAD, kind_of_bytes

_BATCH = 256
_SAMPLE = 100


def holds_media(frame: pl.DataFrame) -> bool:
    """Whether a frame has columns of bytes, alone or as Hugging Face keeps them: {bytes, path}."""
    return any(_binary(dtype) for dtype in frame.schema.values())


def _binary(dtype: pl.DataType) -> bool:
    if isinstance(dtype, pl.Struct):
        fields = {field.name: field.dtype for field in dtype.fields}
        return fields.get("bytes") == pl.Binary and set(fields) <= {"bytes", "path"}
    return dtype == pl.Binary


def unpacked(frame: pl.DataFrame, first: int = 0) -> tuple[pl.DataFrame, list[Aside]]:
    """Replaces the bytes in columns of bytes by references; the names of files become a column `file`.

    A value {bytes, path} without bytes becomes its path, to be looked for beside the table.

    Args:
        frame: the table.
        first: the number of its first row.

    Raises:
        InputError: a column holds bytes that are neither images nor sounds.
    """
    aside: list[Aside] = []
    columns: dict[str, pl.Series] = {}
    for name, dtype in frame.schema.items():
        if not _binary(dtype):
            columns[name] = frame[name]
            continue
        cells, paths = _cells(frame[name])
        values, bad = _values(name, cells, paths, first)
        aside += bad
        bare = all(
            value is None for value in values
        )  # only paths: a dataset that was saved without its files
        columns[name] = pl.Series(name, paths if bare and any(paths) else values, pl.String)
        if any(paths) and FILE not in frame.columns and FILE not in columns and not bare:
            names = [None if path is None else PurePosixPath(path).name for path in paths]
            columns = {FILE: pl.Series(FILE, names, pl.String), **columns}
    return pl.DataFrame(list(columns.values())), aside


def _cells(column: pl.Series) -> tuple[list[bytes | None], list[str | None]]:
    if column.dtype == pl.Binary:
        return column.to_list(), [None] * len(column)
    cells = column.to_list()
    return (
        [cell and cell.get("bytes") for cell in cells],
        [(cell and cell.get("path")) or None for cell in cells],
    )


def _values(
    name: str, cells: Iterable[bytes | None], paths: list[str | None], first: int
) -> tuple[list[str | None], list[Aside]]:
    known = list(cells)
    kinds = [kind_of_bytes(cell[:HEAD]) for cell in known if cell][:_SAMPLE]
    kind = Counter(filter(None, kinds)).most_common(1)[0][0] if any(kinds) else ""
    if kinds and not kind:
        raise InputError(
            f"the column '{name}' holds bytes that are neither images nor sounds.",
            expected="Numbers, texts, truth values, dates, moments, images and sounds can be used.",
            todo="Leave the column out or turn it into one of these.",
        )
    values: list[str | None] = []
    aside: list[Aside] = []
    for row, cell in enumerate(known):
        reason = ""
        if cell is not None and not cell:
            reason = "it is empty (0 bytes)"
        elif cell is not None and len(cell) > LARGEST:
            reason = f"it is {len(cell) >> 20:,} MiB large, more than {LARGEST >> 20} MiB"
        if reason:
            aside.append(Aside(paths[row] or f"row {first + row + 1}", reason, name, first + row))
        usable = cell is not None and not reason
        values.append(media.reference(kind, spool.put(cell)) if usable and cell else None)
    return values, aside


def parquet(path: Path) -> tuple[pl.DataFrame, list[Aside], list[str]] | None:
    """Reads a Parquet file that holds bytes, some rows at a time; None where it holds none, or is no Parquet.

    Labels that Hugging Face keeps as numbers become their names.
    """
    with suppress(OSError, pl.exceptions.PolarsError):
        if not holds_media(pl.DataFrame(schema=pl.read_parquet_schema(path))):
            return None
    import pyarrow as pa
    from pyarrow import parquet as pq

    try:
        file = pq.ParquetFile(path)
        empty = pl.from_arrow(file.schema_arrow.empty_table())
    except (pa.ArrowException, OSError, pl.exceptions.PolarsError):
        return None
    assert isinstance(empty, pl.DataFrame)
    if not holds_media(empty):
        return None
    parts: list[pl.DataFrame] = []
    aside: list[Aside] = []
    first = 0
    with file:
        for batch in file.iter_batches(_BATCH):
            frame = pl.from_arrow(batch)
            assert isinstance(frame, pl.DataFrame)
            part, bad = unpacked(frame, first)
            first += frame.height
            parts.append(part)
            aside += bad
        names = _labels(file.schema_arrow.metadata or {})
    if not parts:
        return unpacked(empty)[0], [], []
    whole = pl.concat(parts, how="diagonal_relaxed")
    notes = [f"'{name}': its numbers are named as the file says." for name in names if name in whole.columns]
    return (
        whole.with_columns(_named(whole[name], names[name]) for name in names if name in whole.columns),
        aside,
        notes,
    )


def _named(codes: pl.Series, names: list[str]) -> pl.Series:
    """The names of labels that are kept as numbers; -1 stands for none."""
    return codes.replace_strict(list(range(len(names))), names, default=None, return_dtype=pl.String)


def _labels(metadata: Mapping[bytes, bytes]) -> dict[str, list[str]]:
    """The names of labels by column, as the metadata of Hugging Face's datasets has them."""
    try:
        features: Any = json.loads(metadata[b"huggingface"])["info"]["features"]
        return {
            str(name): [str(label) for label in told["names"]]
            for name, told in features.items()
            if isinstance(told, dict) and told.get("_type") == "ClassLabel"
        }
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}
