"""The gallery of surprising failures: confident and wrong, first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.errors import MilepostError
from milepost.report.blocks import Sheet, Table, Tile
from milepost.report.sentences import number, percent
from milepost.report.thumbs import LARGE, clip, heated, thumbnail
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]
SHOWN = 8


@dataclass(frozen=True)
class Shown:
    """A text, an image or a sound of a row, with what moved the answer.

    Args:
        column: its column.
        kind: "text", "image" or "sound".
        value: the reference to an image or a sound; "" for a text.
        pieces: the text, each piece with its mark from -1 to 1: above 0 it spoke for the answer.
        heat: the same for the parts of an image, top left first; empty where it was not asked about.
        late: whether it was not asked about because time was up.
    """

    column: str
    kind: str
    value: str
    pieces: tuple[tuple[str, float], ...] = ()
    heat: tuple[tuple[float, ...], ...] = ()
    late: bool = False


@dataclass(frozen=True)
class Failure:
    """One row that was answered wrongly with confidence.

    Args:
        kind: the kind of mistake: "missed", "flagged falsely", "too high", what was taken for what, or which
            label was missed.
        said: what the model said.
        truth: what was true.
        loss: the row's loss.
        row: its column values as text, the most important first.
        because: columns without whose value it would have been answered better.
        shown: its texts, images and sounds.
    """

    kind: str
    said: str
    truth: str
    loss: float
    row: dict[str, str]
    because: tuple[str, ...] = ()
    shown: tuple[Shown, ...] = ()


def surprising(task: Task, truth: Array, prediction: Array, most: int = 12, alike: int = 2) -> Array:
    """Returns the rows that were answered wrongly with the most confidence, all kinds of mistake in turn.

    Args:
        task: the task.
        truth: truth of the rows.
        prediction: their out-of-fold predictions.
        most: how many rows.
        alike: of one kind of mistake of several classes, at most.

    Returns:
        Row numbers, the most surprising of each kind first.
    """
    losses = task.losses(truth, prediction)
    kinds, wrong = mistakes(task, truth, prediction)
    order = [i for i in np.argsort(-losses, kind="stable") if wrong[i]]
    several = bool(task.labels) and not task.positive
    per = alike if several else max(1, most // 2)
    taken: dict[int, int] = {}
    found = []
    for i in order:
        kind = int(kinds[i])
        if taken.get(kind, 0) < per:
            taken[kind] = taken.get(kind, 0) + 1
            found.append(int(i))
        if len(found) == most:
            break
    rank = {row: place for place, row in enumerate(found)}
    return np.array(found if several else sorted(found, key=lambda i: (kinds[i], rank[i])), dtype=np.int64)


def mistakes(task: Task, truth: Array, prediction: Array) -> tuple[Array, Array]:
    """The kind of each row's mistake as an integer, and whether there is one."""
    if task.family == "binary":
        said = np.asarray(prediction) >= 0.5
        return np.where(truth == 1, 0, 1), said != (truth == 1)
    if not task.exclusive:
        gap = np.abs(np.asarray(truth, np.float64) - prediction)
        worst = gap.argmax(axis=1)
        borne = np.asarray(truth)[np.arange(len(worst)), worst]
        return 2 * worst + (borne == 0), gap.max(axis=1) > 0.5
    if task.labels:
        best = np.asarray(prediction).argmax(axis=1)
        return np.asarray(truth, np.int64) * len(task.labels) + best, best != truth
    gap = (np.asarray(prediction, np.float64) - truth).reshape(len(truth), -1)
    largest = np.take_along_axis(gap, np.abs(gap).argmax(axis=1)[:, None], axis=1)[:, 0]
    return (largest > 0).astype(np.int64), largest != 0


