"""What a label is, kind by kind: its one canonical form in JSON, and how alike two of them are.

=========  ==========================================================================================
choice     "ID"
tags       ["ID", ...], sorted, each once; none is an answer too
number     1.5
vector     [1.0, 2.0], a number a label of the set
boxes      [{"label": "ID", "x": .., "y": .., "w": .., "h": ..}], corner above left and size, in pixels of
           the picture as shown upright; "angle" where it is turned: degrees clockwise about its centre
polygons   [{"label": "ID", "points": [[x, y], ...]}], in the same pixels
mask       [{"label": "ID", "rle": [..], "width": .., "height": ..}], lengths of runs row by row,
           beginning with pixels that are not set
pair       "a" | "b" | "same": which of two is the better one
like       true | false: like the example or not
=========  ==========================================================================================
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from milepost.digest import Json
from milepost.errors import InputError, did_you_mean
from milepost.labels import shapes

SHAPES = ("boxes", "polygons", "mask")
"""Kinds whose values are lists of shapes on a picture."""
NAMED = ("choice", "tags", *SHAPES)
"""Kinds whose values name labels of a set."""
PIXELS, POINTS = 2**26, 10_000
"""The largest mask, and the most corners of a polygon: both are compared while others wait."""
_DECIMALS = 6
"""Digits of a pixel that are kept: what lies behind is rounding noise of conversions, not a place."""


def canonical(kind: str, value: Json, labels: Collection[str] | None = None) -> Json:
    """Returns a value in the one form its kind has, so that equal answers are equal JSON.

    Args:
        kind: one of `KINDS`.
        value: the value as it came in.
        labels: ids that may be named; for a vector, its components. None: any.

    Raises:
        InputError: it is no value of the kind; the place in it is named.

    >>> canonical("tags", ["wet", "cold", "wet"])
    ['cold', 'wet']
    """
    if kind not in KINDS:
        raise InputError(f"there is no kind of label '{kind}'.", todo=did_you_mean(kind, KINDS))
    return KINDS[kind](value, labels)


def text(value: Json) -> str:
    """A canonical value as text, for keys and columns: equal values have equal texts."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def mentioned(kind: str, value: Json) -> tuple[str, ...]:
    """The ids of labels that a canonical value names, each once, sorted."""
    if kind == "choice":
        return (value,)
    if kind == "tags":
        return tuple(value)
    return tuple(sorted({shape["label"] for shape in value})) if kind in SHAPES else ()


def replaced(kind: str, value: Json, became: Mapping[str, str | None]) -> Json:
    """A canonical value with other labels: each id becomes another one, or None where it says too little.

    Returns:
        The value without what became None; None where nothing of a choice is left.
    """
    if kind == "choice":
        return became.get(value, value)
    if kind == "tags":
        kept = {became.get(tag, tag) for tag in value}
        return sorted(tag for tag in kept if tag is not None)
    if kind not in SHAPES:
        return value
    named = [{**shape, "label": became.get(shape["label"], shape["label"])} for shape in value]
    return sorted((shape for shape in named if shape["label"] is not None), key=text)


def similarity(kind: str, a: Json, b: Json, scale: float = 1.0) -> float:
    """How alike two canonical values are, between 0 (not at all) and 1 (equal).

    Tags: labels in common over labels in either (Jaccard 1901). Numbers: 1 less their distance in units of
    `scale`; vectors: the mean of that. Shapes: pairs of the same label, chosen so that their intersections
    over unions add up to most, twice that sum over the number of shapes: panoptic quality (Kirillov et al.
    2019) without its threshold, so that a shape without a partner counts against both. Else: equal or not.

    Args:
        kind: one of `KINDS`.
        a: a value.
        b: another one.
        scale: the distance from which numbers have nothing in common.
    """
    if kind == "tags":
        return len({*a} & {*b}) / len({*a, *b}) if a or b else 1.0
    if kind in ("number", "vector"):
        if np.shape(a) != np.shape(b):
            return 0.0
        apart = np.abs(np.subtract(a, b)) / scale
        return float(np.mean(np.clip(1 - apart, 0.0, 1.0)))
    if kind in SHAPES:
        return together(a, b, shapes.ious(kind, a, b, labelled=True))
    return float(a == b)


def together(a: list[dict[str, Any]], b: list[dict[str, Any]], table: np.ndarray[Any, Any]) -> float:
    """How alike two drawings are, as `similarity` says.

    Args:
        a: shapes.
        b: others.
        table: the intersection over union of each pair of them (len(a), len(b)), at least of one label.
    """
    from scipy.optimize import linear_sum_assignment

    if not a and not b:
        return 1.0
    total = 0.0
    for label in {shape["label"] for shape in a} & {shape["label"] for shape in b}:
        rows, columns = ([i for i, s in enumerate(side) if s["label"] == label] for side in (a, b))
        part = table[np.ix_(rows, columns)]
        total += float(part[linear_sum_assignment(part, maximize=True)].sum())
    return 2 * total / (len(a) + len(b))


def _wrong(place: str, value: object, expected: str, todo: str = "") -> InputError:
    said = repr(value)
    shown = said if len(said) <= 60 else f"{said[:57]}..."
    return InputError(f"{place} is {shown}.", expected=f"{expected} is expected.", todo=todo)


def _label(place: str, value: Json, labels: Collection[str] | None) -> str:
    if not isinstance(value, str) or not value:
        raise _wrong(place, value, "The id of a label")
    if labels is not None and value not in labels:
        raise _wrong(place, value, "A label of the set that is not retired", did_you_mean(value, labels))
    return value


