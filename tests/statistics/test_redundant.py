"""Columns that repeat others."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from milepost.statistics.redundant import redundant


@pytest.fixture(scope="module")
def base():
    return np.random.default_rng(0).normal(size=500)


def pairs(columns):
    return {(r.name, r.of, r.why) for r in redundant(columns)}


def test_copies_are_named_with_what_they_copy(base):
    found = pairs({"a": base, "b": base.copy(), "c": -3 * base + 7, "d": np.exp(base), "e": base**2})
    assert found == {("b", "a", "duplicate"), ("c", "a", "affine"), ("d", "a", "monotone")}


def test_constants_and_empty_columns(base):
    nothing = np.full(500, np.nan)
    texts = np.array(["x"] * 500, dtype=object)
    assert pairs({"a": base, "b": nothing, "c": texts}) == {("b", "", "constant"), ("c", "", "constant")}


def test_a_column_missing_in_places_is_no_constant(base):
    assert not pairs({"a": np.where(base > 0, 1.0, np.nan)})


def test_renamed_categories(base):
    code = (base > 0).astype(int) + (base > 1)
    names = np.array(["low", "mid", "high"], dtype=object)[code]
    other = np.array(["x", "y"], dtype=object)[(base > 0.5).astype(int)]
    assert pairs({"name": names, "code": code, "other": other}) == {("code", "name", "renamed")}


def test_two_columns_of_distinct_values_are_not_each_others_names(base):
    generator = np.random.default_rng(1)
    first = generator.permutation(500)
    second = np.array([f"id{i}" for i in generator.permutation(500)], dtype=object)
    assert not pairs({"a": first, "b": second, "c": base})
    assert pairs({"b": second, "d": second.copy()}) == {("d", "b", "duplicate")}


def test_gaps_have_to_agree(base):
    holes = np.where(np.arange(500) % 7 == 0, np.nan, base)
    assert not pairs({"a": base, "b": holes})
    assert pairs({"a": holes, "b": 2 * holes}) == {("b", "a", "affine")}


def test_no_columns():
    assert redundant({}) == ()


def test_each_repeats_the_earliest_and_a_scaled_copy_outdoes_an_equal_order():
    rng = np.random.default_rng(1)
    whole = rng.normal(size=(6, 300))
    columns = {}
    for number in range(40):
        x = whole[rng.integers(6)]
        x = [x, 2 * x - 1, np.exp(x), x**3][rng.integers(4)]
        columns[f"x{number}"] = x if rng.integers(2) else x + 1e-9 * rng.normal(size=300)
    names, wanted = list(columns), {}
    for at, name in enumerate(names):
        near = [np.corrcoef(columns[name], columns[other])[0, 1] for other in names[:at]]
        alike = [spearmanr(columns[name], columns[other])[0] for other in names[:at]]
        same = [np.array_equal(columns[name], columns[other]) for other in names[:at]]
        for close, why in (
            (np.array(same), "duplicate"),
            (np.abs(near) > 1 - 1e-9, "affine"),
            (np.abs(alike) > 0.98, "monotone"),
        ):
            if name not in wanted and close.any():
                wanted[name] = (names[int(np.argmax(close))], why)
    found = {r.name: (r.of, r.why) for r in redundant(columns)}
    assert found == wanted
    assert {why for _, why in found.values()} == {"duplicate", "affine", "monotone"}


def test_renamed_categories_share_the_order_of_their_first_rows():
    rng = np.random.default_rng(2)
    code = rng.integers(0, 5, 400)
    renamed = np.array([3, 1, 4, 0, 2])[code].astype(float)
    gaps = np.where(rng.random(400) < 0.1, np.nan, renamed)
    assert pairs({"code": code.astype(float), "other": renamed, "gaps": gaps}) == {
        ("other", "code", "renamed")
    }
