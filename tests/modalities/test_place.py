"""Places: the graph agrees with numpy, in either order of the columns."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.data.facts import facts_of
from milepost.modalities.place import Place, sphere
from milepost.testing.modalities import check_modality, features

PLACE = Place()


def city(rows=800, seed=0, names=("lat", "lon")):
    rng = np.random.default_rng(seed)
    corners = np.array([[40.6, -74.1], [40.8, -73.9], [40.7, -73.8]])[rng.integers(0, 3, rows)]
    return pl.DataFrame(corners + rng.normal(0, 0.02, (rows, 2)), schema=list(names))


def fit(frame, view):
    return PLACE.vectorizer(view, {name: facts_of(frame[name]) for name in frame.columns}).fit(
        frame, None, None
    )


def answer(form, frame):
    return features(form, frame, dict.fromkeys(frame.columns, "float"))


def test_trees_see_both_axes_and_both_diagonals():
    frame = city(50)
    form = fit(frame, "trees")
    assert form.features == ("lat", "lon", "lat + lon", "lat - lon")
    lat, lon = frame.to_numpy().astype(np.float32).astype(float).T
    np.testing.assert_allclose(
        answer(form, frame), np.column_stack([lat, lon, lat + lon, lat - lon]), rtol=1e-7
    )
    missing = answer(form, pl.DataFrame({"lat": [40.0, None], "lon": [None, 3.0]}))
    assert np.isnan(missing).tolist() == [[False, True, True, True], [True, False, True, True]]


@pytest.mark.parametrize("view", ["trees", "dense"])
def test_the_order_of_the_columns_does_not_matter(view):
    frame = city()
    turned = frame.select("lon", "lat")
    one, other = fit(frame, view), fit(turned, view)
    assert one.features == other.features
    np.testing.assert_array_equal(answer(one, frame), answer(other, turned))


def test_dense_is_a_scaled_point_on_the_sphere():
    frame = city()
    form = fit(frame, "dense")
    got = answer(form, frame)
    points = sphere(*frame.to_numpy().astype(np.float32).astype(float).T)
    exact = sphere(*frame.to_numpy().T)
    low, middle, high = np.quantile(exact, [0.25, 0.5, 0.75], axis=0)
    z = (points - middle) / (high - low)
    np.testing.assert_allclose(got[:, :3], z / np.sqrt(1 + (z / 8) ** 2), atol=1e-5)


def test_nearness_falls_with_distance_from_its_centre():
    frame = city()
    form = fit(frame, "dense")
    got = answer(form, frame)
    points = sphere(*frame.to_numpy().T)
    assert len(form.centres) == 8
    for at, centre in enumerate(form.centres):
        distance = ((points - centre) ** 2).sum(1)
        expected = np.exp(-distance / 2 / form.reach)
        np.testing.assert_allclose(got[:, 3 + at], expected, atol=2e-3)
    assert (got[:, 3:].max(1) > 0.3).mean() > 0.85


def test_what_is_no_place_counts_as_missing():
    frame = pl.concat([city(), pl.DataFrame({"lat": [None, 95.0] * 3, "lon": [-74.0] * 6})])
    form = fit(frame, "dense")
    bad = pl.DataFrame(
        {"lat": [None, 40.0, 95.0, np.inf, 1e30, np.nan], "lon": [-74.0, None, 1.0, 1.0, 1.0, 1.0]}
    )
    got = answer(form, bad)
    assert form.features[-1] == "lat, lon is missing"
    assert got[:, -1].tolist() == [1] * 6
    assert (got == got[0]).all()
    assert answer(form, city()).T[-1].max() == 0


def test_the_date_line_is_no_border():
    near = pl.DataFrame({"lat": [0.0, 0.0], "lon": [179.9999, -179.9999]})
    world = pl.DataFrame({"lat": np.linspace(-80, 80, 300), "lon": np.linspace(-180, 180, 300)})
    got = answer(fit(world, "dense"), near)
    np.testing.assert_allclose(got[0], got[1], atol=1e-4)


def test_recognize_by_name_and_range():
    def sure(name, values):
        return PLACE.recognize(facts_of(pl.Series(name, values)))[0]

    assert sure("pickup_latitude", [1.0, -89.0]) > 0.9
    assert sure("lng", [-170.0, 359.0]) > 0.9
    assert sure("lat", [1.0, 120.0]) == 0
    assert sure("plate", [1.0]) == 0
    assert sure("lat", ["north"]) == 0


def test_a_map_of_counts():
    frame = pl.concat([city(), pl.DataFrame({"lat": [None], "lon": [1.0]})])
    summary = PLACE.summarize(frame.to_struct("place"))
    assert summary["missing"] == 1
    assert sum(cell["count"] for cell in summary["bins"]) == 800
    assert len(summary["edges"]["latitude"]) == 41
    assert "histogram" in PLACE.summarize(frame["lat"])


points = st.tuples(st.none() | st.floats(-90, 90), st.none() | st.floats(-200, 200) | st.just(float("inf")))


@settings(max_examples=12, deadline=None)
@given(st.lists(points, min_size=1, max_size=20))
def test_any_places(rows):
    schema = {"lat": pl.Float64, "lon": pl.Float64}
    check_modality(PLACE, pl.DataFrame(rows, schema=schema, orient="row"))