def _number(place: str, value: Json, expected: str = "A finite number") -> float:
    try:
        if not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value):
            return float(value) + 0.0  # no negative zero
    except OverflowError:
        raise InputError(f"{place} is a whole number beyond all bounds.", expected=f"{expected}.") from None
    raise _wrong(place, value, expected)


def _pixel(place: str, value: Json) -> float:
    return round(_number(place, value), _DECIMALS) + 0.0


def _list(place: str, value: Json, expected: str = "A list") -> list[Json]:
    if not isinstance(value, list | tuple):
        raise _wrong(place, value, expected)
    return list(value)


def _keys(place: str, value: Json, needed: set[str], may: frozenset[str] = frozenset()) -> dict[str, Json]:
    if not isinstance(value, dict) or not needed <= value.keys() or value.keys() - needed - may:
        names = ", ".join(f"'{name}'" for name in sorted(needed))
        raise _wrong(place, value, f"A mapping of {names}")
    return value


def _choice(value: Json, labels: Collection[str] | None) -> Json:
    return _label("choice", value, labels)


def _tags(value: Json, labels: Collection[str] | None) -> Json:
    return sorted({_label(f"tags[{i}]", tag, labels) for i, tag in enumerate(_list("tags", value))})


def _scalar(value: Json, _labels: Collection[str] | None) -> Json:
    return _number("number", value)


def _vector(value: Json, labels: Collection[str] | None) -> Json:
    found = [_number(f"vector[{i}]", item) for i, item in enumerate(_list("vector", value))]
    if not found or (labels is not None and len(found) != len(labels)):
        count = "at least one number" if labels is None else f"{len(labels)} numbers"
        raise _wrong("vector", value, f"A list of {count}")
    return found


def _boxes(value: Json, labels: Collection[str] | None) -> Json:
    found = []
    for i, given in enumerate(_list("boxes", value)):
        place = f"boxes[{i}]"
        box = _keys(place, given, {"label", "x", "y", "w", "h"}, frozenset({"angle"}))
        made: dict[str, Json] = {"label": _label(f"{place}.label", box["label"], labels)}
        made |= {name: _pixel(f"{place}.{name}", box[name]) for name in ("x", "y", "w", "h")}
        for name in ("w", "h"):
            if made[name] <= 0:
                raise _wrong(f"{place}.{name}", box[name], "A size above 0")
        angle = round(_number(f"{place}.angle", box.get("angle", 0)) % 360, _DECIMALS) % 360
        found.append(made | ({"angle": angle} if angle else {}))
    return sorted(found, key=text)


def _polygons(value: Json, labels: Collection[str] | None) -> Json:
    found = []
    for i, given in enumerate(_list("polygons", value)):
        place = f"polygons[{i}]"
        polygon = _keys(place, given, {"label", "points"})
        label = _label(f"{place}.label", polygon["label"], labels)
        points = [
            [_pixel(f"{place}.points[{j}]", number) for number in _two(f"{place}.points[{j}]", point)]
            for j, point in enumerate(_list(f"{place}.points", polygon["points"]))
        ]
        if len(points) > POINTS:
            raise _wrong(f"{place}.points", f"{len(points):,} points", f"A list of at most {POINTS:,}")
        if len({tuple(point) for point in points}) < 3:
            raise _wrong(f"{place}.points", polygon["points"], "A list of at least three different points")
        found.append({"label": label, "points": points})
    return sorted(found, key=text)


def _two(place: str, point: Json) -> list[Json]:
    found = _list(place, point, "A point [x, y]")
    if len(found) != 2:
        raise _wrong(place, point, "A point [x, y]")
    return found


def _mask(value: Json, labels: Collection[str] | None) -> Json:
    found = []
    for i, given in enumerate(_list("mask", value)):
        place = f"mask[{i}]"
        mask = _keys(place, given, {"label", "rle", "width", "height"})
        label = _label(f"{place}.label", mask["label"], labels)
        width, height = (_count(f"{place}.{name}", mask[name], 1) for name in ("width", "height"))
        lengths = [
            _count(f"{place}.rle[{j}]", run) for j, run in enumerate(_list(f"{place}.rle", mask["rle"]))
        ]
        if width * height > PIXELS:
            raise _wrong(place, f"{width} x {height}", f"A mask of at most {PIXELS:,} pixels")
        if sum(lengths) != width * height:
            raise _wrong(f"{place}.rle", mask["rle"], f"A list of runs that add up to {width} x {height}")
        if not any(lengths[1::2]):
            raise _wrong(f"{place}.rle", mask["rle"], "A mask with at least one pixel set")
        tidy = shapes.tidied(lengths)
        found.append({"label": label, "rle": tidy, "width": width, "height": height})
    return sorted(found, key=text)


def _count(place: str, value: Json, least: int = 0) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise _wrong(place, value, f"A whole number of at least {least}")
    return value


def _pair(value: Json, _labels: Collection[str] | None) -> Json:
    if value not in ("a", "b", "same"):
        raise _wrong("pair", value, "One of 'a', 'b' and 'same'")
    return value


def _like(value: Json, _labels: Collection[str] | None) -> Json:
    if not isinstance(value, bool):
        raise _wrong("like", value, "One of true and false")
    return value


KINDS: dict[str, Callable[[Json, Collection[str] | None], Json]] = {
    "choice": _choice,
    "tags": _tags,
    "number": _scalar,
    "vector": _vector,
    "boxes": _boxes,
    "polygons": _polygons,
    "mask": _mask,
    "pair": _pair,
    "like": _like,
}
"""Every kind of label, and what brings its values into canonical form."""
