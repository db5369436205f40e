import numpy as np

from milepost.statistics.weak import weak_slices


def columns(rows, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows)
    x[::7] = np.nan
    return {
        "kind": rng.choice(["a", "b", "c", None], rows),
        "x": x,
        "hour": rng.integers(0, 24, rows).astype(float),
    }, rng.exponential(size=rows)


def test_a_planted_weak_spot_is_found_and_said_in_words():
    given, losses = columns(12_000, 0)
    spot = (given["kind"] == "c") & (given["hour"] >= 18)
    found = weak_slices(given, losses + 1.0 * spot)
    assert found
    assert "kind is c" in found[0].says
    assert "hour from 18" in found[0].says
    assert found[0].low <= 2.0 <= found[0].high
    assert found[0].others < 1.2
    assert "x" not in found[0].says
    assert abs(found[0].share - spot.mean()) < 0.02


def test_even_losses_have_no_weak_spot_more_often_than_chance_allows():
    marked = [bool(weak_slices(*columns(2000, seed))) for seed in range(40)]
    assert np.mean(marked) <= 0.15


def test_missing_values_can_be_the_weak_spot():
    given, losses = columns(8000, 1)
    found = weak_slices({"x": given["x"]}, losses + 2.0 * np.isnan(given["x"]))
    assert "missing" in found[0].says


def test_a_weak_spot_of_one_unit_is_none():
    rng = np.random.default_rng(2)
    units = rng.integers(0, 25, 5000)
    wild = rng.exponential(size=25)[units] ** 3
    given = {"x": rng.normal(size=5000)}
    assert not weak_slices(given, wild, units)


def test_few_rows_or_no_columns_find_nothing():
    given, losses = columns(300, 3)
    assert weak_slices(given, losses) == ()
    assert weak_slices({}, np.ones(1000)) == ()


def test_rare_categories_do_not_name_anybody():
    rows = 4000
    rng = np.random.default_rng(4)
    names = np.array([f"person {i}" for i in range(rows)], dtype=object)
    names[: rows // 2] = "known"
    found = weak_slices({"name": names}, rng.exponential(size=rows) + (names == "known"))
    assert found
    assert "person" not in str(found)
