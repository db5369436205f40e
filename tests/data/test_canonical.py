"""Canonical rows and their digests."""

from __future__ import annotations

import datetime as dt
import hashlib
import struct

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.data.canonical import canonical, codes, digests, keys
from milepost.errors import InputError

SALT = 0x9E3779B97F4A7C15


def test_writing_does_not_matter() -> None:
    frame = pl.DataFrame({"a": ["Ünï  Code", "ü\u0308nï code".replace("ü\u0308", "u\u0308"), " ÜNÏ CODE "]})
    assert digests(frame).n_unique() == 1
    assert digests(pl.DataFrame({"a": [0.1 + 0.2, 0.3, -0.0, 0.0]})).n_unique() == 2


def test_content_does() -> None:
    day = dt.date(2020, 1, 1)
    rows = pl.DataFrame(
        {
            "a": [1.0, 2.0, None, 1.0, 1.0, 1.0],
            "b": ["x", "x", "x", None, "x", "y"],
            "c": [True, True, True, True, False, True],
            "d": [day] * 6,
            "e": [12345671, 12345671, 12345671, 12345671, 12345671, 12345672],
        }
    )
    assert digests(rows).n_unique() == 6
    assert digests(pl.DataFrame({"a": [1, 2], "b": [2, 1]})).n_unique() == 2


def _mix(bits: int) -> int:
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB % 2**64
    return bits ^ (bits >> 31)


def _reference(row: tuple[object, ...]) -> int:
    """The digest of a row, value by value in plain Python."""
    total = 0
    for position, value in enumerate(row, start=1):
        if value is None:
            bits = int.from_bytes(b"missing!", "big")
        elif isinstance(value, str):
            bits = int.from_bytes(hashlib.blake2b(value.encode(), digest_size=8).digest(), "little")
        elif isinstance(value, bool):
            bits = int(value)
        else:
            assert isinstance(value, int | float)
            bits = int.from_bytes(struct.pack("<d", float(value)), "little")
        total += _mix((bits + SALT * position) % 2**64)
    return _mix(total % 2**64)


def test_digests_are_stable() -> None:
    frame = pl.DataFrame({"a": [1.5, None], "b": ["x", "y"], "c": [1, -2], "d": [True, None]})
    assert digests(frame).to_list() == [_reference(row) for row in frame.rows()]
    assert digests(frame.with_columns(pl.col("c").cast(pl.Float64))).to_list() == digests(frame).to_list()


def test_columns_taken_together_have_the_digests_of_each_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    rng, n = np.random.default_rng(0), 60
    kinds = {
        "whole": rng.integers(-5, 5, n).tolist(),
        "far": rng.integers(2**40, 2**50, n).tolist(),
        "part": np.round(rng.normal(size=n), 2).tolist(),
        "truth": (rng.random(n) < 0.5).tolist(),
        "word": rng.choice(["a", "b", ""], n).tolist(),
    }
    columns = {}
    for number, kind in enumerate(rng.choice(list(kinds), 40)):
        gone = rng.random(n) < (0.2 if number % 3 else 0)
        columns[f"c{number}"] = [None if g else v for g, v in zip(gone, kinds[str(kind)], strict=True)]
    frame = pl.DataFrame(columns)
    wanted = [_reference(row) for row in frame.rows()]
    table = rng.integers(0, 9, (n, 7))
    single = [
        _mix(sum(_mix((int(v) + SALT * i) % 2**64) for i, v in enumerate(row, 1)) % 2**64) for row in table
    ]
    for cells in (1, 3 * n, 10**6):
        monkeypatch.setattr("milepost.data.canonical.CELLS", cells)
        assert digests(frame).to_list() == wanted
        assert keys(table).tolist() == single


def test_a_million_distinct_rows_have_distinct_digests() -> None:
    n = 1_000_000
    i = np.arange(n)
    frame = pl.DataFrame({"a": i // 1000, "b": (i % 1000).astype(float)})
    assert digests(frame).n_unique() == n
    assert len(np.unique(keys(np.column_stack([i // 1000, i % 1000])))) == n


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=20))
def test_rounding_is_to_six_digits(values: list[float]) -> None:
    wanted = [float(f"{value:.5e}") for value in values]
    assert canonical(pl.DataFrame({"a": values}))["a"].to_list() == pytest.approx(wanted, rel=2e-5)


def test_codes_keep_missing_apart() -> None:
    found = codes(pl.DataFrame({"a": [None, "x", "X", "y"]}), ["a"])
    assert found[:, 0].tolist() == [0, 1, 1, 2]


def test_a_wrong_column_is_named() -> None:
    with pytest.raises(InputError, match="Did you mean 'price'"):
        digests(pl.DataFrame({"price": [1]}), ["prise"])
