"""Delimited text: the delimiter, the header, and broken lines."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.data.delimited import read_text, sniff
from milepost.errors import InputError


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b;c\n1,5;2,5;3\n", ";"),
        ('a|b\n"x|y"|2\n', "|"),
        ("a\tb c\n1,1\t2 3\n", "\t"),
        ("one\n1\n", ","),
    ],
)
def test_sniff(text: str, delimiter: str) -> None:
    assert sniff(text.encode()) == delimiter


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\x00\x1a"), max_size=8),
            min_size=3,
            max_size=3,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_quoted_text_survives(rows: list[list[str]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b", "c"], *rows])
    frame, _, _ = read_text(out.getvalue().encode(), "a.csv")
    assert [list(row) for row in frame.rows()] == [[field or None for field in row] for row in rows]


def test_blank_lines_line_ends_and_stray_quotes() -> None:
    for text in (
        "a,b\r\n1,2\r\n\r\n3,4\r\n",
        "a,b\n1,2\n   \n3,4\n\n\n",
        "a,b\r1,2\r3,4\r",
        "\n\na,b\n1,2\n3,4",
    ):
        assert read_text(text.encode(), "a.csv")[0].rows() == [("1", "2"), ("3", "4")], repr(text)
    assert read_text(b'a,b\n1,5" pipe\n', "a.csv")[0].rows() == [("1", '5" pipe')]


def test_header() -> None:
    frame, _, notes = read_text(b",a\n0,1\n", "a.csv")
    assert frame.columns == ["column_1", "a"]
    assert "column_1" in notes[0]
    frame, _, notes = read_text(b"a,b,\n0,1,\n", "a.csv")
    assert frame.columns == ["a", "b"]
    assert "dropped" in notes[0]
    assert "numbers only" in read_text(b"5.1,3.5\n4.9,3.0\n", "a.csv")[2][0]
    assert read_text(b"sep=;\na;b\n1;2\n", "a.csv")[0].columns == ["a", "b"]


def test_long_fields_and_late_ragged_lines() -> None:
    wide = "x" * 9_000_000
    assert read_text(f'a,b\n1,"{wide}"\n'.encode(), "a.csv")[0].row(0) == ("1", wide)
    text = "a,b\n" + "1,2\n" * 50_000 + "1\n" + "1,2\n" * 10
    with pytest.raises(InputError, match=r"line 50002 of 'a.csv' has 1 fields"):
        read_text(text.encode(), "a.csv")
