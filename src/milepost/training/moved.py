"""What moved an answer inside a text or an image: words left out, parts covered."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol

import numpy as np
import polars as pl

from milepost.digest import digest_bytes
from milepost.errors import MilepostError
from milepost.modalities import kept, media
from milepost.modalities.feeds import decode
from milepost.report.gallery import Shown
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]

UNITS = 48
"""Pieces of a text that are left out one at a time; of longer ones neighbouring words go together."""
CHARACTERS = 900
"""Characters of a text that are asked about and shown."""
GRID = 5
"""Parts of an image along each side that are covered one at a time."""
SIDE = 224
"""Pixels of the longer side of images that are asked about."""
LEAST = 0.01
"""Where no piece moves the answer by so much, nothing is marked."""
_PIECE = re.compile(r"\s*\S+")


class Asked(Protocol):
    """What can be asked for predictions of raw rows."""

    def predict(self, frame: pl.DataFrame) -> Array:
        """Predictions for raw rows."""
        ...


def moved(
    model: Asked, task: Task, frame: pl.DataFrame, kinds: Mapping[str, str], seconds: float = 20.0
) -> list[tuple[Shown, ...]]:
    """For each row its texts, images and sounds, with what spoke for the answer and what against it.

    A word counts by how much less the model says what it said when the word is left out (Li, Monroe &
    Jurafsky 2016); a part of an image by the same where it is covered with the image's mean colour (Zeiler &
    Fergus 2014). Sounds are shown only.

    Args:
        model: what is asked.
        task: the task.
        frame: the rows.
        kinds: "text", "image" or "sound" by column.
        seconds: after so many no further row is asked about; it is shown all the same.
    """
    start, found = time.monotonic(), []
    with kept.aside():
        base = model.predict(frame) if frame.height else np.zeros(0)
        for at in range(frame.height):
            row, seen = frame[at], []
            for name, kind in kinds.items():
                value = row[name][0]
                if value is None:
                    continue
                late = time.monotonic() - start > seconds
                seen.append(_shown(_Row(model, task, row, base[at], name), kind, str(value), late))
            found.append(tuple(seen))
    return found


class _Row:
    """One row of which one column is varied."""

    def __init__(self, model: Asked, task: Task, row: pl.DataFrame, base: Any, name: str) -> None:
        self.model, self.task, self.row, self.name = model, task, row, name
        self.base = np.asarray(base, np.float64)

    def falls(self, values: list[str]) -> Array:
        """By how much less what was said is said with each value, (values,)."""
        many = pl.concat([self.row] * len(values)).with_columns(pl.Series(self.name, values, pl.String))
        said = np.asarray(self.model.predict(many), np.float64).reshape(len(values), -1)
        base = self.base.reshape(-1)
        if not self.task.labels:
            return np.asarray((base - said)[:, 0] / (abs(base[0]) + 1e-9))
        if len(base) == 1:
            return np.asarray((base[0] - said[:, 0]) * (1 if base[0] >= 0.5 else -1))
        return np.asarray((base - said)[:, int(base.argmax())])


def _shown(row: _Row, kind: str, value: str, late: bool) -> Shown:
    if kind == "text":
        text = value if len(value) <= CHARACTERS else f"{value[: CHARACTERS - 1]}…"
        pieces = _PIECE.findall(text)
        if late or not pieces:
            return Shown(row.name, kind, "", ((text, 0.0),), late=late)
        step = -(-len(pieces) // UNITS)
        units = ["".join(pieces[at : at + step]) for at in range(0, len(pieces), step)]
        rest = value[len(text) :] if len(value) > CHARACTERS else ""
        left = ["".join(units[:at] + units[at + 1 :]).strip() + rest for at in range(len(units))]
        return Shown(row.name, kind, "", tuple(zip(units, _scaled(row.falls(left)), strict=True)))
    heat: tuple[tuple[float, ...], ...] = ()
    if kind == "image" and not late:
        try:
            heat = _heat(row, value)
        except (MilepostError, ImportError):
            heat = ()
    return Shown(row.name, kind, value, (), heat, late and kind == "image")


def _heat(row: _Row, value: str) -> tuple[tuple[float, ...], ...]:
    """How much each part of an image spoke for the answer, top left first."""
    image = import_module("PIL.Image")
    opened = image.fromarray(decode(media.load(value), "pixels"))
    opened.thumbnail((SIDE, SIDE))
    pixels = np.asarray(opened)
    if min(pixels.shape[:2]) < GRID:
        return ()
    made: dict[str, bytes] = {}
    with _shelved(made):
        base = row.falls([_covered(image, pixels, None, made)])[0]
        names = [_covered(image, pixels, (i, j), made) for i in range(GRID) for j in range(GRID)]
        falls = np.asarray(_scaled(row.falls(names) - base)).reshape(GRID, GRID)
    return tuple(tuple(float(v) for v in line) for line in falls)


def _covered(image: Any, pixels: Array, part: tuple[int, int] | None, made: dict[str, bytes]) -> str:
    """The reference of an image of which one part is covered, or none."""
    some = pixels.copy()
    if part is not None:
        rows, columns = (
            slice(*np.linspace(0, length, GRID + 1).astype(int)[k : k + 2])
            for k, length in zip(part, pixels.shape[:2], strict=True)
        )
        some[rows, columns] = pixels.mean((0, 1))
    stream = io.BytesIO()
    image.fromarray(some).save(stream, "PNG", compress_level=1)
    name = digest_bytes(stream.getvalue())
    made[name] = stream.getvalue()
    return media.reference("image", name)


@contextmanager
def _shelved(made: dict[str, bytes]) -> Iterator[None]:
    """Makes bytes known for a while."""
    media.shelve("covered", made.get)
    try:
        yield
    finally:
        made.clear()


def _scaled(falls: Array) -> list[float]:
    """Marks from -1 to 1, the strongest 1; all 0 where nothing matters."""
    most = float(np.abs(falls).max(initial=0.0))
    return [round(float(v), 3) for v in falls / most] if most >= LEAST else [0.0] * len(falls)
