"""New rows that repeat former ones are found, exactly and nearly, and chance copies are not."""

import numpy as np
import polars as pl

from milepost.data.overlap import overlap, repeated


def table(rows: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {"a": rng.normal(size=rows), "b": rng.normal(size=rows), "c": rng.choice(list("xyz"), rows)}
    )


def test_planted_copies_are_found_and_nothing_else() -> None:
    before, tests = table(400, 0), table(100, 1)
    fresh = pl.concat([before[:7], tests[:3], table(200, 2)])
    near = before[20:25].with_columns(pl.col("a") + 1e-4)
    found = overlap(pl.concat([fresh, near]), [before, tests], ["a", "b", "c"])
    assert np.flatnonzero(found.exact).tolist() == list(range(10))
    assert np.flatnonzero(found.near[0]).tolist() == [*range(7), *range(210, 215)]
    assert np.flatnonzero(found.near[1]).tolist() == [7, 8, 9]


def test_rows_of_few_values_repeat_by_chance_and_none_counts() -> None:
    rng = np.random.default_rng(0)
    rows = pl.DataFrame({"c": rng.choice(list("xyz"), 600), "d": rng.choice(list("uv"), 600)})
    found = overlap(rows[400:], [rows[:400], rows[:0]], ["c", "d"])
    assert not found.exact.any()
    assert not found.near[0].any()


def test_without_columns_to_compare_nothing_repeats() -> None:
    found = overlap(table(5, 0), [table(5, 0)], [])
    assert not found.exact.any()
    assert found.ids.tolist() == [0, 1, 2, 3, 4]


def test_nothing_repeats_among_nothing() -> None:
    assert repeated(table(3, 0), table(0, 0), ["a"]).tolist() == [False] * 3
