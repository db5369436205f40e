"""Encodings and packed files."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.data.encoding import decode, unpack
from milepost.errors import InputError

TEXT = "naïve,café\n1,2\n"


@pytest.mark.parametrize(
    ("written", "found", "notes"),
    [("utf-8", "utf-8", 0), ("utf-8-sig", "utf-8", 0), ("utf-16", "utf-16", 1), ("cp1252", "cp1252", 1)],
)
def test_encodings(written: str, found: str, notes: int) -> None:
    text = decode(TEXT.encode(written), "a.csv")
    assert (text.data.decode(), text.encoding, len(text.notes)) == (TEXT, found, notes)


@pytest.mark.parametrize("written", ["utf-16-le", "utf-16-be"])
def test_utf16_without_mark(written: str) -> None:
    assert decode(TEXT.encode(written), "a.csv").data.decode() == TEXT


def test_position_of_the_first_bad_byte_is_true() -> None:
    for start in (5, (1 << 20) - 1, (1 << 20) + 7):
        data = b"a" * start + b"\xe9 after"
        assert f"byte {start})" in decode(data, "a.csv").notes[0]
    split = b"a" * ((1 << 20) - 1) + "é".encode() + b"b"
    assert decode(split, "a.csv").encoding == "utf-8"


def test_latin1_where_cp1252_is_undefined() -> None:
    assert decode(b"a,\xe9\x81", "a.csv").encoding == "latin-1"


def test_binary_is_refused() -> None:
    with pytest.raises(InputError, match="byte 3 cannot"):
        decode(b"abc\x00\x01def", "a.csv")
    with pytest.raises(InputError, match="SQLite"):
        decode(b"SQLite format 3\x00...", "a.csv")


@given(st.text(max_size=50))
def test_utf8_is_never_changed(text: str) -> None:
    if "\x00" not in text and not text.startswith("\ufeff") and not text.startswith(("PAR1", "PK")):
        assert decode(text.encode(), "a.csv").data == text.encode()


def test_unpack() -> None:
    assert unpack(gzip.compress(b"x"), "a.gz") == b"x"
    assert unpack(b"plain", "a.csv") == b"plain"
    two = io.BytesIO()
    with zipfile.ZipFile(two, "w") as archive:
        archive.writestr("a.csv", "x")
        archive.writestr("b.csv", "x")
    with pytest.raises(InputError, match="holds 2 files"):
        unpack(two.getvalue(), "a.zip")
    with pytest.raises(InputError, match="cannot be unpacked"):
        unpack(gzip.compress(b"x" * 1000)[:20], "a.gz")
