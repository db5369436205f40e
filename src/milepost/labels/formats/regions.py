"""Shapes and answers as Label Studio writes them: results with places in percent of the picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from milepost.digest import Json, digest
from milepost.errors import InputError
from milepost.labels import shapes
from milepost.labels.formats import brush
from milepost.labels.formats.naming import Naming

Size = tuple[int, int]
TYPES = {
    "choices": "choice",
    "taxonomy": "choice",
    "number": "number",
    "rating": "number",
    "pairwise": "pair",
    "rectanglelabels": "boxes",
    "polygonlabels": "polygons",
    "brushlabels": "mask",
}
"""The kind of label that a type of result is of, as far as it can be told."""
OF = {
    "choice": ("choices", "taxonomy"),
    "tags": ("choices", "taxonomy"),
    "like": ("choices",),
    "number": ("number", "rating"),
    "vector": ("number", "rating"),
    "pair": ("pairwise",),
    "boxes": ("rectanglelabels",),
    "polygons": ("polygonlabels",),
    "mask": ("brushlabels",),
}
"""The types of results that hold a kind of label."""
LIKE = ("like", "unlike")
SIDES = {"left": "a", "right": "b", "same": "same"}
ROUND = 9


def size_of(content: Mapping[str, Json], key: str) -> Size:
    """Width and height of an item's picture.

    Raises:
        InputError: its content does not tell them.
    """
    found = tuple(content.get(name) for name in ("width", "height"))
    if not all(isinstance(part, int | float) and part > 0 and part == int(part) for part in found):
        raise InputError(
            f"The item '{key}' does not tell the size of its picture.",
            expected="`width` and `height` in pixels, as shown.",
        )
    return int(found[0]), int(found[1])  # type: ignore[arg-type]


def written(value: Json, names: Naming, to: str, size: Size | None, salt: str) -> list[dict[str, Json]]:
    """Returns the results of a canonical value.

    Args:
        value: the value.
        names: of labels.
        to: what is labelled: the name of the object in the labelling interface.
        size: of the picture, for boxes and polygons.
        salt: makes the ids of results differ.
    """
    kind = names.kind
    if kind in ("boxes", "polygons", "mask"):
        made = [_shape(kind, shape, names.name(shape["label"]), size) for shape in value]
    elif kind == "vector":
        made = [
            {"from_name": label.name, "type": "number", "value": {"number": number}}
            for label, number in zip(names.labels.active.values(), value, strict=True)
        ]
    elif kind == "tags":
        made = [{"type": "choices", "value": {"choices": names.named(value)}}] if value else []
    else:
        made = [_single(kind, names.named(value))]
    return [
        {"id": digest(salt, at)[:10], "from_name": "label", "to_name": to, **result}
        for at, result in enumerate(made)
    ]


def _single(kind: str, value: Json) -> dict[str, Json]:
    if kind == "number":
        return {"type": "number", "value": {"number": value}}
    if kind == "pair":
        sides = {ours: theirs for theirs, ours in SIDES.items()}
        return {"type": "pairwise", "value": {"selected": sides[value]}}
    chosen = LIKE[0 if value else 1] if kind == "like" else value
    return {"type": "choices", "value": {"choices": [chosen]}}


def _shape(kind: str, shape: dict[str, Any], name: str, size: Size | None) -> dict[str, Json]:
    if kind == "mask":
        wide, high = shape["width"], shape["height"]
        packed = brush.encode(shape["rle"], wide, high)
        told = {"type": "brushlabels", "value": {"format": "rle", "rle": packed, "brushlabels": [name]}}
        return told | {"original_width": wide, "original_height": high, "image_rotation": 0}
    assert size is not None
    wide, high = size
    if kind == "polygons":
        points = [[100 * x / wide, 100 * y / high] for x, y in shape["points"]]
        value: dict[str, Json] = {"points": points, "closed": True, "polygonlabels": [name]}
        told = {"type": "polygonlabels", "value": value}
    else:
        left, top = shapes.box_corners(shape)[0].tolist() if "angle" in shape else (shape["x"], shape["y"])
        value = {"x": 100 * left / wide, "y": 100 * top / high}
        value |= {"width": 100 * shape["w"] / wide, "height": 100 * shape["h"] / high}
        value |= {"rotation": shape.get("angle", 0), "rectanglelabels": [name]}
        told = {"type": "rectanglelabels", "value": value}
    return told | {"original_width": wide, "original_height": high, "image_rotation": 0}


def value_of(results: list[dict[str, Any]], names: Naming) -> Json:
    """Returns the value that results of the right types hold, with ids; the rest of the check is to come.

    Raises:
        InputError: they are not as Label Studio writes them.
    """
    kind = names.kind
    try:
        if kind in ("boxes", "polygons", "mask"):
            return [_read_shape(kind, result, names) for result in results]
        if kind == "vector":
            return _vector(results, names)
        if kind == "tags":
            return [names.id(name) for result in results for name in _chosen(result)]
        if len(results) != 1:
            raise InputError(f"there are {len(results)} answers where one is expected")
        (result,) = results
        if kind == "number":
            return result["value"][result["type"]]
        if kind == "pair":
            return SIDES[result["value"]["selected"]]
        chosen = _chosen(result)
        if len(chosen) != 1:
            raise InputError(f"{len(chosen)} labels are chosen where one is expected")
        if kind == "like":
            return {LIKE[0]: True, LIKE[1]: False}[chosen[0]]
        return names.id(chosen[0])
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as problem:
        raise InputError(f"a result is not as Label Studio writes it ({problem!r})") from None


def _chosen(result: dict[str, Any]) -> list[str]:
    """The names chosen; a path of a taxonomy is `Above > Below`."""
    value = result["value"]
    if result["type"] == "taxonomy":
        return [" > ".join(path) for path in value["taxonomy"]]
    return list(value["choices"])


def _vector(results: list[dict[str, Any]], names: Naming) -> list[Json]:
    said = {names.id(result["from_name"]): result["value"][result["type"]] for result in results}
    wanted = list(names.labels.active)
    missing = [names.name(id) for id in wanted if id not in said]
    if missing:
        raise InputError(f"there is no number for '{missing[0]}'")
    return [said[id] for id in wanted]


def _read_shape(kind: str, result: dict[str, Any], names: Naming) -> dict[str, Json]:
    value = result["value"]
    (name,) = value[OF[kind][0]]
    if result.get("image_rotation"):
        raise InputError(f"the picture was turned by {result['image_rotation']} degrees")
    wide, high = int(result["original_width"]), int(result["original_height"])
    found: dict[str, Json] = {"label": names.id(name)}
    if kind == "mask":
        return found | {"rle": brush.decode(value["rle"], wide, high), "width": wide, "height": high}
    if kind == "polygons":
        points = [[round(x * wide / 100, ROUND), round(y * high / 100, ROUND)] for x, y in value["points"]]
        return found | {"points": points}
    x, y = value["x"] * wide / 100, value["y"] * high / 100
    w, h = value["width"] * wide / 100, value["height"] * high / 100
    angle = value.get("rotation", 0)
    if angle:
        # x and y are where the corner above left came to lie; the box is turned about its centre here
        turn = math.radians(angle)
        x += (w * math.cos(turn) - h * math.sin(turn) - w) / 2
        y += (w * math.sin(turn) + h * math.cos(turn) - h) / 2
        found["angle"] = angle
    return found | {name: round(part, ROUND) for name, part in zip("xywh", (x, y, w, h), strict=True)}
