"""One function a file format: each yields a raw frame, and says whether its types can be trusted."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from milepost.data.binary import parquet
from milepost.data.delimited import read_text, refuse_duplicates
from milepost.data.encoding import decode, unpack
from milepost.data.files import Aside
from milepost.digest import digest_bytes, digest_file
from milepost.errors import InputError, did_you_mean

_PACKED = (".gz", ".zst", ".bz2", ".xz", ".zip")


@dataclass(frozen=True)
class Part:
    """One file as loaded.

    Args:
        frame: its columns; all text where `untyped`.
        kind: "csv", "json", "parquet" or "excel".
        file: path, sha256 and size in bytes.
        notes: sentences for the user.
        untyped: texts may stand for numbers and truth values.
        comma: a lone comma is likely a decimal sign.
        aside: images and sounds inside that cannot be used.
    """

    frame: pl.DataFrame
    kind: str
    file: tuple[str, str, int]
    notes: tuple[str, ...] = ()
    untyped: bool = False
    comma: bool = False
    aside: tuple[Aside, ...] = ()


def known(path: Path) -> bool:
    """True where the file's suffix is that of a table."""
    return _suffix(path) in _LOADERS


def few(names: Iterable[str]) -> str:
    """The first names of a list, quoted."""
    shown = list(names)
    more = f" and {len(shown) - 8} more" if len(shown) > 8 else ""
    return ", ".join(f"'{name}'" for name in shown[:8]) + more


def _suffix(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    while suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def load(path: Path) -> Part:
    """Loads one file by its suffix.

    Raises:
        InputError: an unknown suffix, an empty or unreadable file.
    """
    suffix = _suffix(path)
    if suffix not in _LOADERS:
        raise InputError(
            f"'{path.name}' has a suffix ('{suffix}') that milepost does not read.",
            expected=f"One of {SUFFIXES}, alone or packed ({', '.join(_PACKED)}).",
            todo=did_you_mean(suffix, _LOADERS) if suffix else "Give the file its suffix.",
        )
    kind, loader = _LOADERS[suffix]
    if kind == "parquet" and (held := _held(path)):
        return held
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise InputError(
            f"'{path}' cannot be read ({problem.strerror}).", todo="Check its rights."
        ) from problem
    if not data:
        raise InputError(f"'{path}' is empty (0 bytes).", todo="Give a file with rows.")
    file = (str(path), digest_bytes(data), len(data))
    inside = data if kind == "excel" else unpack(data, path.name)
    if not inside.strip() and kind in ("csv", "json"):
        raise InputError(f"'{path}' holds nothing but blanks.", todo="Give a file with rows.")
    return loader(inside, path.name, file)


def _csv(data: bytes, name: str, file: tuple[str, str, int]) -> Part:
    text = decode(data, name)
    frame, delimiter, notes = read_text(text.data, name)
    return Part(frame, "csv", file, (*text.notes, *notes), untyped=True, comma=delimiter == ";")


def _parquet(data: bytes, name: str, file: tuple[str, str, int]) -> Part:
    try:
        return Part(pl.read_parquet(io.BytesIO(data)), "parquet", file)
    except (pl.exceptions.PolarsError, OSError) as problem:
        raise InputError(
            f"'{name}' is not a readable Parquet file ({_first(problem)}).", todo="Write the file again."
        ) from problem


def _held(path: Path) -> Part | None:
    """A Parquet file that holds images or sounds as bytes, read some rows at a time; else None."""
    found = parquet(path)
    if found is None:
        return None
    frame, aside, notes = found
    return Part(
        frame,
        "parquet",
        (str(path), digest_file(path), path.stat().st_size),
        tuple(notes),
        aside=tuple(aside),
    )


def _excel(data: bytes, name: str, file: tuple[str, str, int]) -> Part:
    import fastexcel

    try:
        book = fastexcel.read_excel(data)
        sheet = book.load_sheet(0, header_row=None, dtypes="string", skip_whitespace_tail_rows=True)
        header, body = _header(sheet.to_polars())
        refuse_duplicates(header, name)
        loaded = book.load_sheet(0, skip_whitespace_tail_rows=True).to_polars()
    except fastexcel.FastExcelError as problem:
        raise InputError(
            f"'{name}' is not a readable Excel file ({_first(problem)}).",
            todo="Open it and save it again as .xlsx, or as CSV.",
        ) from problem
    frame = loaded.rename(dict(zip(loaded.columns, header, strict=True))) if body else loaded
    frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    notes: tuple[str, ...] = ()
    if len(book.sheet_names) > 1:
        notes = (
            f"'{name}' has {len(book.sheet_names)} sheets; the first, '{book.sheet_names[0]}', was read.",
        )
    return Part(frame, "excel", file, notes, untyped=True)


def _header(sheet: pl.DataFrame) -> tuple[list[str], bool]:
    """The names in the first row of a sheet, empty ones numbered, and whether rows follow."""
    if not sheet.height:
        return [], False
    names = [str(value).strip() if value is not None else "" for value in sheet.row(0)]
    return [name or f"column_{i + 1}" for i, name in enumerate(names)], sheet.height > 1


def _json(data: bytes, name: str, file: tuple[str, str, int]) -> Part:
    text = decode(data, name)
    body = text.data.lstrip()
    lines = body[:1] != b"["
    try:
        read: Callable[..., pl.DataFrame] = pl.read_ndjson if lines else pl.read_json
        frame = read(io.BytesIO(body), infer_schema_length=None)
    except pl.exceptions.PolarsError:
        frame = pl.DataFrame(_records(body, lines, name), infer_schema_length=None, strict=False)
    return Part(frame, "json", file, text.notes)


def _records(body: bytes, lines: bool, name: str) -> list[dict[str, Any]]:
    """The slow way for JSON whose values change type from row to row: mixed columns become text."""
    rows: list[Any] = []
    number = 0
    try:
        if lines:
            for line in body.decode().split("\n"):
                number += 1
                rows += [json.loads(line)] if line.strip() else []
        else:
            rows = json.loads(body)
    except json.JSONDecodeError as problem:
        where = f"line {number or problem.lineno}"
        raise InputError(
            f"'{name}' is not JSON: {problem.msg} in {where}.",
            expected="One JSON object a line, or one array of objects.",
        ) from problem
    if not all(isinstance(row, dict) for row in rows):
        raise InputError(f"'{name}' holds JSON that is not a list of objects.", expected="One object a row.")
    names = dict.fromkeys(key for row in rows for key in row)
    for key in names:
        kinds = {type(row[key]) for row in rows if row.get(key) is not None}
        if len(kinds) > 1 and not kinds <= {int, float}:
            for row in rows:
                value = row.get(key)
                row[key] = value if value is None or isinstance(value, str) else json.dumps(value)
    return [{key: row.get(key) for key in names} for row in rows]


def _first(problem: Exception) -> str:
    return str(problem).strip().split("\n")[0][:160]


_LOADERS: dict[str, tuple[str, Callable[[bytes, str, tuple[str, str, int]], Part]]] = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".psv", ".txt", ".data", ".dat"), ("csv", _csv)),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), ("json", _json)),
    **dict.fromkeys((".parquet", ".pq"), ("parquet", _parquet)),
    **dict.fromkeys((".xlsx", ".xls", ".xlsb", ".xlsm", ".ods"), ("excel", _excel)),
}
SUFFIXES = ", ".join(_LOADERS)
