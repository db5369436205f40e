"""A map of where rows lie, without tiles from the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from milepost.report.blocks import Chart
from milepost.report.sentences import count, number
from milepost.report.theme import ACCENT, GRID, WIDTH, finish
from milepost.report.vega import channel, layer, mark

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
    lat, lon = np.asarray(latitude, dtype=float), np.asarray(longitude, dtype=float)
    known = np.isfinite(lat) & np.isfinite(lon) & (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
    lat, lon = lat[known], lon[known]
    if not len(lat):
        return finish(mark("point", {}, []), 40, title, "A map without any place.")
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
    axis = {"tickCount": 5, "format": ".4~f"}
    squares = {
        "x": channel("x:Q", title="longitude", scale={"domain": box[1], "nice": False}, axis=axis),
        "x2": channel("x2"),
        "y": channel("y:Q", title="latitude", scale={"domain": box[0], "nice": False}, axis=axis),
        "y2": channel("y2"),
        "opacity": channel("n:Q", scale={"type": "log", "range": [0.15, 1]}, legend=None),
    }
    chart = mark("rect", squares, rows, color=ACCENT)
    squeeze = np.cos(np.radians((south + north) / 2))
    tall = (WIDTH - 60) * (box[0][1] - box[0][0]) / max(1e-9, (box[1][1] - box[1][0]) * squeeze)
    return finish(chart, int(np.clip(tall, 160, 340)) + 45, title, told)


def _world(lat: Array, lon: Array, title: str, told: str) -> Chart:
    """Circles of size by count on the whole earth."""
    cells, ys, xs = np.histogram2d(lat, lon, bins=[15, 30], range=[[-90, 90], [-180, 180]])
    rows = [
        {"lon": (xs[j] + xs[j + 1]) / 2, "lat": (ys[i] + ys[i + 1]) / 2, "n": cells[i, j]}
        for i, j in zip(*np.nonzero(cells), strict=True)
    ]
    sphere = {"data": {"sphere": True}, **mark("geoshape", {}, fill=None, stroke=GRID)}
    meridians = {"graticule": {"step": [30, 30]}}
    lines = {"data": meridians, **mark("geoshape", {}, stroke=GRID, strokeWidth=0.6, filled=False)}
    spots = {
        "longitude": channel("lon:Q"),
        "latitude": channel("lat:Q"),
        "size": channel("n:Q", scale={"type": "sqrt", "range": [6, 150]}, legend=None),
    }
    circles = mark("circle", spots, rows, color=ACCENT, opacity=0.8)
    earth = {**layer(sphere, lines, circles), "projection": {"type": "equalEarth"}}
    return finish(earth, 250, title, told)
