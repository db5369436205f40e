from __future__ import annotations

import math

import altair as alt
import numpy as np

from milepost.report.theme import axis, clipped, data, extent, finish, floats, names, shares, thinned, unique


def test_thinned_keeps_both_ends_and_the_limit() -> None:
    places = thinned(100_000, 160)
    assert (places[0], places[-1], len(places)) == (0, 99_999, 160)


def test_labels_are_short_and_differ() -> None:
    long = "a very long name of a column that nobody wants to read"
    labels = unique([long, long])
    assert len(set(labels)) == 2
    assert len(clipped(long)) <= 26
    assert extent(labels) > extent(["a"])
    assert names(labels).to_dict()["axis"]["minExtent"] == extent(labels)


def test_data_is_short_and_json_safe() -> None:
    (row,) = data([{"a": 1 / 3, "b": math.nan, "c": np.int64(4), "d": "x"}]).to_dict()["values"]
    assert row == {"a": 0.333333, "b": None, "c": 4, "d": "x"}


def test_axes_show_thousands_only_where_numbers_are_large() -> None:
    assert axis([1, 20_000]).to_dict()["format"] == "~s"
    assert "format" not in axis([1, 2000, math.nan]).to_dict()
    assert shares().to_dict()["format"] == "~%"


def test_finish_gives_every_chart_the_same_width_and_look() -> None:
    chart = finish(alt.Chart(data([{"x": 1.0}])).mark_point().encode(x="x:Q"), 100, "Title", "words")
    assert (chart.spec["width"], chart.spec["height"], chart.caption) == (460, 100, "Title")
    assert chart.spec["config"]["bar"]["color"] == "#2563a8"
    assert floats(np.array([1, 2])) == [1.0, 2.0]
