"""Text files of records: finds the delimiter, reads the header, and reads every field as text."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from typing import Any

import polars as pl

from milepost.errors import InputError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SAMPLE_BYTES, _SAMPLE_ROWS = 1 << 18, 200
_BLOCK, _LARGEST_BLOCK = 1 << 23, (1 << 31) - 1
csv.field_size_limit(1 << 30)


def read_text(data: bytes, name: str) -> tuple[pl.DataFrame, str, list[str]]:
    """Reads delimited UTF-8 text: every column as strings, empty fields as null.

    Returns:
        The frame, the delimiter found, and notes.

    Raises:
        InputError: no header, duplicate names, a row of the wrong length, an open quote.
    """
    data, given = _declared(data)
    rows = _sample(data, given or ",")
    if not rows:
        raise InputError(f"'{name}' is empty.", todo="Give a file with a header line and rows.")
    delimiter = given or sniff(data)
    header = _sample(data, delimiter)[0]
    names, notes = _names(header, name)
    frame = _parse(data, delimiter, header, names, name)
    unnamed = [n for n, h in zip(names, header, strict=True) if not h.strip() and frame[n].is_null().all()]
    if unnamed and len(names) - len(unnamed) > 1:
        frame = frame.drop(unnamed)
        notes = [f"{len(unnamed)} unnamed empty column(s) were dropped."]
    return frame, delimiter, notes


def sniff(data: bytes) -> str:
    """Finds the delimiter whose fields are the same in number on the most lines, then the most fields.

    >>> sniff(b"a;b\\n1,5;2\\n")
    ';'
    """
    best, found = (0.0, 1), ","
    for delimiter in DELIMITERS:
        rows = _sample(data, delimiter)
        fields = len(rows[0]) if rows else 0
        if fields > 1:
            share = Counter(len(row) for row in rows)[fields] / len(rows)
            best, found = max((best, found), ((round(share, 1), fields), delimiter), key=lambda pair: pair[0])
    return found


def _declared(data: bytes) -> tuple[bytes, str | None]:
    """Takes off the line `sep=;` that Excel may write before the header."""
    match = re.match(rb"\"?sep=(.)\"?\r?\n", data)
    return (data[match.end() :], match.group(1).decode()) if match else (data, None)


def _sample(data: bytes, delimiter: str) -> list[list[str]]:
    head = data[:_SAMPLE_BYTES].decode("utf-8", errors="ignore")
    rows = []
    try:
        for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter):
            if row and any(field.strip() for field in row):
                rows.append(row)
            if len(rows) > _SAMPLE_ROWS:
                break
    except csv.Error:
        return rows
    cut = len(data) > _SAMPLE_BYTES and 1 < len(rows) <= _SAMPLE_ROWS
    return rows[:-1] if cut else rows


def _names(header: list[str], file: str) -> tuple[list[str], list[str]]:
    names, notes = [field.strip() for field in header], []
    empty = [i for i, field in enumerate(names) if not field]
    for i in empty:
        names[i] = f"column_{i + 1}"
    if empty:
        notes.append(f"column(s) without a name were called {', '.join(names[i] for i in empty)}.")
    refuse_duplicates(names, file)
    if all(re.fullmatch(r"[+-]?\d*\.?\d+([eE][+-]?\d+)?", field) or not field for field in names):
        notes.append("the header line holds numbers only; if the file has no header line, add one.")
    return names, notes


def refuse_duplicates(names: list[str], file: str) -> None:
    """Raises an InputError that names the columns which occur more than once."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        shown = ", ".join(f"'{name}'" for name in twice[:8])
        raise InputError(
            f"'{file}' has more than one column named {shown}.",
            expected="Column names must be unique.",
            todo="Rename or remove one of them.",
        )


def _parse(data: bytes, delimiter: str, header: list[str], names: list[str], file: str) -> pl.DataFrame:
    import pyarrow as pa
    from pyarrow import csv as arrow

    ragged: list[Any] = []

    def wrong(row: Any) -> str:
        if not row.text.strip(" \t\r\n\x1a"):
            return "skip"
        ragged.append(row)
        return "error"

    convert = arrow.ConvertOptions(
        column_types={field: pa.string() for field in header},
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    parse = arrow.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=wrong)
    for block in (_BLOCK, _LARGEST_BLOCK):
        try:
            source = pa.BufferReader(data)
            table = arrow.read_csv(source, arrow.ReadOptions(block_size=block), parse, convert)
            break
        except pa.ArrowInvalid as problem:
            if ragged:
                raise _ragged(data, delimiter, len(header), ragged[0], file) from problem
            if block == _LARGEST_BLOCK or "straddl" not in str(problem):
                raise InputError(f"'{file}' cannot be read: {problem}.", todo="Mend the file.") from problem
    frame = pl.from_arrow(table.rename_columns(names))
    assert isinstance(frame, pl.DataFrame)
    _refuse_open_quote(data, frame, file)
    return frame


def _ragged(data: bytes, delimiter: str, fields: int, row: Any, file: str) -> InputError:
    where, found = "a line", row.actual_columns
    text = io.TextIOWrapper(io.BytesIO(data), "utf-8", newline="")
    reader, before = csv.reader(text, delimiter=delimiter), 0
    for record in reader:
        if record and len(record) != fields and "".join(record).strip():
            where, found = f"line {before + 1}", len(record)
            break
        before = reader.line_num
    names = DELIMITERS.get(delimiter, repr(delimiter))
    start = row.text[:60].replace("\n", " ").replace("\r", "")
    return InputError(
        f"{where} of '{file}' has {found} fields where the header has {fields} (it starts '{start}').",
        expected=f"Every line must have the same number of fields, separated by a {names}.",
        todo="Mend the line; a text that holds the delimiter must stand in double quotes.",
    )


def _refuse_open_quote(data: bytes, frame: pl.DataFrame, file: str) -> None:
    """An odd number of quotes whose last field runs over lines means that a quote was never closed."""
    if not frame.height or data.count(b'"') % 2 == 0:
        return
    last = next((str(v) for v in frame.row(frame.height - 1) if v is not None and "\n" in str(v)), None)
    if last is not None:
        line = data.count(b"\n") - last.count("\n") + 1
        raise InputError(
            f"a double quote opened near line {line} of '{file}' is never closed.",
            todo="Close the quote, or remove it.",
        )
