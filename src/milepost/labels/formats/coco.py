"""COCO's JSON: boxes, polygons and masks in one file for all pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from milepost.digest import Json
from milepost.errors import InputError
from milepost.labels import shapes, values
from milepost.labels.formats.bundle import Answer, Bundle, Gathered, Given, Taken, lost, said_besides
from milepost.labels.formats.naming import Naming, inside
from milepost.labels.formats.regions import size_of
from milepost.labels.formats.rows import number, parsed
from milepost.labels.labelset import LabelSet

CANNOT = (
    "More than one answer an item, drafts, what was discarded, suggestions and comments.",
    "Other parts of the content than the name and the size of the picture.",
    "Holes of polygons: several rings of one object are read as a polygon each.",
    "Keys, notes and ids of labels; the name of the label above is kept.",
)
"""What it cannot hold."""
OURS = "milepost"
_SHOWN = ("image", "width", "height")
Record = dict[str, Any]


def write(bundle: Bundle, path: Path, person: str | None = None) -> Given:
    """Writes instances: a person's or everybody's answers, as long as each item has one.

    Who labelled a picture and how long it took stands in a field of our own, which others pass over; so
    does it that a picture without objects was looked at. A turned box is its box before it was turned, with
    `attributes.rotation`, as CVAT has it.

    Args:
        bundle: boxes, polygons or masks; contents tell `image`, `width` and `height`.
        path: the file.
        person: whose answers, or None.

    Raises:
        InputError: the kind is another one, an item has several answers, or a size is not known.
    """
    _refuse_other_kinds(bundle.labels)
    chosen = bundle.settled(person)
    names = Naming("", bundle.labels)
    places = {label.id: at for at, label in enumerate(bundle.labels.labels, 1)}
    images: list[Record] = []
    annotations: list[Record] = []
    for at, item in enumerate(bundle.items, 1):
        wide, high = size_of(item.content, item.key)
        name = str(item.content.get("image", item.key))
        image: Record = {"id": at, "file_name": name, "width": wide, "height": high}
        ours: Record = {} if name == item.key else {"key": item.key}
        answer = chosen.get(item.key)
        if answer is not None:
            ours |= {"person": answer.person, "seconds": answer.seconds, "at": answer.at}
            for shape in answer.value:
                told = _object(bundle.labels.kind, shape)
                head = {"id": len(annotations) + 1, "image_id": at, "category_id": places[shape["label"]]}
                annotations.append({**head, **told})
        images.append({**image, OURS: ours} if ours else image)
    categories = [
        {"id": at, "name": names.name(label.id), "supercategory": _above(bundle.labels, label.parent)}
        for at, label in enumerate(bundle.labels.labels, 1)
    ]
    whole: Record = {"info": {"description": bundle.labels.name}, "images": images}
    whole |= {"annotations": annotations, "categories": categories}
    path.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    more = sum(name not in _SHOWN for item in bundle.items for name in item.content)
    left = lost([*said_besides(bundle, chosen), (more, "other parts of contents")])
    return Given((path.name,), len(images), len(chosen), 0, left)


def _above(labels: LabelSet, id: str) -> str:
    return labels.by_id[id].name if id else ""


def _refuse_other_kinds(labels: LabelSet) -> None:
    if labels.kind not in values.SHAPES:
        raise InputError(
            f"Labels of the kind '{labels.kind}' cannot be written in this format.",
            expected=f"It holds {', '.join(values.SHAPES)}.",
            todo="Choose JSON lines, Parquet or Label Studio.",
        )


def _object(kind: str, shape: Record) -> Record:
    if kind == "mask":
        picture = shapes.pixels(shape)
        rows, columns = np.flatnonzero(picture.any(1)), np.flatnonzero(picture.any(0))
        left, top = int(columns[0]), int(rows[0])
        box = [left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top]
        counts = shapes.runs(picture.T)
        told = {"size": [shape["height"], shape["width"]], "counts": counts}
        return {"bbox": box, "area": int(picture.sum()), "iscrowd": 1, "segmentation": told}
    if kind == "polygons":
        points = np.array(shape["points"], np.float64)
        low, high = points.min(0), points.max(0)
        area = shapes.areas(points, points)[0]
        flat = [number for point in shape["points"] for number in point]
        box = [*low.tolist(), *(high - low).tolist()]
        return {"bbox": box, "area": area, "iscrowd": 0, "segmentation": [flat]}
    corners = shapes.box_corners(shape).ravel().tolist()
    box = [shape[name] for name in "xywh"]
    flat_box: Record = {"bbox": box, "area": shape["w"] * shape["h"], "iscrowd": 0, "segmentation": [corners]}
    return flat_box | ({"attributes": {"rotation": shape["angle"]}} if "angle" in shape else {})


def read(path: Path, kind: str = "", labels: LabelSet | None = None) -> Taken:
    """Reads instances; every picture is an item, and every picture with objects has an answer.

    Args:
        path: the file.
        kind: "boxes", "polygons" or "mask"; "" takes masks where all objects have one, else boxes.
        labels: the label set, or None: labels are then the categories.

    Raises:
        InputError: it is no such file.
    """
    whole = _whole(path)
    if labels is not None:
        _refuse_other_kinds(labels)
    kind = kind or (labels.kind if labels is not None else _kind(whole))
    into = Gathered(Naming(kind, labels))
    images, people = _images(into, whole["images"], path.name)
    told_names = [
        c for c in whole["categories"] if isinstance(c, dict) and isinstance(c.get("id"), int | str)
    ]
    names = {category["id"]: category.get("name") for category in told_names}
    if labels is None:
        for name in names.values():
            into.names.id(name)
    found: dict[str, list[Json]] = {key: [] for key in images.values() if key in people}
    for at, entry in enumerate(whole["annotations"], 1):
        place = f"{path.name}, annotation {at}"
        into.entries += 1
        try:
            key, found_shapes = _entry(entry, images, names, into.names)
            for shape in found_shapes:
                into.names.check([shape])
            found.setdefault(key, []).extend(found_shapes)
        except InputError as problem:
            into.refuse(place, problem)
        except (KeyError, TypeError, ValueError, IndexError, OverflowError, AttributeError) as problem:
            into.refuse(place, f"it is not as COCO has it ({problem!r})")
    for key, value in found.items():
        ours = people.get(key, {})
        try:
            seconds = number(ours, "seconds")
        except InputError as problem:
            into.refuse(f"{path.name}, image '{key}'", problem, counted=False)
            seconds = None
        told = Answer(key, str(ours.get("person", "")), value, seconds=seconds, at=str(ours.get("at", "")))
        into.answer(path.name, told)
        into.entries -= 1  # its objects were counted
    return into.taken()


def _whole(path: Path) -> Record:
    found = parsed(path.read_bytes())
    parts = ("images", "annotations", "categories")
    if not isinstance(found, dict) or not all(isinstance(found.get(part), list) for part in parts):
        raise InputError(f"'{path.name}' is not as COCO has it.", expected=f"Lists {', '.join(parts)}.")
    return found


def _images(into: Gathered, told: list[Json], file: str) -> tuple[dict[Any, str], dict[str, Record]]:
    """Keys of pictures by their number, and our own field of those that have one that names a person."""
    images: dict[Any, str] = {}
    people: dict[str, Record] = {}
    for at, image in enumerate(told, 1):
        try:
            name = inside(image["file_name"])
            hash(image.get("id"))
            ours = image.get(OURS) if isinstance(image.get(OURS), dict) else {}
            key = str(ours.get("key", name))
            content = {"image": name, **{part: image[part] for part in ("width", "height") if part in image}}
        except InputError as problem:
            into.refuse(f"{file}, image {at}", problem, counted=False)
            continue
        except (KeyError, TypeError, AttributeError):
            into.refuse(f"{file}, image {at}", "it has no id or file_name", counted=False)
            continue
        if into.item(f"{file}, image {at}", key, content):
            images[image.get("id")] = key
            if "person" in ours:
                people[key] = ours
    return images, people


def _entry(
    entry: Record, images: Mapping[Any, str], names: Mapping[Any, Any], naming: Naming
) -> tuple[str, list[Json]]:
    """The key of the picture and the shapes of an annotation."""
    if entry["image_id"] not in images:
        raise InputError(f"there is no image {entry['image_id']}")
    if entry["category_id"] not in names:
        raise InputError(f"there is no category {entry['category_id']}")
    label = naming.id(names[entry["category_id"]])
    told = entry.get("segmentation")
    if naming.kind == "boxes":
        x, y, w, h = map(float, entry["bbox"])
        box: Record = {"label": label, "x": x, "y": y, "w": w, "h": h}
        attributes = entry.get("attributes")
        turned = float(attributes.get("rotation", 0)) if isinstance(attributes, dict) else 0.0
        return images[entry["image_id"]], [box | ({"angle": turned} if turned else {})]
    if naming.kind == "mask":
        if not isinstance(told, dict):
            raise InputError("its segmentation is no mask of runs")
        return images[entry["image_id"]], [{"label": label, **_mask(told)}]
    if not isinstance(told, list) or not told:
        raise InputError("its segmentation is no polygon")
    rings = [np.array(ring, np.float64).reshape(-1, 2).tolist() for ring in told]
    return images[entry["image_id"]], [{"label": label, "points": ring} for ring in rings]


def _mask(told: Record) -> Record:
    high, wide = (int(part) for part in told["size"])
    counts = told["counts"]
    lengths = unpacked(counts) if isinstance(counts, str) else [int(count) for count in counts]
    if min(lengths, default=0) < 0 or sum(lengths) != wide * high or wide * high > 1 << 26:
        raise InputError(f"its runs do not fit {wide} x {high} pixels")
    turned = shapes.pixels({"rle": lengths, "width": high, "height": wide})
    return {"rle": shapes.runs(turned.T), "width": wide, "height": high}


def unpacked(counts: str) -> list[int]:
    """The lengths of runs that COCO's tools write as text: numbers of 5 bits a letter, as differences.

    Each letter holds 5 bits of a number, the lowest first, and whether another one follows; from the third
    run on the difference to the last but one is written.

    >>> unpacked("52203")
    [5, 2, 2, 2, 5]
    """
    found: list[int] = []
    value, shift = 0, 0
    for letter in counts:
        bits = ord(letter) - 48
        if not 0 <= bits < 64:
            raise InputError(f"its runs hold the letter '{letter}'")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        found.append(value + (found[-2] if len(found) > 2 else 0))
        value, shift = 0, 0
    return found


def _kind(whole: Record) -> str:
    """Masks where every object is one, else boxes, which every object has."""
    told = [entry.get("segmentation") for entry in whole["annotations"] if isinstance(entry, dict)]
    return "mask" if told and all(isinstance(one, dict) for one in told) else "boxes"