def failures(
    task: Task,
    seen: tuple[Array, Array],
    frame: pl.DataFrame,
    columns: Sequence[str],
    because: Sequence[Sequence[str]] = (),
    rich: Sequence[tuple[Shown, ...]] = (),
) -> tuple[Failure, ...]:
    """Describes failures, the columns that mattered and then the important ones of each.

    Args:
        task: the task.
        seen: truth and prediction of these rows.
        frame: their raw columns.
        columns: the columns to show, the most important first.
        because: for each row the columns that mattered.
        rich: for each row its texts, images and sounds; they are left out of the columns to show.
    """
    truth, prediction = seen
    losses = task.losses(truth, prediction) if len(truth) else np.zeros(0)
    kinds = mistakes(task, truth, prediction)[0] if len(truth) else np.zeros(0, np.int64)
    there = set(frame.columns)
    columns, found = [name for name in columns if name in there], []
    for i in range(frame.height):
        mattered = tuple(because[i]) if because else ()
        apart = {one.column for one in rich[i]} if rich else set()
        names = list(dict.fromkeys([*mattered, *columns]))
        names = [name for name in names if name not in apart][:SHOWN]
        row = {name: shown(frame[name][i]) for name in names}
        found.append(
            Failure(
                kind(task, int(kinds[i])),
                said(task, prediction[i]),
                true(task, truth[i]),
                float(losses[i]),
                row,
                mattered,
                rich[i] if rich else (),
            )
        )
    return tuple(found)


def gallery(found: Sequence[Failure], caption: str) -> Table:
    """The failures as a table: what was said, what was true, which values mattered, the row."""
    rows = []
    for failure in found:
        why = ", ".join(
            f"{name} = {failure.row[name]}" if name in failure.row else name for name in failure.because
        )
        why = why or "no single column"
        rest = ", ".join(f"{n} = {value}" for n, value in failure.row.items() if n not in failure.because)
        rows.append((failure.kind, failure.said, failure.truth, why, rest))
    return Table(("mistake", "it said", "it was", "what misled it", "the row"), tuple(rows), caption)


def sheet(found: Sequence[Failure], caption: str) -> Sheet:
    """The failures as they look: what was said and true, and the text, image or sound with its marks."""
    made = (tiles(f"{f.said}; it was {f.truth}", f.row, f.shown) for f in found)
    return Sheet((("", tuple(tile for some in made for tile in some)),), caption, True)


def tiles(title: str, row: Mapping[str, str], shown: Sequence[Shown]) -> list[Tile]:
    """A tile for each text, image and sound of a row; the first has its title and some of its values."""
    rest = ", ".join(f"{name} = {value}" for name, value in list(row.items())[:4])
    return [
        _tile(one, one.column if place else title, "" if place else rest) for place, one in enumerate(shown)
    ]


def _tile(one: Shown, title: str, note: str) -> Tile:
    if one.kind == "text":
        return Tile(text=one.pieces, title=title, note=note)
    try:
        image = heated(one.value, one.heat) if one.heat else thumbnail(one.value, LARGE)
        return Tile(image, clip(one.value) if one.kind == "sound" else "", (), title, note)
    except MilepostError as problem:
        return Tile(title=title, note=f"cannot be shown: {problem.what}")


def kind(task: Task, code: int) -> str:
    """A kind of mistake in words."""
    if task.family == "binary":
        return ("missed", "flagged falsely")[code]
    if not task.exclusive:
        return f"{task.labels[code // 2]} {('missed', 'given falsely')[code % 2]}"
    if task.labels:
        true_code, best = divmod(code, len(task.labels))
        return f"{task.labels[true_code]} taken for {task.labels[best]}"
    return ("too low", "too high")[code]


def shown(value: object) -> str:
    """A value of a row as text."""
    if value is None:
        return "missing"
    text = number(value, 4) if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def said(task: Task, prediction: Any) -> str:
    """A prediction as text."""
    if not task.labels:
        return ", ".join(number(float(v), 4) for v in np.atleast_1d(prediction))
    if np.ndim(prediction) == 0:
        return f"{task.targets[0]} = {task.positive}: {percent(float(prediction))}"
    best = int(np.argmax(prediction))
    if not task.exclusive:
        borne = [i for i in np.argsort(-prediction, kind="stable") if prediction[i] >= 0.5]
        told = ", ".join(f"{task.labels[i]}: {percent(float(prediction[i]))}" for i in borne or [best])
        return told if borne else f"none; {told}"
    return f"{task.labels[best]}: {percent(float(prediction[best]))}"


def true(task: Task, truth: Any) -> str:
    """A truth as text."""
    if not task.exclusive:
        borne = [label for label, on in zip(task.labels, truth, strict=True) if on]
        return ", ".join(borne) or "none"
    return (
        task.labels[int(truth)]
        if task.labels
        else ", ".join(number(float(v), 4) for v in np.atleast_1d(truth))
    )
