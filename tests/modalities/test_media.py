"""Media by reference: the digest names the bytes, wherever they lie."""

import hashlib

import polars as pl
import pytest

from milepost.errors import InputError
from milepost.modalities import media


def test_bytes_are_found_in_the_file_that_was_placed_and_on_a_shelf(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"bytes of a picture")
    name = media.place(path)
    assert name == hashlib.sha256(b"bytes of a picture").hexdigest()
    assert media.load(media.reference("image", name)) == b"bytes of a picture"
    other = hashlib.sha256(b"elsewhere").hexdigest()
    media.shelve("test", {other: b"elsewhere"}.get)
    assert media.load(f"sound:{other}") == media.fetch(other) == b"elsewhere"


def test_what_is_nowhere_or_no_reference_is_refused():
    with pytest.raises(InputError, match="not there"):
        media.load(f"image:{'f' * 64}")
    with pytest.raises(InputError, match="refers to no image"):
        media.load("../../etc/passwd")
    with pytest.raises(InputError, match="milepost run --from prepare"):
        media.fetch("f" * 64)


def test_a_column_is_of_a_kind_only_where_all_known_values_are():
    good = f"image:{'0' * 64}"
    assert media.kind_of(pl.Series([good, None])) == "image"
    assert media.kind_of(pl.Series([good, "x"])) == ""
    assert media.kind_of(pl.Series([good, f"sound:{'0' * 64}"])) == ""
    assert media.kind_of(pl.Series([None], dtype=pl.String)) == ""
    assert media.kind_of(pl.Series([1])) == ""


def test_bytes_put_are_found_by_their_digest():
    name = media.put(b"made by program")
    assert media.load(media.reference("image", name)) == b"made by program"
