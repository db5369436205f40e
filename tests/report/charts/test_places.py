from __future__ import annotations

import numpy as np

from milepost.report.charts.places import places
from milepost.report.svg import draw

RANDOM = np.random.default_rng(0)


def test_a_region_is_a_grid_of_degrees() -> None:
    chart = places(RANDOM.uniform(40, 50, 5000), RANDOM.uniform(5, 15, 5000), "T")
    assert chart.alt.startswith("5,000 places between latitudes 40 and 50")
    svg = draw([chart])[0]
    assert ">longitude<" in svg
    assert len(svg) < 70_000


def test_the_world_is_drawn_in_equal_earth() -> None:
    chart = places(RANDOM.uniform(-60, 70, 5000), RANDOM.uniform(-180, 180, 5000), "T")
    assert "'equalEarth'" in str(chart.spec)
    assert len(draw([chart])[0]) < 70_000


def test_what_is_no_place_is_passed_over() -> None:
    chart = places([np.nan, 91.0, 10.0], [5.0, 5.0, 20.0], "T")
    assert chart.alt.startswith("1 places")
    assert "<svg" in draw([chart])[0]
    empty = places([], [], "T")
    assert empty.alt == "A map without any place."
    assert "<svg" in draw([empty])[0]
