"""Near duplicates: what is grouped, what is natural, what is too large."""

from __future__ import annotations

import time

import numpy as np
import polars as pl
import pytest

from milepost.data import near
from milepost.data.near import near_groups


def table(n: int, columns: int, seed: int = 0) -> tuple[pl.DataFrame, list[str]]:
    rng = np.random.default_rng(seed)
    names = [f"x{i}" for i in range(columns)]
    return pl.DataFrame(rng.normal(size=(n, columns)), schema=names), names


def test_categories_and_missing_values_must_agree() -> None:
    frame, names = table(500, 6)
    frame = frame.with_columns(c=pl.Series(["a", "b"] * 250))
    copies = frame.head(40).with_columns(pl.col("x0") + 1e-5)
    other = frame.slice(40, 40).with_columns(pl.col("x0") + 1e-5, c=pl.lit("z"))
    empty = frame.slice(80, 40).with_columns(x0=pl.lit(None, pl.Float64))
    found = near_groups(pl.concat([frame, copies, other, empty]), names, ["c"])
    assert found.groups == 40
    assert (found.ids[500:540] == found.ids[:40]).all()
    assert len(set(found.ids)) == 580
    assert "80 rows" in found.note


def test_chains_are_one_group() -> None:
    frame, names = table(300, 8)
    step = near_groups(frame, names, []).radius * 0.9
    chain = [frame.head(1).with_columns(pl.col("x0") + k * step) for k in range(1, 6)]
    found = near_groups(pl.concat([frame, *chain]), names, [])
    assert found.groups == 1
    assert found.rows == 6


def test_many_exact_copies_do_not_hide_near_ones() -> None:
    frame, names = table(200, 8)
    near_copy = frame.head(20).with_columns(pl.col("x1") * (1 + 1e-4))
    found = near_groups(pl.concat([frame, frame, frame, near_copy]), names, [])
    assert found.groups == 200
    assert (found.ids[600:] == found.ids[:20]).all()


def test_natural_duplicates_are_left_alone() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"a": rng.integers(0, 4, 2000), "b": rng.choice(["x", "y"], 2000)})
    found = near_groups(frame, ["a"], ["b"])
    assert found.rows == 0
    assert len(set(found.ids)) == 2000
    assert "no more than chance" in found.note
    line, names = table(3000, 1)
    assert near_groups(line, names, []).rows == 0


def test_copies_beyond_chance_in_few_values_are_grouped() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({f"c{i}": rng.choice(list("abcde"), 800) for i in range(8)})
    assert near_groups(frame, [], frame.columns).rows == 0
    found = near_groups(pl.concat([frame, frame.head(100)]), [], frame.columns)
    assert found.rows >= 200
    assert found.expected < 20


def test_dates_wide_tables_and_constants() -> None:
    frame, names = table(300, 60)
    frame = frame.with_columns(
        day=pl.date(2020, 1, 1) + pl.duration(days=pl.int_range(pl.len())),
        one=pl.lit(1.0),
        none=pl.lit(None, pl.Float64),
    )
    copies = frame.head(10).with_columns(pl.col(names) + 1e-6)
    found = near_groups(pl.concat([frame, copies]), [*names, "day", "one", "none"], [])
    assert (found.groups, found.rows) == (10, 20)


@pytest.mark.parametrize("common", [0.5, 0.999])
def test_of_many_columns_few_tell_that_chance_makes_no_copies(
    monkeypatch: pytest.MonkeyPatch, common: float
) -> None:
    rng = np.random.default_rng(3)
    names = [f"x{i}" for i in range(80)]
    values = (rng.random((600, 80)) > common).astype(np.int64)
    frame = pl.DataFrame(np.concatenate([values, values[:30]]), schema=names)
    few = near_groups(frame, [], names)
    monkeypatch.setattr(near, "_TELLING", 1_000)
    whole = near_groups(frame, [], names)
    assert (few.ids == whole.ids).all()
    natural = common > 0.9
    assert (few.expected > 100) == (whole.expected > 100) == natural
    assert few.groups == (0 if natural else 30)


def test_limit_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    frame, names = table(300, 3)
    twice = pl.concat([frame, frame.head(30), frame.slice(50, 30).with_columns(pl.col("x0") + 1e-9)])
    found = near_groups(twice.with_columns(pl.col("x0") + 0), names, [], limit=100)
    assert found.rows >= 60
    assert "near copies were not looked for" in found.note
    monkeypatch.setattr(near, "_MOST_PAIRS", 10)
    dense = near_groups(
        twice.with_columns(pl.col("x0") * (1 + 1e-5 * pl.int_range(pl.len()) / 400)), names, []
    )
    assert "too dense" in dense.note


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_tiny_tables(rows: int) -> None:
    frame, names = table(rows, 2)
    assert near_groups(frame, names, []).rows == 0
    assert len(near_groups(frame, names, []).ids) == rows


@pytest.mark.alone
def test_speed() -> None:
    frame, names = table(50_000, 12)
    frame = pl.concat([frame, frame.head(500).with_columns(pl.col(names) + 1e-6)])
    frame = frame.with_columns(c=pl.lit("x"))
    start = time.perf_counter()
    found = near_groups(frame, names, ["c"])
    assert found.groups == 500
    assert time.perf_counter() - start < 30


@pytest.mark.filterwarnings("error")
def test_numbers_at_the_ends_of_float_are_compared_too() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    x[:6] = [1e200, 1e200, -1e300, 1.7e308, -1.7e308, 5e150]
    y = rng.normal(size=200)
    y[1] = y[0]  # the two rows of 1e200 are copies
    found = near_groups(pl.DataFrame({"x": x, "y": y}), ["x", "y"], [])
    assert found.rows == 2
    assert found.ids[0] == found.ids[1]
