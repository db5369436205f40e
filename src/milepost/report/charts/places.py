"""A map of where rows lie, without tiles from the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from milepost.report.blocks import Chart
from milepost.report.sentences import count, number
from milepost.report.theme import ACCENT, GRID, WIDTH, data, finish

Array = np.ndarray[Any, Any]
CELLS = 30
WORLD = 90.0
"""Degrees of longitude from which on the whole earth is drawn, in the equal-earth projection."""


def places(latitude: Sequence[float], longitude: Sequence[float], title: str) -> Chart:
    """Returns where rows lie: cells on an equal-earth map, or on a flat grid of degrees for a region.

    Args:
        latitude: degrees, NaN for missing.
        longitude: degrees, NaN for missing.
        title: what it shows.
    """
    import altair as alt

    lat, lon = np.asarray(latitude, dtype=float), np.asarray(longitude, dtype=float)
    known = np.isfinite(lat) & np.isfinite(lon) & (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
    lat, lon = lat[known], lon[known]
    if not len(lat):
        return finish(alt.Chart(data([])).mark_point(), 40, title, "A map without any place.")
    south, north, west, east = (float(v) for v in (lat.min(), lat.max(), lon.min(), lon.max()))
    told = (
        f"{count(len(lat))} places between latitudes {number(south)} and {number(north)}, "
        f"longitudes {number(west)} and {number(east)}."
    )
    if east - west >= WORLD:
        return _world(lat, lon, title, told)
    pad = 0.02 * max(east - west, north - south, 0.01)
    box = [[south - pad, north + pad], [west - pad, east + pad]]
    cells, ys, xs = np.histogram2d(lat, lon, bins=CELLS, range=box)
    rows = [
        {"x": xs[j], "x2": xs[j + 1], "y": ys[i], "y2": ys[i + 1], "n": cells[i, j]}
        for i, j in zip(*np.nonzero(cells), strict=True)
    ]
    axis = alt.Axis(tickCount=5, format=".4~f")
    chart = alt.Chart(data(rows)).mark_rect(color=ACCENT).encode(
        x=alt.X("x:Q", title="longitude", scale=alt.Scale(domain=box[1], nice=False), axis=axis),
        x2="x2:Q",
        y=alt.Y("y:Q", title="latitude", scale=alt.Scale(domain=box[0], nice=False), axis=axis),
        y2="y2:Q",
        opacity=alt.Opacity("n:Q", scale=alt.Scale(type="log", range=[0.15, 1]), legend=None),
    )  # fmt: skip
    squeeze = np.cos(np.radians((south + north) / 2))
    tall = (WIDTH - 60) * (box[0][1] - box[0][0]) / max(1e-9, (box[1][1] - box[1][0]) * squeeze)
    return finish(chart, int(np.clip(tall, 160, 340)) + 45, title, told)


def _world(lat: Array, lon: Array, title: str, told: str) -> Chart:
    """Circles of size by count on the whole earth."""
    import altair as alt

    cells, ys, xs = np.histogram2d(lat, lon, bins=[15, 30], range=[[-90, 90], [-180, 180]])
    rows = [
        {"lon": (xs[j] + xs[j + 1]) / 2, "lat": (ys[i] + ys[i + 1]) / 2, "n": cells[i, j]}
        for i, j in zip(*np.nonzero(cells), strict=True)
    ]
    sphere = alt.Chart(alt.sphere()).mark_geoshape(fill=None, stroke=GRID)
    lines = alt.Chart(alt.graticule(step=[30, 30])).mark_geoshape(stroke=GRID, strokeWidth=0.6, filled=False)
    circles = alt.Chart(data(rows)).mark_circle(color=ACCENT, opacity=0.8).encode(
        longitude="lon:Q",
        latitude="lat:Q",
        size=alt.Size("n:Q", scale=alt.Scale(type="sqrt", range=[6, 150]), legend=None),
    )  # fmt: skip
    return finish((sphere + lines + circles).project("equalEarth"), 250, title, told)
