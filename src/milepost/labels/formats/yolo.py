"""YOLO's folder: a text file a picture, a line an object, places as shares of width and height."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import yaml

from milepost.digest import Json
from milepost.errors import InputError
from milepost.labels import shapes
from milepost.labels.formats import folder
from milepost.labels.formats.bundle import Answer, Bundle, Gathered, Given, Taken, lost, said_besides
from milepost.labels.formats.naming import Naming, inside
from milepost.labels.formats.regions import Size, size_of
from milepost.labels.labelset import LabelSet

CANNOT = (
    "Sizes of pictures: they are read from the pictures, which have to be there, or are given.",
    "Who labelled, when, how long it took; more than one answer an item, drafts, discarded items,"
    " suggestions and comments.",
    "Masks, and other parts of the content than the name of the picture.",
    "What labels are beside their names.",
)
"""What it cannot hold."""
PICTURES = (
    ".jpg",
    ".jpeg",
    ".png",
    ".bmp",
    ".webp",
    ".tif",
    ".tiff",
    ".gif",
    ".dng",
    ".heic",
    ".mpo",
    ".pfm",
)
DATA, LIST = "data.yaml", "images.txt"
_LONG = 1 << 24


def write(bundle: Bundle, path: Path, person: str | None = None, media: Path | None = None) -> Given:
    """Writes `data.yaml`, `images.txt`, and a file below `labels` for each picture that was labelled.

    A picture without objects has an empty file, and one that nobody labelled has none. Where a box is turned
    all are written by their corners (YOLO's oriented boxes).

    Args:
        bundle: boxes or polygons; contents tell `image`, `width` and `height`.
        path: the folder.
        person: whose answers, or None for everybody's, as long as items have one at most.
        media: where the pictures lie, to copy them to `images`; None leaves them where they are.

    Raises:
        InputError: the kind is another one, an item has several answers, or two files of labels would meet.
    """
    if bundle.labels.kind not in ("boxes", "polygons"):
        raise InputError(
            f"Labels of the kind '{bundle.labels.kind}' cannot be written as YOLO.",
            expected="It holds boxes and polygons.",
            todo="Choose COCO for masks, and JSON lines, Parquet or Label Studio for the others.",
        )
    chosen, names = bundle.settled(person), folder.files(bundle)
    numbers = {label.id: at for at, label in enumerate(bundle.labels.labels)}
    turned = any("angle" in shape for answer in chosen.values() for shape in answer.value)
    written = [DATA, LIST]
    path.mkdir(parents=True, exist_ok=True)
    for item in bundle.items:
        if item.key in chosen:
            size = size_of(item.content, item.key)
            lines = [
                f"{numbers[shape['label']]} {_numbers(bundle.labels.kind, shape, size, turned)}\n"
                for shape in chosen[item.key].value
            ]
            there = PurePosixPath("labels", names[item.key]).with_suffix(".txt")
            (path / there).parent.mkdir(parents=True, exist_ok=True)
            (path / there).write_text("".join(lines), encoding="utf-8")
            written.append(str(there))
    folder.copy(names.values(), media, path / "images")
    listed = "".join(f"./images/{name}\n" for name in names.values())
    (path / LIST).write_text(listed, encoding="utf-8")
    naming = Naming("", bundle.labels)
    told = {"path": ".", "train": LIST, "val": LIST}
    told_names = {at: naming.name(id) for id, at in numbers.items()}
    body = yaml.safe_dump({**told, "names": told_names}, allow_unicode=True, sort_keys=False)
    (path / DATA).write_text(body, encoding="utf-8")
    left = [*said_besides(bundle, chosen), (folder.anonymous(chosen), "names and times of labellers")]
    left.append((folder.other_parts(bundle.items), "other parts of contents"))
    return Given(tuple(written), len(bundle.items), len(chosen), 0, lost(left))


def _numbers(kind: str, shape: Mapping[str, Any], size: Size, turned: bool) -> str:
    wide, high = size
    if kind == "boxes" and not turned:
        x, y, w, h = (shape[name] for name in "xywh")
        found = [(x + w / 2) / wide, (y + h / 2) / high, w / wide, h / high]
    else:
        points = shapes.box_corners(shape) if kind == "boxes" else np.array(shape["points"], np.float64)
        found = (points / size).ravel().tolist()
    return " ".join(repr(float(number)) for number in found)


def read(
    path: Path, kind: str = "", labels: LabelSet | None = None, sizes: Mapping[str, Size] | None = None
) -> Taken:
    """Reads a folder with `data.yaml` or `classes.txt`, `labels`, and `images` or lists of them.

    Args:
        path: the folder.
        kind: "boxes", of 4 numbers or of 8 where they are turned, or "polygons"; "" takes boxes where all
            lines have 4 numbers, else polygons.
        labels: the label set, or None: labels are then the names in the folder.
        sizes: width and height of pictures by name; those of others are read from `images`.

    Raises:
        InputError: there are no names of classes, or no pictures.
    """
    names, lists = _data(path)
    pictures = _pictures(path, lists)
    if not pictures:
        raise InputError(f"'{path.name}' names no pictures.", expected="A folder `images`, or lists of them.")
    stems = {str(PurePosixPath(name).with_suffix("")) for name in pictures}
    told = {
        PurePosixPath(name).with_suffix("").as_posix(): name
        for name in folder.below(path / "labels", (".txt",))
    }
    lines = {stem: _lines(path / "labels" / name) for stem, name in told.items()}
    kind = kind or (labels.kind if labels is not None else _kind(lines))
    into = Gathered(Naming(kind, labels))
    if labels is None:
        for name in names:
            into.names.id(name)
    for name in pictures:
        stem = str(PurePosixPath(name).with_suffix(""))
        try:
            size = (sizes or {}).get(name) or folder.measured(path / "images" / inside(name))
        except InputError as problem:
            into.refuse(name, problem, counted=False)
            _pass(into, stem, told, lines)
            continue
        if into.item(name, name, folder.picture(name, size)) and stem in lines:
            objects = [*_objects(into, f"labels/{told[stem]}", lines[stem], (names, size))]
            into.answer(f"labels/{told[stem]}", Answer(name, "", objects))
            into.entries -= 1  # its objects were counted
    for stem in sorted(set(lines) - stems):
        into.refuse(f"labels/{told[stem]}", "there is no picture of that name", counted=False)
        _pass(into, stem, told, lines)
    return into.taken()


def _pass(into: Gathered, stem: str, told: Mapping[str, str], lines: Mapping[str, list[str]]) -> None:
    for at, _ in enumerate(lines.get(stem, ()), 1):
        into.refuse(f"labels/{told[stem]}, line {at}", "its picture could not be used", counted=False)


def _data(path: Path) -> tuple[list[str], list[str]]:
    """Names of classes in order, and lists of pictures that are named."""
    found, lists = None, []
    if (path / DATA).is_file():
        if (path / DATA).stat().st_size > _LONG:
            raise InputError(f"'{DATA}' is larger than {_LONG >> 20} MiB.")
        try:
            told = yaml.safe_load((path / DATA).read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as problem:
            raise InputError(f"'{DATA}' is no YAML: {str(problem)[:200]}.") from None
        told = told if isinstance(told, dict) else {}
        found = told.get("names")
        parts = [told.get(part) for part in ("train", "val", "test")]
        flat = [name for part in parts for name in (part if isinstance(part, list) else [part])]
        lists = [name for name in dict.fromkeys(map(str, flat)) if name.endswith(".txt")]
    elif (path / "classes.txt").is_file():
        found = (path / "classes.txt").read_text(encoding="utf-8").splitlines()
    if isinstance(found, dict) and sorted(found, key=str) == sorted(range(len(found)), key=str):
        found = [found[at] for at in range(len(found))]
    if not isinstance(found, list) or not all(isinstance(name, str | int | float) for name in found):
        raise InputError(
            f"'{path.name}' does not tell the names of its classes.",
            expected=f"`names` in `{DATA}`, numbered from 0, or `classes.txt`.",
        )
    return [str(name) for name in found], lists


def _pictures(path: Path, lists: list[str]) -> list[str]:
    """Names of pictures below `images`."""
    found: dict[str, None] = {}
    for name in lists:
        there = path / inside(name)
        for line in there.read_text(encoding="utf-8").splitlines() if there.is_file() else ():
            if line.strip():
                found[inside(line.strip()).removeprefix("images/")] = None
    if (path / "images").is_dir():
        found |= dict.fromkeys(folder.below(path / "images", PICTURES))
    return list(found)


def _lines(path: Path) -> list[str]:
    body = path.read_bytes().decode("utf-8", "replace")
    return [line for line in body.splitlines() if line.strip()]


def _kind(lines: Mapping[str, list[str]]) -> str:
    return "boxes" if all(len(line.split()) == 5 for some in lines.values() for line in some) else "polygons"


def _objects(into: Gathered, place: str, lines: list[str], known: tuple[list[str], Size]) -> list[Json]:
    names, (wide, high) = known
    found = []
    for at, line in enumerate(lines, 1):
        into.entries += 1
        try:
            first, *rest = (float(word) for word in line.split())
            if first != int(first) or not 0 <= first < len(names):
                raise InputError(f"there is no class {first:g}")
            if not all(math.isfinite(number) for number in rest):
                raise InputError("a number is not finite")
            label = {"label": into.names.id(names[int(first)])}
            shape = _shape(into.names.kind, rest, np.array([wide, high]))
            into.names.check([{**label, **shape}])
            found.append({**label, **shape})
        except InputError as problem:
            into.refuse(f"{place}, line {at}", problem)
        except (ValueError, OverflowError):
            into.refuse(f"{place}, line {at}", "it is no list of numbers")
    return found


def _shape(kind: str, numbers: list[float], size: np.ndarray[Any, Any]) -> dict[str, Json]:
    if kind == "boxes" and len(numbers) == 4:
        center, extent = np.array(numbers[:2]) * size, np.array(numbers[2:]) * size
        corner = center - extent / 2
        return dict(zip("xywh", [*corner.tolist(), *extent.tolist()], strict=True))
    if len(numbers) % 2 or len(numbers) < 6 or (kind == "boxes" and len(numbers) != 8):
        wanted = (
            "4 numbers, or 8 where boxes are turned,"
            if kind == "boxes"
            else "pairs of numbers, three at least,"
        )
        raise InputError(f"there are {len(numbers)} numbers where {wanted} are expected")
    points = np.array(numbers).reshape(-1, 2) * size
    return turned_box(points) if kind == "boxes" else {"points": points.tolist()}


def turned_box(corners: np.ndarray[Any, Any]) -> dict[str, Json]:
    """A box from its corners (4, 2), clockwise from above left before it was turned."""
    along, down = corners[1] - corners[0], corners[3] - corners[0]
    w, h = float(np.hypot(*along)), float(np.hypot(*down))
    x, y = (corners.mean(0) - np.array([w, h]) / 2).tolist()
    angle = math.degrees(math.atan2(along[1], along[0]))
    return {"x": x, "y": y, "w": w, "h": h, "angle": angle}
