"""Frames of every type that Polars holds, with values that break things, for campaigns and tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

Random = np.random.Generator
WORDS = (
    "",
    " ",
    "a",
    "B",
    "nan",
    "None",
    "NA",
    "1,5",
    "2,000.50",
    "€3",
    "7 %",
    "-",
    "yes",
    "no",
    "🙂",
    "x" * 300,
)
MORE = (
    "0007",
    "1e400",
    "2020-02-30",
    "2021-01-01",
    "12/31/99",
    "true",
    "\n",
    '"',
    "\x00",
    "\u202e",
    "ß",
    "İ",
)
NAMES = (
    "a",
    "b",
    "lat",
    "lon",
    "id",
    "date",
    "value",
    "label",
    "proba",
    "",
    "🙂",
    "x y",
    "a,b",
    'q"',
    "rows",
    "v",
)
FAR = (-(2**62), -(10**15), -1, 0, 1, 10**9, 10**15, 2**62)


def _of(values: tuple[Any, ...], kind: Any) -> Callable[[int, Random], pl.Series]:
    """Draws from values, in a type."""

    def make(rows: int, random: Random) -> pl.Series:
        few = [values[i] for i in random.permutation(len(values))[: int(random.integers(1, len(values) + 1))]]
        return pl.Series([few[i] for i in random.integers(0, len(few), rows)], dtype=kind)

    return make


def _numbers(kind: Any, low: float, high: float) -> Callable[[int, Random], pl.Series]:
    """Whole numbers of a type, over its whole range or a narrow one."""

    def make(rows: int, random: Random) -> pl.Series:
        if random.random() < 0.5:
            return pl.Series(random.integers(0, 5, rows)).cast(kind)
        drawn = [int(low + (high - low) * share) for share in random.random(rows)]
        return pl.Series([min(max(v, int(low)), int(high)) for v in drawn], dtype=kind, strict=False)

    return make


def _real(rows: int, random: Random) -> pl.Series:
    values = random.normal(size=rows) * 10.0 ** float(random.choice([-310, -30, 0, 0, 0, 30, 300]))
    for odd in (float("nan"), float("inf"), -float("inf"), 0.0, -0.0):
        if random.random() < 0.3:
            values[random.random(rows) < 0.1] = odd
    return pl.Series(values)


def _moments(unit: Any, zone: str | None) -> Callable[[int, Random], pl.Series]:
    def make(rows: int, random: Random) -> pl.Series:
        near = random.random() < 0.6
        drawn = random.integers(0, 2**40, rows).tolist() if near else random.choice(FAR, rows).tolist()
        return pl.Series(drawn, dtype=pl.Int64).cast(pl.Datetime(unit, zone))

    return make


def _days(rows: int, random: Random) -> pl.Series:
    high = 20_000 if random.random() < 0.6 else 2**31 - 1
    return pl.Series(random.integers(-high, high, rows), dtype=pl.Int32).cast(pl.Date)


def _nested(kind: Any, values: tuple[Any, ...]) -> Callable[[int, Random], pl.Series]:
    return _of(values, kind)


def _unique(rows: int, random: Random) -> pl.Series:
    return pl.Series([f"k{i}" for i in random.permutation(rows)])


def _mixed(rows: int, random: Random) -> pl.Series:
    values = [1, "one", 2.5, None, b"raw", dt.date(2020, 1, 1)]
    return pl.Series([values[i] for i in random.integers(0, len(values), rows)], dtype=pl.Object)


KINDS: Mapping[str, Callable[[int, Random], pl.Series]] = {
    "bool": _of((True, False, None), pl.Boolean),
    "int8": _numbers(pl.Int8, -128, 127),
    "int32": _numbers(pl.Int32, -(2**31), 2**31 - 1),
    "int64": _numbers(pl.Int64, -(2**63) + 2048, 2**63 - 2048),
    "int128": _numbers(pl.Int128, -(2**100), 2**100),
    "uint8": _numbers(pl.UInt8, 0, 255),
    "uint64": _numbers(pl.UInt64, 0, 2**64 - 4096),
    "float32": lambda rows, random: pl.Series(random.normal(size=rows), dtype=pl.Float32),
    "float64": _real,
    "decimal": _of((Decimal("1.25"), Decimal("-99999999999999.99"), None), pl.Decimal(20, 2)),
    "words": _of((*WORDS, None), pl.String),
    "odd words": _of((*MORE, None), pl.String),
    "unique words": _unique,
    "categorical": _of(("u", "v", "w", None), pl.Categorical),
    "enum": _of(("u", "v", None), pl.Enum(["u", "v", "never"])),
    "date": _days,
    "datetime ms": _moments("ms", None),
    "datetime us": _moments("us", "Europe/Vienna"),
    "datetime ns": _moments("ns", None),
    "duration": _of((dt.timedelta(days=1), dt.timedelta(microseconds=-1), None), pl.Duration("us")),
    "time": _of((dt.time(0), dt.time(23, 59, 59, 999999), None), pl.Time),
    "null": lambda rows, random: pl.Series([None] * rows, dtype=pl.Null),  # noqa: ARG005
    "binary": _of((b"", b"\x00\xff", None), pl.Binary),
    "object": _mixed,
    "list": _nested(pl.List(pl.Int64), ([], [1, 2], [None], None)),
    "array": _nested(pl.Array(pl.Float64, 2), ([1.0, 2.0], [float("nan"), 0.0], None)),
    "struct": _nested(
        pl.Struct({"p": pl.Int64, "q": pl.String}), ({"p": 1, "q": "x"}, {"p": None, "q": ""}, None)
    ),
    "deep": _nested(pl.List(pl.Struct({"d": pl.Date})), ([{"d": dt.date(2020, 1, 1)}], [], None)),
    "constant": lambda rows, random: pl.Series([7] * rows),  # noqa: ARG005
    "counter": lambda rows, random: pl.Series(range(rows)),  # noqa: ARG005
}
"""Columns of every type by name; each is made of a number of rows and a generator."""
SOBER = ("bool", "int8", "float32", "words", "categorical", "date", "datetime us", "decimal")
REFUSED = ("binary", "object")


def draw(random: Random) -> tuple[pl.DataFrame, str]:
    """Returns a frame of 0 to 300 rows and 1 to 8 columns of any types and names, and the name of its target.

    Half of the frames hold sober columns mostly and a target that depends on one of them, so that many go on.

    >>> frame, target = draw(np.random.default_rng(0))
    >>> target in frame.columns
    True
    """
    rows = int(random.choice([0, 1, 2, 15, 60, 120, 300], p=[0.03, 0.03, 0.04, 0.1, 0.2, 0.3, 0.3]))
    width = int(random.integers(1, 9))
    names = [str(name) for name in random.permutation(NAMES)[:width]]
    sober = bool(random.random() < 0.5)
    wild = list(KINDS) if random.random() < 0.15 else [kind for kind in KINDS if kind not in REFUSED]
    kinds = [str(random.choice(SOBER if sober and random.random() < 0.8 else wild)) for _ in names]
    columns = {name: KINDS[kind](rows, random) for name, kind in zip(names, kinds, strict=True)}
    target = names[0]
    if random.random() < 0.7:
        columns[target] = _target(rows, random)
    frame = pl.DataFrame(columns, strict=False)
    gaps = random.random(rows) < random.choice([0.0, 0.0, 0.2])
    hole = str(random.choice(names))
    if gaps.any() and frame.schema[hole] != pl.Object:
        frame = frame.with_columns(
            pl.when(~pl.Series(gaps)).then(pl.col(hole)).alias(hole) if hole else pl.col(hole)
        )
    if rows and random.random() < 0.2:
        frame = pl.concat([frame, frame.head(rows // 2)], how="vertical")
    return frame, target


def _target(rows: int, random: Random) -> pl.Series:
    """A target that can be learnt at times: two classes, several, or a number."""
    score = random.normal(size=rows)
    kind = int(random.integers(0, 4))
    if kind == 0:
        return pl.Series(score > random.normal())
    if kind == 1:
        return pl.Series(np.where(score > 0, "yes", "no"))
    if kind == 2:
        return pl.Series(np.digitize(score, [-1, 0, 1]))
    return pl.Series(score * 100)
