"""A planted change has its known size in its column alone; without one all is quiet, whatever the rows."""

import polars as pl
import pytest
from scipy.stats import norm

from milepost.monitors.drift import Drift


def sizes(found):
    return {signal.name: signal.size for signal in found}


@pytest.mark.parametrize("count", [60, 500, 20_000])
def test_without_a_change_all_is_quiet(normal, window, count) -> None:
    found = sizes(Drift().watch(window(count, seed=3), normal))
    assert set(found) == {"drift x", "drift z", "drift c", "drift at", "drift of the answers"}
    assert max(found.values()) < 0.1


def test_a_moved_number_has_its_known_size(normal, window) -> None:
    found = Drift().watch(window(4000, x=pl.col("x") + 0.5), normal)
    assert sizes(found)["drift x"] == pytest.approx(2 * norm.cdf(0.25) - 1, abs=0.04)
    assert max(v for n, v in sizes(found).items() if n != "drift x") < 0.05
    assert found[0].column == "x"
    assert "median" in found[0].says


def test_categories_and_hours_are_named(normal, window) -> None:
    changed = {"c": pl.lit("b"), "at": pl.col("at").dt.truncate("1d")}
    found = {s.name: s for s in Drift().watch(window(1000, **changed), normal)}
    assert found["drift c"].size == pytest.approx(0.7, abs=0.05)
    assert "b 30" in found["drift c"].says
    assert found["drift at"].size > 0.8
    assert "hours of 'at'" in found["drift at"].says


def test_a_column_that_is_empty_or_gone_raises_nothing_here(normal, window) -> None:
    found = sizes(Drift().watch(window(x=pl.lit(None, pl.Float64)), normal))
    assert found["drift x"] == 0.0
    gone = window()
    gone = type(gone)("w", gone.frame.drop("x"), gone.prediction)
    assert "drift x" not in sizes(Drift().watch(gone, normal))
