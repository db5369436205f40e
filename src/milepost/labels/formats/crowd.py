"""Crowd platforms: a batch goes out as a table of items, and comes back with answers and ids of workers."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from milepost.digest import Json, plain
from milepost.errors import InputError
from milepost.labels import values
from milepost.labels.formats.bundle import Answer, Bundle, Gathered, Given, Taken
from milepost.labels.formats.naming import Naming
from milepost.labels.formats.rows import number, parsed

CANNOT = (
    "Anything but items on the way out, and answers with worker, seconds and time on the way back.",
    "Types of the content: everything is text there.",
)
"""What it cannot hold."""
ITEM = "item"
_LONG = 1 << 30


@dataclass(frozen=True)
class Platform:
    """How a platform names its columns.

    Args:
        delimiter: between cells.
        given: before the name of a column that went out, as it comes back.
        sent: before such a name on the way out.
        answered: before the name of a column of answers.
        worker, status, seconds, at: columns of a result.
        refused: statuses of answers that were sent back to the worker.
    """

    delimiter: str
    given: str
    sent: str
    answered: str
    worker: str
    status: str
    seconds: str
    at: str
    refused: tuple[str, ...]


PLATFORMS = {
    "mturk": Platform(
        ",", "Input.", "", "Answer.", "WorkerId", "AssignmentStatus", "WorkTimeInSeconds", "SubmitTime",
        ("Rejected",),
    ),
    "toloka": Platform(
        "\t", "INPUT:", "INPUT:", "OUTPUT:", "ASSIGNMENT:worker_id", "ASSIGNMENT:status", "",
        "ASSIGNMENT:submitted", ("REJECTED", "SKIPPED", "EXPIRED"),
    ),
}  # fmt: skip
"""Amazon Mechanical Turk and Toloka."""


def write(bundle: Bundle, path: Path, platform: str = "mturk") -> Given:
    """Writes a batch: a line an item, with its key and content; nothing tells which items are gold.

    Args:
        bundle: whose items go out; what was said about them stays here.
        path: the file.
        platform: "mturk" or "toloka".

    Raises:
        InputError: the platform is not known, or a part of the content is called `item`.
    """
    how = _platform(platform)
    names = list(dict.fromkeys(name for item in bundle.items for name in item.content))
    if ITEM in names:
        raise InputError(
            f"A part of the content is called '{ITEM}'.",
            expected="The key of the item goes out under that name.",
            todo="Rename the column.",
        )
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=how.delimiter)
        writer.writerow([how.sent + name for name in (ITEM, *names)])
        for item in bundle.items:
            cells = (item.content.get(name) for name in names)
            writer.writerow([item.key, *(_cell(cell) for cell in cells)])
    return Given((path.name,), len(bundle.items), 0)


def _cell(value: Json) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else values.text(plain(value))


def read(path: Path, sent: Bundle, column: str = "label", platform: str = "") -> Taken:
    """Reads the results of a batch; who answered is the platform's id of the worker.

    Args:
        path: the file of results.
        sent: the bundle that went out.
        column: the name of the answer in the task: of an input, or of a crowd element.
        platform: "mturk" or "toloka"; "" goes by the columns.

    Raises:
        InputError: the columns are those of no platform.
    """
    csv.field_size_limit(_LONG)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        head = stream.readline().rstrip("\r\n")
        name = platform or next((n for n, p in PLATFORMS.items() if p.worker in head and p.given in head), "")
        if not name:
            wanted = ", ".join(f"'{p.worker}'" for p in PLATFORMS.values())
            raise InputError(
                f"'{path.name}' has the columns of no platform that is known.",
                expected=f"One of {wanted}, and the key of the item as it went out.",
                todo="Name the platform, or rename the columns.",
            )
        how = _platform(name)
        stream.seek(0)
        into = Gathered(Naming("", sent.labels), items={item.key: item for item in sent.items})
        reader = csv.DictReader(stream, delimiter=how.delimiter)
        seen: set[tuple[str, str]] = set()
        for row in reader:
            _take(into, f"{path.name}, line {reader.line_num}", (row, column, how), seen)
    return into.taken()


def _take(
    into: Gathered, place: str, told: tuple[Mapping[str, str], str, Platform], seen: set[tuple[str, str]]
) -> None:
    row, column, how = told
    key, worker = row.get(how.given + ITEM) or "", row.get(how.worker) or ""
    status = row.get(how.status) or ""
    try:
        if status in how.refused:
            raise InputError(f"its status is '{status}'")
        if not worker:
            raise InputError("it has no worker")
        if (key, worker) in seen:
            raise InputError(f"'{worker}' answered '{key}' before")
        value = _value(into.names, row, how.answered, column)
        seconds = number(row, how.seconds) if how.seconds else None
    except InputError as problem:
        into.refuse(place, problem, counted=False)
        return
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as problem:
        into.refuse(place, f"its answer is none ({problem!r})", counted=False)
        return
    count = len(into.answers)
    into.answer(place, Answer(key, worker, value, seconds=seconds, at=row.get(how.at) or ""))
    if len(into.answers) > count:
        seen.add((key, worker))


def _value(names: Naming, row: Mapping[str, str], answered: str, column: str) -> Json:
    """The value, from a column of its own or from the JSON of crowd elements."""
    plain_ = row.get(answered + column)
    if plain_ is None and row.get(answered + "taskAnswers"):
        found = parsed(row[answered + "taskAnswers"])
        found = found[0] if isinstance(found, list) else found
        return _element(names, found[column])
    if plain_ is None or plain_ == "":
        raise InputError(f"there is no answer in '{answered}{column}'")
    if names.kind == "choice":
        return names.id(plain_)
    if names.kind == "pair":
        return plain_
    if names.kind == "tags" and not plain_.startswith("["):
        return [names.id(part) for part in plain_.split("|") if part]
    return names.identified(parsed(plain_))


def _element(names: Naming, told: Any) -> Json:
    """The value of a crowd element: a classifier, a multi-select or bounding boxes."""
    if not isinstance(told, dict):
        return names.identified(told)
    if "labels" in told:
        return [names.id(name) for name in told["labels"]]
    if "boundingBoxes" in told:
        sides = {"x": "left", "y": "top", "w": "width", "h": "height"}
        return [
            {"label": names.id(box["label"]), **{ours: box[theirs] for ours, theirs in sides.items()}}
            for box in told["boundingBoxes"]
        ]
    if "label" in told:
        return names.id(told["label"])
    raise InputError(f"'{json.dumps(told)[:60]}' is the answer of no element that is known")


def _platform(name: str) -> Platform:
    if name not in PLATFORMS:
        raise InputError(f"the platform '{name}' is not known.", expected=f"One of {', '.join(PLATFORMS)}.")
    return PLATFORMS[name]
