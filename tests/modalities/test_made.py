"""Made numbers: the graph agrees with plain arithmetic, and what cannot be computed is missing."""

from datetime import datetime

import numpy as np
import polars as pl
import pytest

from milepost.modalities.made import GROUPED, KINDS, MadeVectorizer, means, spread, title
from milepost.testing.modalities import features

WIRES = ("float", "float")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def fit(kind, frame, view="trees", wires=WIRES):
    return MadeVectorizer(kind, tuple(frame.columns), wires, view).fit(frame, None, None)


def answer(form, frame, wires=WIRES):
    return features(form, frame, dict(zip(frame.columns, wires, strict=True)))


@pytest.fixture
def pair(rng):
    return pl.DataFrame({"a": rng.normal(0, 2, 200), "b": rng.uniform(1, 3, 200)})


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in GROUPED])
def test_arithmetic_of_two_numbers(kind, pair) -> None:
    form = fit(kind, pair)
    assert form.features == (title(kind, ("a", "b")),)
    a, b = pair["a"].to_numpy(), pair["b"].to_numpy()
    own, other = a / spread(pair["a"]), b / spread(pair["b"])
    expected = {
        "ratio": a / b,
        "product": a * b,
        "difference": a - b,
        "turned down": own - other,
        "turned up": own + other,
    }[kind]
    np.testing.assert_allclose(answer(form, pair)[:, 0], expected, rtol=1e-5, atol=1e-6)


def test_a_missing_side_or_a_divisor_of_0_is_missing(pair) -> None:
    odd = pl.DataFrame({"a": [1.0, None, 1.0, 0.0], "b": [None, 1.0, 0.0, 0.0]})
    assert np.isnan(answer(fit("ratio", pair), odd)).all()
    dense = fit("ratio", pair, "dense")
    assert np.isfinite(answer(dense, odd)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_dense_features_have_no_gaps(kind, pair, rng) -> None:
    wires, frame = WIRES, pair
    if kind in GROUPED:
        frame = pair.with_columns(b=pl.Series(rng.choice(["u", "v"], 200)))
        wires = ("float", "string")
    gaps = frame.with_columns(pl.when(pl.int_range(200) > 20).then(pl.col("a")).alias("a"))
    made = answer(fit(kind, gaps, "dense", wires), gaps, wires)
    assert np.isfinite(made).all()
    assert np.abs(made).max() <= 8


@pytest.mark.parametrize("view", ["trees", "dense"])
def test_numbers_beyond_single_precision_are_brought_nearer(rng, view) -> None:
    b = np.r_[np.full(100, 1e-37), rng.uniform(1, 2, 100)]
    frame = pl.DataFrame({"a": rng.uniform(1, 2, 200) * 1e10, "b": b})
    made = answer(fit("ratio", frame, view), frame)
    assert np.isfinite(made).all()
    assert len(np.unique(made)) > 100


def test_moments_differ_by_days() -> None:
    frame = pl.DataFrame(
        {
            "left": [datetime(2024, 3, 1, 12), datetime(2024, 2, 28), None],
            "came": [datetime(2024, 2, 29), datetime(2024, 2, 28), datetime(2024, 1, 1)],
        }
    )
    wires = ("int64", "int64")
    days = answer(fit("difference", frame, wires=wires), frame, wires)[:, 0]
    np.testing.assert_allclose(days[:2], [1.5, 0.0])
    assert np.isnan(days[2])


def test_groups_have_means_of_training_rows_and_strangers_the_mean_of_all() -> None:
    train = pl.DataFrame({"pay": [10.0] * 50 + [20.0] * 50 + [None], "job": ["u"] * 50 + ["v"] * 50 + ["w"]})
    wires = ("float", "string")
    asked = pl.DataFrame({"pay": [11.0, 21.0, 30.0, None], "job": ["u", "v", "stranger", "u"]})
    mean = answer(fit("mean", train, wires=wires), asked, wires)[:, 0]
    drawn = [(500 + 5 * 15) / 55, (1000 + 5 * 15) / 55, 15.0, (500 + 5 * 15) / 55]
    np.testing.assert_allclose(mean, drawn, rtol=1e-6)
    away = answer(fit("deviation", train, wires=wires), asked, wires)[:, 0]
    np.testing.assert_allclose(away[:3], [11 - drawn[0], 21 - drawn[1], 15.0], rtol=1e-6)
    assert np.isnan(away[3])


def test_means_of_nothing_are_0() -> None:
    levels, table = means(pl.Series([None, None], dtype=pl.Float64), pl.Series(["a", "b"]))
    assert set(levels) == {"a", "b"}
    assert (table == 0).all()


def test_a_column_without_spread_is_divided_by_1() -> None:
    assert spread(pl.Series([3.0, 3.0])) == 1.0
    assert spread(pl.Series([None], dtype=pl.Float64)) == 1.0
    assert spread(pl.Series([0.0, 0.0, 0.0, 0.0, 10.0])) == pytest.approx(4.0)
