"""CSV, JSON lines and Parquet: one line a label, content in columns of its own."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from milepost.digest import Json, plain
from milepost.errors import InputError
from milepost.labels import values
from milepost.labels.formats.bundle import Bundle, Gathered, Given, Taken
from milepost.labels.formats.naming import Naming
from milepost.labels.formats.rows import gather, lines, record
from milepost.labels.labelset import LabelSet

CANNOT = {
    "csv": (
        "Types of the content: everything comes back as text, and what is empty as missing.",
        "The label set: names stand for labels, and without the set their ids are made from the names.",
    ),
    "jsonl": (
        "The label set: names stand for labels, and without the set their ids are made from the names.",
    ),
    "parquet": (),
}
"""What each cannot hold."""
_SET, _JSON = b"milepost.labels", b"milepost.json"
_LONG = 1 << 30


def write(bundle: Bundle, path: Path, form: str = "") -> Given:
    """Writes a table.

    Args:
        bundle: what to write.
        path: the file.
        form: "csv", "jsonl" or "parquet"; "" goes by the name of the file.

    Raises:
        InputError: the form is not known.
    """
    form = _form(path, form)
    names = Naming("", bundle.labels)

    def named(value: Json) -> Json:
        found = names.named(value)
        return found if form == "jsonl" or isinstance(found, str) else values.text(found)

    rows = list(lines(bundle, named))
    {"csv": _to_csv, "jsonl": _to_lines, "parquet": _to_parquet}[form](rows, path, bundle.labels)
    odd = sum(not isinstance(v, str) or v == "" for item in bundle.items for v in item.content.values())
    lost = (f"{odd:,} parts of contents are no text, and become text.",) if form == "csv" and odd else ()
    return Given((path.name,), len(bundle.items), len(bundle.answers), len(bundle.suggestions), lost)


def read(path: Path, kind: str = "", labels: LabelSet | None = None, form: str = "") -> Taken:
    """Reads a table with the columns `item`, `label`, `person` and what else there is.

    Args:
        path: the file.
        kind: of the labels; needed where neither a label set nor the file tells it.
        labels: the label set, or None: labels are then those that occur, or those that Parquet holds.
        form: "csv", "jsonl" or "parquet"; "" goes by the name of the file.

    Raises:
        InputError: the file cannot be read, or no kind is known.
    """
    (taken,) = parts(path, kind, labels, form, sys.maxsize)
    return taken


def parts(
    path: Path, kind: str = "", labels: LabelSet | None = None, form: str = "", size: int = 10_000
) -> Iterator[Taken]:
    """Reads a table in parts, so that a million lines need no more memory than a few thousand.

    An item whose lines lie in different parts comes with each of them; label sets that are made from names
    grow from part to part.

    Args:
        path: the file.
        kind: as for `read`.
        labels: as for `read`.
        form: as for `read`.
        size: lines of a part.

    Raises:
        InputError: the file cannot be read, or no kind is known.
    """
    form = _form(path, form)
    held = _held(path) if form == "parquet" and labels is None else None
    labels = labels or held
    if not kind and labels is None:
        raise InputError(
            f"'{path.name}' does not say of which kind its labels are.",
            expected="A label set, or the kind.",
            todo=f"Name one of {', '.join(values.KINDS)}.",
        )
    into = Gathered(Naming(kind, labels))
    found = {"csv": _of_csv, "jsonl": _of_lines, "parquet": _of_parquet}[form](path, into)
    for place, row in found:
        gather(into, place, row)
        if into.entries >= size:
            yield into.taken()
            into.clear()
    if into.entries or size == sys.maxsize:
        yield into.taken()


def _form(path: Path, form: str) -> str:
    found = form or {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}.get(
        path.suffix.lower(), path.suffix
    )
    if found not in CANNOT:
        raise InputError(f"'{found}' is no form of a table.", expected=f"One of {', '.join(CANNOT)}.")
    return found


def _columns(rows: list[dict[str, Json]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row)) or ["item"]


def _to_csv(rows: list[dict[str, Json]], path: Path, _: LabelSet) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        names = _columns(rows)
        writer.writerow(names)
        for row in rows:
            cells = (row.get(name) for name in names)
            writer.writerow(
                "" if cell is None else cell if isinstance(cell, str) else values.text(plain(cell))
                for cell in cells
            )


def _of_csv(path: Path, into: Gathered) -> Iterator[tuple[str, dict[str, Json]]]:
    csv.field_size_limit(_LONG)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        try:
            header = next(reader, [])
            if len(set(header)) < len(header) or not header:
                raise InputError(f"'{path.name}' has no header, or one that names a column twice.")
            for cells in reader:
                place = f"{path.name}, line {reader.line_num}"
                if len(cells) == len(header):
                    yield place, {name: cell or None for name, cell in zip(header, cells, strict=True)}
                elif cells:
                    into.refuse(
                        place, f"there are {len(cells)} cells for {len(header)} columns", counted=False
                    )
        except (csv.Error, UnicodeDecodeError) as problem:
            raise InputError(f"'{path.name}' is no CSV in UTF-8: {problem}.") from problem


def _to_lines(rows: list[dict[str, Json]], path: Path, _: LabelSet) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for row in rows:
            kept = {name: value for name, value in row.items() if value is not None}
            stream.write(json.dumps(kept, ensure_ascii=False) + "\n")


def _of_lines(path: Path, into: Gathered) -> Iterator[tuple[str, dict[str, Json]]]:
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            place = f"{path.name}, line {number}"
            if not line.strip():
                continue
            row = record(line)
            if row is not None:
                yield place, row
            else:
                into.refuse(place, "it is no JSON object in UTF-8", counted=False)


def _to_parquet(rows: list[dict[str, Json]], path: Path, labels: LabelSet) -> None:
    """Columns whose values have different types, or are lists or mappings, are written as JSON."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns, coded = {}, []
    for name in _columns(rows):
        cells = [row.get(name) for row in rows]
        types = {type(cell) for cell in cells if cell is not None}
        if len(types) > 1 or types & {dict, list}:
            coded.append(name)
            cells = [None if cell is None else values.text(plain(cell)) for cell in cells]
        columns[name] = pa.array(cells, pa.string() if not types else None)
    table = pa.table(columns)
    told = {_SET: json.dumps(plain(labels)), _JSON: json.dumps(coded)}
    pq.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **told}), path)


def _held(path: Path) -> LabelSet | None:
    """The label set that a file of our own holds."""
    told = _schema(path).get(_SET)
    return None if told is None else LabelSet.read(json.loads(told))


def _schema(path: Path) -> dict[bytes, bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return dict(pq.read_schema(path).metadata or {})
    except pa.ArrowInvalid as problem:
        raise InputError(f"'{path.name}' is no Parquet file.", expected=str(problem)[:200]) from problem


def _of_parquet(path: Path, _: Gathered) -> Iterator[tuple[str, dict[str, Json]]]:
    import pyarrow.parquet as pq

    coded = json.loads(_schema(path).get(_JSON, b"[]"))
    number = 0
    for batch in pq.ParquetFile(path).iter_batches():
        for row in batch.to_pylist():
            number += 1
            for name in coded:
                if row.get(name) is not None:
                    row[name] = json.loads(row[name])
            yield f"{path.name}, row {number}", {name: plain(cell) for name, cell in row.items()}
