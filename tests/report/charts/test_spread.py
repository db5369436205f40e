from __future__ import annotations

import numpy as np

from milepost.report.charts.spread import bars, histogram, missing, overlay, scatter
from milepost.report.svg import draw


def test_histogram_names_the_commonest_bin() -> None:
    chart = histogram([0, 10, 20, 30], [1, 5, 2], "Delays", "minutes")
    assert chart.alt == "Histogram of minutes, from 0 to 30; most rows lie between 10 and 20."
    assert ">20</text>" in draw([chart])[0]
    assert histogram([], [], "Delays", "minutes").alt.endswith("empty.")


def test_bars_beyond_twenty_are_counted_together_without_a_bar() -> None:
    chart = bars({f"c{i}": 10 for i in range(50)}, "T", "class", "rows")
    svg = draw([chart])[0]
    assert "31 others" in svg
    assert "310 together" in svg
    assert chart.spec["height"] < 560


def test_bars_of_nothing_still_draw() -> None:
    assert "<svg" in draw([bars({}, "T", "class", "rows")])[0]
    assert "<svg" in draw([bars({"a": 0}, "T", "class", "rows")])[0]


def test_missing_is_sorted() -> None:
    svg = draw([missing({"a": 0.01, "b": 0.5, "c": 0.0}, "T")])[0]
    assert svg.index(">b<") < svg.index(">a<") < svg.index(">c<")
    assert "50 %" in svg


def test_overlay_says_how_much_lies_over_each_other() -> None:
    same = overlay([0, 1, 2], [5, 5], [50, 50], "T", "x")
    apart = overlay([0, 1, 2], [5, 0], [0, 9], "T", "x", ("old", "new"))
    assert "100 % lie" in same.alt
    assert "in old and new; 0 % lie" in apart.alt
    assert ">production<" in draw([same])[0]


def test_scatter_stays_small_and_knows_the_correlation() -> None:
    truth = np.random.default_rng(0).normal(size=20_000)
    chart = scatter(truth, truth, "T")
    assert chart.alt == "Predicted against true for 20,000 rows; correlation 1."
    assert len(draw([chart])[0]) < 60_000
    assert "correlation not known" in scatter([1.0, 1.0], [2.0, 3.0], "T").alt
    assert "<svg" in draw([scatter([], [], "T")])[0]
