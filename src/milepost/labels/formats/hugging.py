"""Hugging Face's layout: media in a folder with `metadata.jsonl`, or `data.jsonl`, or a folder a class."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from milepost.digest import Json
from milepost.errors import InputError
from milepost.labels import values
from milepost.labels.formats import folder
from milepost.labels.formats.bundle import ACTS, Answer, Bundle, Gathered, Given, Suggestion, Taken
from milepost.labels.formats.naming import Naming, inside
from milepost.labels.formats.rows import inner, number, outer, parsed, record
from milepost.labels.labelset import LabelSet

CANNOT = ("The label set: names stand for labels, and without the set their ids are made from the names.",)
"""What it cannot hold."""
MEDIA = ("image", "audio", "sound")
OURS = re.compile(r"(item|file_name|label|objects|answers|suggestions)_*")
ENDINGS = (
    *(".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"),
    *(".wav", ".mp3", ".flac", ".ogg"),
)
SPLITS = ("train", "training", "validation", "valid", "val", "dev", "test", "testing")
Row = dict[str, Any]


def write(bundle: Bundle, path: Path, media: Path | None = None) -> Given:
    """Writes a line an item: its content, its label where one answer settles it, and all answers.

    Boxes stand in `objects` too, as the library's examples of object detection have them. Values in `answers`
    and `suggestions` are JSON in text, so that a column has one type.

    Args:
        bundle: what to write; where each content names an image or a sound, it is `file_name`.
        path: the folder.
        media: where these files lie, to copy them; None leaves them where they are.

    Raises:
        InputError: a name leads out of the folder.
    """
    part = next((p for p in MEDIA if bundle.items and all(p in item.content for item in bundle.items)), "")
    names, answers = Naming("", bundle.labels), bundle.by_item
    hints: dict[str, list[Suggestion]] = {}
    for hint in bundle.suggestions:
        hints.setdefault(hint.item, []).append(hint)
    path.mkdir(parents=True, exist_ok=True)
    name = "metadata.jsonl" if part else "data.jsonl"
    with (path / name).open("w", encoding="utf-8") as stream:
        for item in bundle.items:
            row: Row = {"item": item.key}
            if part:
                row["file_name"] = inside(item.content[part])
            row |= {outer(key, OURS): value for key, value in item.content.items() if key != part or not part}
            row |= _settled(names, answers[item.key])
            row["answers"] = [_told(names, answer) for answer in answers[item.key]]
            row["suggestions"] = [
                {"value": values.text(names.named(hint.value)), "model": hint.model, "score": hint.score}
                for hint in hints.get(item.key, ())
            ]
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    if part:
        folder.copy((inside(item.content[part]) for item in bundle.items), media, path)
    return Given((name,), len(bundle.items), len(bundle.answers), len(bundle.suggestions))


def _settled(names: Naming, answers: list[Answer]) -> Row:
    """The columns that others read: the label, empty where people differ or nobody answered."""
    said = [answer.value for answer in answers if answer.act == "submitted"]
    agreed = bool(said) and all(value == said[0] for value in said)
    named = names.named(said[0]) if agreed else None
    if names.kind != "boxes":
        return {"label": named}
    shown = named or []
    boxes = [[box[side] for side in "xywh"] for box in shown]
    return {"objects": {"bbox": boxes, "categories": [box["label"] for box in shown]}}


def _told(names: Naming, answer: Answer) -> Row:
    value = None if answer.value is None else values.text(names.named(answer.value))
    told: Row = {"person": answer.person, "act": answer.act, "value": value, "seconds": answer.seconds}
    return told | {"at": answer.at, "comment": answer.comment}


def read(path: Path, kind: str = "", labels: LabelSet | None = None, column: str = "label") -> Taken:
    """Reads a folder with `metadata.jsonl` (or `.csv`) or `data.jsonl`, or one with a folder a class.

    Args:
        path: the folder.
        kind: of the labels; "" is boxes where there are `objects`, else a choice.
        labels: the label set, or None: labels are then those that occur.
        column: the column with the label, in files that are not ours.

    Raises:
        InputError: the folder holds none of these.
    """
    names = ("metadata.jsonl", "metadata.csv", "data.jsonl")
    tables = [name for name in folder.below(path, (".jsonl", ".csv")) if PurePosixPath(name).name in names]
    if not tables:
        return _classes(path, labels)
    if not kind:
        boxes = any("objects" in row for name in tables for _, row in _rows(path, name, None))
        kind = labels.kind if labels is not None else "boxes" if boxes else "choice"
    into = Gathered(Naming(kind, labels))
    for name in tables:
        for place, row in _rows(path, name, into):
            try:
                _take(into, place, (row, str(PurePosixPath(name).parent), column))
            except InputError as problem:
                into.refuse(place, problem, counted=False)
    return into.taken()


def _rows(path: Path, name: str, into: Gathered | None) -> Iterator[tuple[str, Row]]:
    if name.endswith(".csv"):
        with (path / name).open(encoding="utf-8-sig", newline="") as stream:
            for at, told in enumerate(csv.DictReader(stream), 2):
                filled = {
                    key: cell for key, cell in told.items() if key is not None and cell not in (None, "")
                }
                yield f"{name}, line {at}", filled
        return
    with (path / name).open("rb") as lines:
        for at, line in enumerate(lines, 1):
            if not line.strip():
                continue
            row = record(line)
            if row is not None:
                yield f"{name}, line {at}", row
            elif into is not None:
                into.refuse(f"{name}, line {at}", "it is no JSON object in UTF-8", counted=False)


def _take(into: Gathered, place: str, told: tuple[Row, str, str]) -> None:
    row, home, column = told
    content: dict[str, Json] = {}
    name = ""
    ours = isinstance(row.get("answers"), list)
    if "file_name" in row:
        name = inside(str(PurePosixPath(home, inside(row["file_name"]))))
        content[
            "sound" if PurePosixPath(name).suffix.lower() in (".wav", ".mp3", ".flac", ".ogg") else "image"
        ] = name
    passed = {"item", "file_name", "answers", "suggestions", "objects", column if not ours else "label"}
    content |= {
        inner(key, OURS): value for key, value in row.items() if key not in passed and value is not None
    }
    key = str(row.get("item") or name or values.text(content))
    if not into.item(place, key, content):
        return
    if ours:
        for at, answer in enumerate(row["answers"], 1):
            _answer(into, f"{place}, answer {at}", key, answer)
        hints = row.get("suggestions") or []
        for at, hint in enumerate(hints if isinstance(hints, list) else (hints,), 1):
            _hint(into, f"{place}, suggestion {at}", key, hint)
        return
    try:
        value = _label(into.names, row, column)
    except (InputError, KeyError, TypeError, ValueError, AttributeError, OverflowError) as problem:
        into.refuse(
            place, problem if isinstance(problem, InputError) else f"its label is none ({problem!r})", False
        )
        return
    if value is not None:
        into.answer(place, Answer(key, "", value))


def _answer(into: Gathered, place: str, key: str, told: Mapping[str, Json]) -> None:
    try:
        act = told["act"]
        if act not in ACTS:
            raise InputError(f"the act '{act}' is none of {', '.join(ACTS)}")
        value = None if act == "discarded" else into.names.identified(parsed(str(told["value"])))
        words = {name: str(told.get(name) or "") for name in ("person", "at", "comment")}
        into.answer(place, Answer(key, value=value, act=act, seconds=number(told, "seconds"), **words))
    except InputError as problem:
        into.refuse(place, problem, counted=False)
    except (KeyError, TypeError, AttributeError) as problem:
        into.refuse(place, f"it is no answer ({problem!r})", counted=False)


def _hint(into: Gathered, place: str, key: str, told: Mapping[str, Json]) -> None:
    try:
        value = into.names.identified(parsed(str(told["value"])))
        into.suggestion(place, Suggestion(key, value, str(told.get("model", "")), number(told, "score")))
    except InputError as problem:
        into.refuse(place, problem, counted=False)
    except (KeyError, TypeError, AttributeError) as problem:
        into.refuse(place, f"it is no suggestion ({problem!r})", counted=False)


def _label(names: Naming, row: Row, column: str) -> Json:
    """The value of a line that others wrote, or None."""
    if names.kind == "boxes":
        told = row["objects"]
        labels = told.get("categories", told.get("category", ()))
        return [
            {"label": names.id(str(label)), **dict(zip("xywh", map(float, box), strict=True))}
            for box, label in zip(told["bbox"], labels, strict=True)
        ]
    label = row.get(column)
    if label is None:
        return None
    if names.kind in ("choice", "pair"):
        return names.identified(str(label))
    return names.identified(parsed(label) if isinstance(label, str) else label)


def _classes(path: Path, labels: LabelSet | None) -> Taken:
    """A folder a class; folders that divide the rows stand above them."""
    into = Gathered(Naming("choice", labels))
    for name in folder.below(path, ENDINGS):
        sound = PurePosixPath(name).suffix.lower() in (".wav", ".mp3", ".flac", ".ogg")
        into.item(name, name, {"sound" if sound else "image": name})
        above = PurePosixPath(name).parent.name
        if not above or (above.casefold() in SPLITS and len(PurePosixPath(name).parts) == 2):
            continue
        try:
            into.answer(name, Answer(name, "", into.names.id(above)))
        except InputError as problem:
            into.refuse(name, problem, counted=False)
    if not into.entries:
        raise InputError(
            f"'{path.name}' holds nothing of Hugging Face's layout.",
            expected="`metadata.jsonl`, `metadata.csv`, `data.jsonl`, or a folder of media a class.",
        )
    return into.taken()
