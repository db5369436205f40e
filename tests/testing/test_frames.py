"""Drawn frames are of every kind, and the same seed draws the same."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from milepost.testing.frames import KINDS, draw


def test_the_same_seed_draws_the_same() -> None:
    (one, target), (other, again) = (draw(np.random.default_rng(5)) for _ in range(2))
    assert target == again
    assert one.schema == other.schema
    assert one.height == other.height


def test_all_kinds_of_columns_and_sizes_occur() -> None:
    frames = [draw(np.random.default_rng(seed))[0] for seed in range(400)]
    seen = {type(kind) for frame in frames for kind in frame.dtypes}
    assert {
        pl.List,
        pl.Struct,
        pl.Decimal,
        pl.Enum,
        pl.Duration,
        pl.Time,
        pl.Null,
        pl.UInt64,
        pl.Binary,
    } <= seen
    assert {frame.height for frame in frames} >= {0, 1, 2, 15, 300}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_makes_columns_of_any_length(kind: str) -> None:
    for rows in (0, 1, 40):
        assert len(KINDS[kind](rows, np.random.default_rng(1))) == rows
