from __future__ import annotations

import math

import numpy as np

from milepost.report.theme import axis, clipped, extent, finish, floats, key, names, shares, thinned, unique
from milepost.report.vega import channel, mark


def test_thinned_keeps_both_ends_and_the_limit() -> None:
    places = thinned(100_000, 160)
    assert (places[0], places[-1], len(places)) == (0, 99_999, 160)


def test_labels_are_short_and_differ() -> None:
    long = "a very long name of a column that nobody wants to read"
    labels = unique([long, long])
    assert len(set(labels)) == 2
    assert len(clipped(long)) <= 26
    assert extent(labels) > extent(["a"])
    assert names(labels)["axis"]["minExtent"] == extent(labels)


def test_axes_show_thousands_only_where_numbers_are_large() -> None:
    assert axis([1, 20_000])["format"] == "~s"
    assert "format" not in axis([1, 2000, math.nan])
    assert shares()["format"] == "~%"


def test_a_legend_stands_above() -> None:
    assert key(labelColor="#000") == {
        "orient": "top",
        "title": None,
        "labelFontSize": 13,
        "labelColor": "#000",
    }


def test_finish_gives_every_chart_the_same_width_and_look() -> None:
    shown = {"x": channel("x:Q", title=None), "y": channel("y:Q", title="y")}
    chart = finish(mark("point", shown, [{"x": 1.0, "y": 2}]), 100, "Title", "words")
    assert (chart.spec["width"], chart.spec["height"], chart.caption) == (460 - 57 - 4, 100 - 25 - 4, "Title")
    assert chart.spec["config"]["bar"]["color"] == "#2563a8"
    assert floats(np.array([1, 2])) == [1.0, 2.0]
