"""Digests are stable: they follow content, not order or type of container."""

import dataclasses
import enum
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.digest import digest, digest_bytes, digest_file, numbers_of, plain

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_plain_values_stay_and_digest_the_same_twice(value: object) -> None:
    assert plain(value) == value
    assert digest(value) == digest(plain(value))


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_key_order_does_not_matter(value: dict[str, int]) -> None:
    assert digest(value) == digest(dict(reversed(value.items())))


def test_different_values_differ() -> None:
    assert len({digest(v) for v in (1, "1", 1.5, None, [1], [[1]], {"1": 1}, True)}) == 8
    assert digest("a", "b") != digest("ab")


def test_arrays_dates_and_non_finite_numbers_become_plain() -> None:
    assert plain({"x": np.float32([1, np.nan]), "d": date(2013, 1, 5), "p": Path("a")}) == {
        "x": [1.0, None],
        "d": "2013-01-05",
        "p": "a",
    }
    with pytest.raises(TypeError, match="no plain JSON form"):
        plain(object())


def test_scalars_of_numpy_become_those_of_python() -> None:
    for value, kind in (
        (np.float64(0.5), float),
        (np.str_("a"), str),
        (np.int64(1), int),
        (np.bool_(1), bool),
    ):
        assert type(plain({"v": [value]})["v"][0]) is kind


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


def test_digests_of_stored_projects_stay() -> None:
    value = {
        "none": None,
        "flags": (True, False, np.True_),
        "whole": [1, 2**80, np.int64(-3)],
        "floats": [0.1, float("nan"), float("inf"), np.float32(0.5), np.float64(1e300), 1.0],
        "texts": ["é", np.str_("a"), Colour.RED],
        "level": Level.HIGH,
        Colour.RED: 1,
        5: "five",
        "inner": (Inner(float("nan"), "a"), Inner(0.25)),
        "sets": {"b", "a", 1},
        "frozen": frozenset({2, 1}),
        "days": [date(2013, 1, 5), datetime(2013, 1, 5, 6)],
        "path": Path("a/b"),
        "arrays": [np.arange(3), np.array([[0.5, np.nan]])],
        "mappings": [MappingProxyType({1: 2}), OrderedDict(a=(1,))],
    }
    assert digest(value) == "22d7bfec18ec1fcb6beba8680b7ed268a4f6118e53aae51ff88723dc90b1532d"


def test_files_and_bytes_have_the_plain_sha256(tmp_path: Path) -> None:
    data = b"milepost" * 100_000
    (tmp_path / "file").write_bytes(data)
    assert digest_file(tmp_path / "file") == digest_bytes(data) == hashlib.sha256(data).hexdigest()


@dataclasses.dataclass(frozen=True)
class Inner:
    share: float
    name: str = ""


@dataclasses.dataclass(frozen=True)
class Outer:
    score: float
    bar: float | None
    spans: tuple[tuple[str, float], ...]
    inner: tuple[Inner, ...]
    best: Inner | None
    rates: Mapping[str, float]
    rest: Any


def test_numbers_that_are_not_known_come_back_as_such() -> None:
    nan = float("nan")
    outer = Outer(nan, None, (("a", nan), ("b", 1.0)), (Inner(nan),), Inner(2.0), {"x": nan}, [None])
    found = numbers_of(plain(outer), Outer)
    back = msgspec.convert(found, Outer)
    assert repr(back) == repr(outer)
    assert back.bar is None
    assert numbers_of({"score": 1.0, "other": None}, Outer) == {"score": 1.0, "other": None}
