"""Places: a latitude and a longitude, in degrees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.graphs.builder import Builder
from milepost.modalities.base import RARE, Array, Facts, Fitted, Modality, Vectorizer, View, modalities
from milepost.modalities.coordinates import coordinate
from milepost.modalities.number import Number, squash
from milepost.modalities.numeric import BINS, summary

CENTRES = 8
SAMPLE = 10_000
NEAR = 1e-9
"""Spreads on the unit sphere below this are not told apart from rounding."""


@dataclass(frozen=True, eq=False)
class PlaceTrees(Fitted):
    """Latitude, longitude, and both axes turned by 45 degrees, so that a tree can cut along diagonals.

    Args:
        features: their names.
        swapped: whether longitude comes first among the raw columns.
    """

    features: tuple[str, ...]
    swapped: bool

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        latitude, longitude = (
            builder.cast(tensor, "double") for tensor in (reversed(raw) if self.swapped else raw)
        )
        turned = builder.node("Add", latitude, longitude), builder.node("Sub", latitude, longitude)
        return builder.cast(builder.node("Concat", latitude, longitude, *turned, axis=1), "float")


@dataclass(frozen=True, eq=False)
class PlaceDense(Fitted):
    """A point on the unit sphere, scaled; nearness to centres; whether it is missing.

    Computed in double: a city is a small patch of the sphere. What is no place on Earth (|latitude| > 90,
    |longitude| > 360, infinite) counts as missing.

    Args:
        features: their names.
        home: the median latitude and longitude, which missing places take.
        middle: medians of x, y, z, (3,).
        scale: their spread, (3,).
        centres: unit vectors (k, 3).
        reach: squared distance at which nearness to a centre is exp(-1/2).
        gaps: whether enough training rows had missing places.
        swapped: whether longitude comes first among the raw columns.
    """

    features: tuple[str, ...]
    home: tuple[float, float]
    middle: Array
    scale: Array
    centres: Array
    reach: float
    gaps: bool
    swapped: bool

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        latitude, longitude = (
            builder.cast(tensor, "double") for tensor in (reversed(raw) if self.swapped else raw)
        )
        known = builder.node("And", _within(builder, latitude, 90.0), _within(builder, longitude, 360.0))
        radians = [
            builder.node(
                "Mul",
                builder.node("Where", known, value, _number(builder, at)),
                _number(builder, np.pi / 180),
            )
            for value, at in zip((latitude, longitude), self.home, strict=True)
        ]
        sines = [builder.node("Sin", angle) for angle in radians]
        cosines = [builder.node("Cos", angle) for angle in radians]
        x, y = builder.node("Mul", cosines[0], cosines[1]), builder.node("Mul", cosines[0], sines[1])
        point = builder.node("Concat", x, y, sines[0], axis=1)
        away = builder.node("Sub", point, builder.const(self.middle[None, :]))
        away = builder.cast(builder.node("Div", away, builder.const(self.scale[None, :])), "float")
        columns = [squash(builder, away, [1.0])]
        if len(self.centres):
            # |p - c|^2 = 2 - 2 p.c on the unit sphere.
            dots = builder.node("MatMul", point, builder.const(np.ascontiguousarray(self.centres.T)))
            power = builder.node(
                "Div", builder.node("Sub", dots, _number(builder, 1.0)), _number(builder, self.reach)
            )
            columns.append(builder.cast(builder.node("Exp", power), "float"))
        if self.gaps:
            columns.append(builder.cast(builder.node("Not", known), "float"))
        return columns[0] if len(columns) == 1 else builder.node("Concat", *columns, axis=1)


def _number(builder: Builder, value: float) -> str:
    return builder.const(np.array([[value]], np.float64))


def _within(builder: Builder, value: str, limit: float) -> str:
    """Whether |value| <= limit; false for NaN."""
    return builder.node("LessOrEqual", builder.node("Abs", value), _number(builder, limit))


def sphere(latitude: Array, longitude: Array) -> Array:
    """Returns unit vectors (rows, 3) of degrees.

    >>> sphere(np.array([0.0, 90.0]), np.array([90.0, 0.0])).round(6).tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    phi, lam = np.radians(latitude), np.radians(longitude)
    return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def places(columns: pl.DataFrame, names: tuple[str, str]) -> Array:
    """Returns the valid places among rows, degrees (n, 2)."""
    pairs = np.column_stack([columns[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in names])
    return np.asarray(pairs[(np.abs(pairs[:, 0]) <= 90) & (np.abs(pairs[:, 1]) <= 360)])


@dataclass(frozen=True)
class PlaceVectorizer(Vectorizer):
    """Learns the middle and spread of places and up to 8 centres (k-means on at most 10,000 rows)."""

    names: tuple[str, str]
    view: View
    swapped: bool = False

    def fit(self, columns: pl.DataFrame, target: Array | None, weight: Array | None) -> Fitted:  # noqa: ARG002
        latitude, longitude = self.names
        if self.view == "trees":
            return PlaceTrees(
                (latitude, longitude, f"{latitude} + {longitude}", f"{latitude} - {longitude}"), self.swapped
            )
        known = places(columns, self.names)
        gaps = len(columns) - len(known) >= RARE
        known = known if len(known) else np.zeros((1, 2))
        home = np.median(known, axis=0)
        points = sphere(known[:, 0], known[:, 1])
        quarter = np.quantile(points, [0.25, 0.75], axis=0)
        scale = quarter[1] - quarter[0]
        scale = np.where(scale > 0, scale, points.std(0))
        centres, reach = _centres(points)
        features = [f"{latitude}, {longitude} {axis}" for axis in "xyz"]
        features += [f"{latitude}, {longitude} near centre {at + 1}" for at in range(len(centres))]
        features += [f"{latitude}, {longitude} is missing"] if gaps else []
        middle = np.median(points, axis=0)
        scale = np.where(scale > NEAR, scale, 1.0)
        place = (float(home[0]), float(home[1]))
        return PlaceDense(tuple(features), place, middle, scale, centres, reach, gaps, self.swapped)


def _centres(points: Array) -> tuple[Array, float]:
    """Centres on the sphere (k, 3), and the mean squared distance of a place to its own."""
    from sklearn.cluster import KMeans

    if len(points) > SAMPLE:
        points = np.random.default_rng(0).choice(points, SAMPLE, replace=False)
    count = min(CENTRES, len(np.unique(points, axis=0)))
    if count < 3:
        return np.zeros((0, 3)), 1.0
    found = KMeans(count, n_init=1, random_state=0).fit(points)
    centres = found.cluster_centers_
    centres = centres / np.linalg.norm(centres, axis=1, keepdims=True).clip(1e-9)
    order = np.lexsort(centres.T)
    return centres[order], max(float(found.inertia_) / len(points), NEAR)


class Place(Modality):
    """Points on Earth."""

    name = "place"
    becomes = "coordinates, turned and as distances"

    def recognize(self, facts: Facts) -> tuple[float, str]:
        """Judges one coordinate by its name and range; the schema makes the pairs."""
        side = coordinate(facts.name)
        if not side or facts.dtype not in ("float", "int") or facts.low is None or facts.high is None:
            return 0.0, "it is no latitude or longitude by name."
        limit = 90 if side == "latitude" else 360
        if max(abs(facts.low), abs(facts.high)) > limit:
            return 0.0, f"it reaches {facts.high:g}, which no {side} does."
        return 0.95, f"its name and its range ({facts.low:g} to {facts.high:g}) say {side}."

    def wire(self, facts: Facts) -> str:
        return Number().wire(facts)

    def summarize(self, column: pl.Series) -> Mapping[str, Any]:
        """Returns a map of counts for a struct (latitude, longitude), else the facts of one coordinate."""
        if not isinstance(column.dtype, pl.Struct):
            return summary(column)
        frame = column.struct.unnest()
        latitude, longitude = frame.columns[:2]
        known = places(frame, (latitude, longitude))
        facts: dict[str, Any] = {"rows": len(frame), "missing": len(frame) - len(known)}
        if not len(known):
            return facts
        ends = [(float(side.min()), float(side.max())) for side in known.T]
        ranges = [(low, high) if high > low else (low - 0.5, low + 0.5) for low, high in ends]
        counts, rows, columns = np.histogram2d(known[:, 0], known[:, 1], BINS, ranges)
        at = np.argwhere(counts)
        bins = [{"latitude": int(i), "longitude": int(j), "count": int(counts[i, j])} for i, j in at]
        return {**facts, "edges": {"latitude": rows.tolist(), "longitude": columns.tolist()}, "bins": bins}

    def vectorizer(self, view: View, facts: Mapping[str, Facts]) -> Vectorizer:
        first, second = facts
        swapped = coordinate(first) == "longitude"
        return PlaceVectorizer((second, first) if swapped else (first, second), view, swapped)

    def examples(self, column: pl.Series) -> list[Any]:  # noqa: ARG002
        """Returns missing, the ends and the middle of the scale, and what is no place on Earth."""
        return [None, 0.0, 90.0, -90.0, 45.0, 179.999, -180.0, 1000.0]


modalities.add("place", Place())
