"""Rows as points: groups lie apart whatever they are made of, classes have names, places are found."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.web.conftest import EVIL

from milepost.report.numbers import numbers
from milepost.web.atlas import COLOURS, NONE, OTHERS, ROWS, classes, flat, pairs, points, share


def apart(found: np.ndarray, group: np.ndarray) -> float:
    """How far two groups lie apart, in spreads within them."""
    one, two = found[group == 0], found[group == 1]
    return float(np.linalg.norm(one.mean(0) - two.mean(0)) / np.sqrt((one.var(0) + two.var(0)).mean()))


@pytest.mark.parametrize("kind", ["numbers", "words", "texts", "dates"])
def test_groups_that_differ_lie_apart(kind: str) -> None:
    rng = np.random.default_rng(0)
    group = rng.integers(0, 2, 200)
    words = [
        ["rain and cold wind over the northern hills", "warm sun on the quiet southern beach"][g]
        for g in group
    ]
    columns = {
        "numbers": {f"x{k}": rng.normal(size=200) + 6 * group for k in range(3)},
        "words": {"w": [["red", "blue"][g] for g in group]},
        "texts": {"t": [f"{word} {rng.integers(99)} {rng.integers(99)}" for word in words]},
        "dates": {"d": pl.Series(group * 1000 + rng.integers(0, 9, 200)).cast(pl.Date)},
    }
    frame = pl.DataFrame({**columns[kind], "y": group, "noise": rng.normal(size=200)})
    found = flat(frame, ["y"])
    assert found.columns == (*columns[kind], "noise")
    assert apart(found.points, group) > 1.5
    again = flat(frame, ["y"])
    assert np.array_equal(found.points, again.points)
    assert "y" not in found.columns


def test_many_rows_are_drawn_and_empty_columns_say_nothing() -> None:
    frame = pl.DataFrame({"x": range(5000), "same": [1] * 5000, "gone": [None] * 5000})
    found = flat(frame.with_columns(pl.lit(float("nan")).alias("nan")), [])
    assert len(found.rows) == ROWS
    assert len(set(found.rows.tolist())) == ROWS
    assert found.columns == ("x",)
    assert share(found).startswith("2,000 rows by 1 columns")
    assert flat(pl.DataFrame({"a": [1, 2]}), []).kept == 0.0
    assert flat(pl.DataFrame({"a": ["x"] * 9}), []).columns == ()


def test_classes_have_names() -> None:
    assert classes(pl.Series([1.0, 2.0, None, 4.0] * 5 + list(range(100, 110))))[2] == NONE
    fourths = classes(pl.Series(range(100)))
    assert len(set(fourths)) == 4
    assert fourths[0] == fourths[24] != fourths[30]
    many = classes(pl.Series([f"c{at}" for at in range(30)] + ["c0"] * 5))
    assert OTHERS in many
    assert many[0] == "c0"
    assert set(classes(pl.Series([True, False, None]))) == {"true", "false", NONE}


def test_coordinates_are_found_in_pairs() -> None:
    names = ["pickup_lat", "pickup_lon", "latitude", "longitude", "drop_lat", "plate"]
    frame = pl.DataFrame({name: [1.0] for name in names})
    assert pairs(frame) == [("pickup_lat", "pickup_lon"), ("latitude", "longitude")]
    assert pairs(pl.DataFrame({"lat": ["a"], "lon": ["b"]})) == []


def test_a_chart_has_a_colour_a_class_and_its_numbers() -> None:
    labels = ["b", "a", "b", NONE, EVIL]
    words = {"title": "T", "x": "x", "y": "y"}
    chart = points(np.arange(10.0).reshape(5, 2), labels, np.arange(5), words)
    colour = chart.spec["encoding"]["color"]["scale"] if "encoding" in chart.spec else None
    assert colour is not None
    assert colour["domain"] == ["b", EVIL, "a", NONE]
    assert colour["range"][-1] == COLOURS[-1]
    head, rows = numbers(chart)
    assert head == ("x", "y", "class", "row")
    assert len(rows) == 5
