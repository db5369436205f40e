"""The toy shop has the relation it promises, and noise drowns it."""

import polars as pl
import pytest

from milepost.testing.toys import CITIES, shop


def test_the_same_seed_gives_the_same_rows() -> None:
    assert shop(50, 1).equals(shop(50, 1))
    assert not shop(50, 1).equals(shop(50, 2))


def test_columns_are_of_every_kind_and_one_has_gaps() -> None:
    table = shop(500)
    assert table["visit"].n_unique() == 500
    assert 0.05 < table["age"].null_count() / 500 < 0.15
    assert set(table["city"]) == set(CITIES)
    assert table.schema["joined"] == pl.Datetime("us")


@pytest.mark.parametrize(("noise", "low", "high"), [(0.0, 0.75, 1.0), (1.0, 0.3, 0.8), (100.0, -0.1, 0.1)])
def test_noise_drowns_the_relation(noise: float, low: float, high: float) -> None:
    table = shop(4000, noise=noise)
    found = table.select(pl.corr(pl.col("income").log(), pl.col("spent"))).item()
    assert low < found <= high
