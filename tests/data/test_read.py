"""What read() takes, what it makes of it, and how it refuses the rest."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import io
import os
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from milepost.data.read import _check, _shown, read, write
from milepost.data.table import Table
from milepost.errors import InputError

CSV = "id,when,price,ok,kind\n1,2013-01-05,2.5,true,a\n2,2013-01-06,,false,\n3,2013-02-01,4,true,b\n"


def put(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_csv_gets_types_and_nulls(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", CSV)
    table = read(path)
    assert [str(t) for t in table.frame.dtypes] == ["Int64", "Date", "Float64", "Boolean", "String"]
    assert table.frame["price"].to_list() == [2.5, None, 4.0]
    assert table.frame["kind"].to_list() == ["a", None, "b"]
    assert table.kind == "csv"
    assert table.notes == ()
    assert table.files == ((str(path), hashlib.sha256(CSV.encode()).hexdigest(), len(CSV)),)


@pytest.mark.parametrize(
    ("delimiter", "suffix"), [(";", ".csv"), ("\t", ".tsv"), ("|", ".txt"), (",", ".dat")]
)
def test_every_delimiter_is_found(tmp_path: Path, delimiter: str, suffix: str) -> None:
    table = read(put(tmp_path, "a" + suffix, CSV.replace(",", delimiter)))
    assert table.frame.equals(read(put(tmp_path, "b.csv", CSV)).frame)


def test_packed_files_read_like_plain_ones(tmp_path: Path) -> None:
    import bz2
    import lzma

    import pyarrow as pa

    plain = read(put(tmp_path, "a.csv", CSV)).frame
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("inside.csv", CSV)
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(CSV.encode())
    for suffix, data in {
        ".gz": gzip.compress(CSV.encode()),
        ".bz2": bz2.compress(CSV.encode()),
        ".xz": lzma.compress(CSV.encode()),
        ".zip": archive.getvalue(),
        ".zst": sink.getvalue().to_pybytes(),
    }.items():
        assert read(put(tmp_path, "a.csv" + suffix, data)).frame.equals(plain), suffix


def test_json_lines_and_arrays(tmp_path: Path) -> None:
    lines = '{"a": 1, "t": "2013-01-05T10:00:00Z", "x": {"k": 1}}\n{"a": 2.5, "t": null, "x": null}\n'
    table = read(put(tmp_path, "a.jsonl", lines))
    assert table.frame["a"].to_list() == [1.0, 2.5]
    assert table.frame["t"].to_list() == [dt.datetime(2013, 1, 5, 10), None]
    assert table.frame["x"].to_list() == ['{"k": 1}', None]
    assert any("JSON text" in note for note in table.notes)
    array = "[" + ",".join(lines.strip().split("\n")) + "]"
    assert read(put(tmp_path, "b.json", array)).frame.equals(table.frame)
    mixed = read(put(tmp_path, "c.jsonl", '{"a": 1, "b": "x"}\n{"a": "two", "b": "y"}\n'))
    assert mixed.frame["a"].to_list() == ["1", "two"]
    with pytest.raises(InputError, match="line 2"):
        read(put(tmp_path, "d.jsonl", '{"a": 1, "b": 2}\n{"a": 1,\n'))


def test_parquet_and_write_round_trip(tmp_path: Path) -> None:
    frame = read(put(tmp_path, "a.csv", CSV)).frame
    for suffix in (".parquet", ".csv", ".tsv", ".jsonl"):
        assert read(write(frame, tmp_path / f"b{suffix}")).frame.equals(frame), suffix
    with pytest.raises(InputError, match="docx"):
        write(frame, tmp_path / "b.docx")


def test_parquet_types_are_made_plain() -> None:
    frame = pl.DataFrame(
        {
            "c": pl.Series(["x", "y"], dtype=pl.Categorical),
            "d": pl.Series([1, 2], dtype=pl.UInt8),
            "e": pl.Series([1.5, float("-inf")], dtype=pl.Float32),
            "l": [[1, 2], None],
            "z": pl.Series([dt.datetime(2020, 1, 1, 12)] * 2).dt.replace_time_zone("Europe/Vienna"),
            "s": ["007", "008"],
        }
    )
    table = read(frame)
    assert [str(t) for t in table.frame.dtypes][:4] == ["String", "Int64", "Float64", "String"]
    assert table.frame["e"].to_list() == [1.5, None]
    assert table.frame["l"].to_list() == ["[1, 2]", None]
    assert table.frame["z"][0] == dt.datetime(2020, 1, 1, 11)
    assert table.frame["s"].to_list() == ["007", "008"]
    assert len(table.notes) == 3
    with pytest.raises(InputError, match="neither images nor sounds"):
        read(pl.DataFrame({"a": [b"x"], "b": [1]}))


def test_excel(tmp_path: Path) -> None:
    book = tmp_path / "a.xlsx"
    _workbook(book, [["id", "when", "amount"], [1, "2013-01-05", 2.5], [2, "2013-01-06", None]])
    table = read(book)
    assert table.kind == "excel"
    assert table.frame["amount"].to_list() == [2.5, None]
    assert table.frame["when"].to_list() == [dt.date(2013, 1, 5), dt.date(2013, 1, 6)]
    _workbook(book, [["a", "a"], [1, 2]])
    with pytest.raises(InputError, match="more than one column named 'a'"):
        read(book)
    with pytest.raises(InputError, match="not a readable Excel"):
        read(put(tmp_path, "b.xlsx", b"this is no workbook"))


def _workbook(path: Path, rows: list[list[object]]) -> None:
    """A minimal workbook, written by hand so that no writer is needed."""
    cells = ""
    for r, row in enumerate(rows, start=1):
        inside = ""
        for c, value in enumerate(row):
            where = f"{chr(65 + c)}{r}"
            if isinstance(value, str):
                inside += f'<c r="{where}" t="inlineStr"><is><t>{value}</t></is></c>'
            elif value is not None:
                inside += f'<c r="{where}"><v>{value}</v></c>'
        cells += f'<row r="{r}">{inside}</row>'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types">'
            f'<Default Extension="rels" ContentType="{rels}"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/></Types>',
        )
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}">'
            '<sheets><sheet name="one" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
            "</Relationships>",
        )
        book.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
        )


def test_folder_joins_parts_and_types_them_together(tmp_path: Path) -> None:
    put(tmp_path, "1.csv", "a,b\n1,x\n2,y\n")
    put(tmp_path, "2.csv", "b,a,c\nz,2.5,7\n")
    put(tmp_path, "readme.md", "no table")
    table = read(tmp_path)
    assert table.kind == "folder"
    assert table.frame["a"].to_list() == [1.0, 2.0, 2.5]
    assert table.frame["c"].to_list() == [None, None, 7]
    assert len(table.files) == 2
    assert any("'1.csv', '2.csv'" in note for note in table.notes)
    put(tmp_path, "3.csv", "p,q,r\n1,2,3\n")
    with pytest.raises(InputError, match="not parts of one table"):
        read(tmp_path)


def test_folder_mixes_formats(tmp_path: Path) -> None:
    put(tmp_path, "1.csv", "a,b\n1,x\n2,y\n")
    pl.DataFrame({"a": [3], "b": ["z"]}).write_parquet(tmp_path / "2.parquet")
    assert read(tmp_path).frame["a"].to_list() == [1, 2, 3]


def test_database(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as base:
        base.execute("create table orders (id integer, day text, price real)")
        base.executemany(
            "insert into orders values (?, ?, ?)", [(1, "2013-01-05", 2.5), (2, "2013-01-06", None)]
        )
    table = read(f"sqlite:///{tmp_path}/shop.db?table=orders")
    assert table.kind == "sql"
    assert table.frame["day"].to_list() == [dt.date(2013, 1, 5), dt.date(2013, 1, 6)]
    with pytest.raises(InputError, match=r"me:\*\*\*@") as caught:
        _check(Table(pl.DataFrame({"a": []})), _shown("postgresql://me:secret@host/base?table=a"))
    assert "secret" not in str(caught.value)
    with pytest.raises(InputError, match="s3"):
        read("s3://bucket/a.csv")


def test_pandas() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": [1.0, float("nan")], "m": [1, "x"], "t": pd.to_datetime(["2013-01-05", None])})
    table = read(frame)
    assert table.frame["a"].to_list() == [1.0, None]
    assert table.frame["m"].to_list() == ["1", "x"]
    assert table.frame["t"].to_list() == [dt.datetime(2013, 1, 5), None]
    assert any("mixture" in note for note in table.notes)
    with pytest.raises(InputError, match="more than one column named 'a'"):
        read(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_missing_file_offers_a_sibling(tmp_path: Path) -> None:
    put(tmp_path, "flights.csv", CSV)
    with pytest.raises(InputError, match=r"Did you mean 'flights\.csv'"):
        read(tmp_path / "flight.csv")


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.csv", "", "0 bytes"),
        ("a.parquet", "", "0 bytes"),
        ("a.parquet", "nothing", "not a readable Parquet"),
        ("a.csv", "a,b\n", "no rows"),
        ("a.csv", "a\n1\n", "only one column"),
        ("a.csv", "a,b,a\n1,2,3\n", "named 'a'"),
        ("a.csv", "a,b\n1,2\n3,4,5\n", "line 3 of 'a.csv' has 3 fields where the header has 2"),
        ("a.csv", 'a,b\n1,"x\ny"\n3\n', "line 4 of 'a.csv' has 1 fields"),
        ("a.csv", 'a,b\n1,2\n3,"open\n5,6\n', "line 3 of 'a.csv' is never closed"),
        ("a.cvs", "a,b\n1,2\n", r"Did you mean '\.csv'"),
        ("a.csv", b"PAR1xxxx", "Parquet"),
        ("a.csv.gz", b"\x1f\x8bbroken", "cannot be unpacked"),
        ("a.json", "[1, 2]", "not a list of objects"),
    ],
)
def test_refusals(tmp_path: Path, name: str, content: str | bytes, match: str) -> None:
    with pytest.raises(InputError, match=match) as caught:
        read(put(tmp_path, name, content))
    assert caught.value.exit_code == 2


def test_refuses_what_is_no_table() -> None:
    with pytest.raises(InputError, match="list is not a table"):
        read([1, 2])


@pytest.mark.alone
@pytest.mark.slow
def test_a_million_rows_are_read_fast_and_lean(
    tmp_path: Path, apart: Callable[..., tuple[str, float]]
) -> None:
    rng = np.random.default_rng(0)
    n = 1_000_000
    numbers = {f"f{i}": rng.normal(size=n).round(4) for i in range(12)}
    whole = {f"i{i}": rng.integers(0, 1000, n) for i in range(6)}
    words = {f"c{i}": rng.choice(np.array(["alpha", "beta"]), n) for i in range(2)}
    pl.DataFrame(numbers | whole | words).write_csv(tmp_path / "big.csv")
    program = (
        "import sys, time; from milepost.data.read import read; start = time.time();"
        "frame = read(sys.argv[1]).frame; print(frame.height, time.time() - start)"
    )
    said, peak = apart(program, tmp_path / "big.csv")
    rows, seconds = map(float, said.split())
    assert rows == n
    assert peak < 3
    assert seconds < 10 * (1 if (os.cpu_count() or 1) > 3 else 3)
