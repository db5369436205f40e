"""The fitted transform of all fields: one graph, from raw columns to features."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import polars as pl

from milepost.data.schema import Field
from milepost.errors import InputError, did_you_mean
from milepost.graphs.builder import Builder
from milepost.graphs.session import run, session
from milepost.modalities import kept
from milepost.modalities.base import Array, Block, Fitted, View, feed, selected
from milepost.modalities.distinct import distinct
from milepost.modalities.feeds import WIDE, parts
from milepost.modalities.kin import emit_all

CHUNK = 65_536
"""Rows that run through the graph at once."""
FROZEN = 4_096
"""Rows whose answers of a frozen stage, which may be thousands of numbers, are held beside the result."""


@dataclass(frozen=True, eq=False)
class Transform:
    """The fitted transform of all fields: one graph, from raw columns to features.

    Args:
        view: what the features are made for.
        parts: fields with their fitted transforms, in the order of the features.
    """

    view: View
    parts: tuple[tuple[Field, Fitted], ...]

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the features."""
        return tuple(name for _, fitted in self.parts for name in fitted.features)

    @property
    def codes(self) -> tuple[int, ...]:
        """For each feature the number of its codes, 0 for a number; empty where all are numbers."""
        found = [fitted.codes or (0,) * len(fitted.features) for _, fitted in self.parts]
        flat = tuple(size for sizes in found for size in sizes)
        return flat if any(flat) else ()

    @property
    def monotone(self) -> tuple[int, ...]:
        """For each feature 1 where answers may never fall as it grows, -1 where they may never rise, else 0.

        Empty where no column asks for either.

        Raises:
            InputError: what is made of such a column need not grow with it.
        """
        if not any(column.monotone for part, _ in self.parts for column in part.columns):
            return ()
        found: list[int] = []
        for part, fitted in self.parts:
            way = max((column.monotone for column in part.columns), key=abs)
            if way and (fitted.rising is None or len(part.columns) > 1):
                raise InputError(
                    f"'{part.name}' is said to be monotone, but what is made of it need not grow with it.",
                    todo="Take `monotone` away, or leave the learner out that asks for this.",
                )
            found += [way * one for one in fitted.rising or ()] if way else [0] * len(fitted.features)
        return tuple(found)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The features that are signals."""
        return tuple(
            Block(block.kind, start + block.start, block.shape)
            for start, (_, fitted) in zip(self._ends, self.parts, strict=False)
            for block in fitted.blocks
        )

    @property
    def sources(self) -> tuple[str, ...]:
        """For each feature the field it came from."""
        return tuple(field.name for field, fitted in self.parts for _ in fitted.features)

    def made_of(self, fields: Iterable[str]) -> Array:
        """The places of the features that are made of fields, alone or together with others."""
        wanted = [place for name in set(fields) for place in self._named.get(name, ())]
        raw = {name for place in wanted for name in self.parts[place][0].names}
        parts = {place for name in raw for place in self._reading[name]}
        ends = self._ends
        return np.array([at for place in sorted(parts) for at in range(ends[place], ends[place + 1])], int)

    def matrix(self, frame: pl.DataFrame, threads: int = 1) -> Array:
        """Returns the features float32 (rows, features), field by field through ONNX Runtime.

        Text runs through the graph once a distinct value, other columns in chunks of rows.

        Raises:
            InputError: a column that a field reads is not in the frame.
        """
        result = np.empty((len(frame), len(self.features)), np.float32)
        if threads == 1:
            self.renew(result, frame, range(len(self.parts)))
        else:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(lambda at: self.renew(result, frame, (at,)), range(len(self.parts))))
        return result

    def renew(self, matrix: Array, frame: pl.DataFrame, places: Iterable[int]) -> None:
        """Writes the features of some parts anew, from other raw rows, into a matrix of all features."""
        ends = self._ends
        for at in places:
            run_field(self.parts[at], partial(self._session, at), frame, matrix[:, ends[at] : ends[at + 1]])

    def emit(self, builder: Builder, raw: Mapping[str, str]) -> str:
        """Adds all nodes; `raw` names the tensor (rows, 1) of each column; returns float (rows, features)."""
        tensors = [tuple(raw[name] for name in part.names) for part, _ in self.parts]
        return emit_all(builder, [fitted for _, fitted in self.parts], tensors)

    def _session(self, at: int) -> Any:
        """The session of a field's graph, opened when it is first asked for."""
        if at not in self._sessions:
            self._sessions[at] = open_field(*self.parts[at])
        return self._sessions[at]

    @cached_property
    def _ends(self) -> list[int]:
        """Where each part's features start, and where the last one's end."""
        return [0, *np.cumsum([len(fitted.features) for _, fitted in self.parts]).tolist()]

    @cached_property
    def _named(self) -> dict[str, list[int]]:
        """The parts of each field."""
        found: dict[str, list[int]] = {}
        for place, (part, _) in enumerate(self.parts):
            found.setdefault(part.name, []).append(place)
        return found

    @cached_property
    def _reading(self) -> dict[str, list[int]]:
        """The parts that read each raw column."""
        found: dict[str, list[int]] = {}
        for place, (part, _) in enumerate(self.parts):
            for name in dict.fromkeys(part.names):
                found.setdefault(name, []).append(place)
        return found

    @cached_property
    def _sessions(self) -> dict[int, Any]:
        return {}

    def __getstate__(self) -> dict[str, Any]:
        return {"view": self.view, "parts": self.parts}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def open_field(part: Field, fitted: Fitted) -> Any:
    """Opens a session of one field's graph, without its frozen stage."""
    builder = Builder()
    if fitted.frozen is not None:
        first = builder.input("frozen", "float", fitted.frozen.width)
        builder.output(fitted.finish(builder, first), "features", "float", len(fitted.features))
        return session(builder.model(), arena=False)
    raw = tuple(builder.input(column.name, column.wire) for column in part.columns)
    title = "features" if "features" not in raw else "features of " + " and ".join(raw)
    builder.output(fitted.emit(builder, raw), title, "float", len(fitted.features))
    return session(builder.model(), arena=False)


def _columns(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    try:
        return selected(frame, names)
    except pl.exceptions.ColumnNotFoundError:
        gone = next(name for name in names if name not in frame.columns)
        raise InputError(f"there is no column '{gone}'.", todo=did_you_mean(gone, frame.columns)) from None


def run_field(
    pair: tuple[Field, Fitted], opens: Callable[[], Any], frame: pl.DataFrame, result: Array
) -> None:
    """Writes a field's features of all rows into `result`; a session is opened where there is no shortcut."""
    part, fitted = pair
    columns = _columns(frame, part.names)
    if fitted.frozen is not None:
        opened, column, wire = opens(), frame[part.names[0]], part.columns[0].wire
        kept.look(fitted.frozen, column, wire)
        for start in range(0, len(frame), FROZEN):
            first = kept.answers(fitted.frozen, column[start : start + FROZEN], wire)
            (result[start : start + FROZEN],) = run(opened, {"frozen": first}).values()
        return
    quick = fitted.shortcut(columns)
    if quick is not None:
        result[:] = quick
        return
    opened = opens()
    wires = {column.name: column.wire for column in part.columns}
    if not WIDE.isdisjoint(wires.values()):
        for places, tensors in parts(columns, wires):
            (result[places],) = run(opened, tensors).values()
        return
    if len(part.columns) == 1 and part.columns[0].wire == "string":
        codes, values = distinct(frame[part.names[0]])
        if len(values):
            (rows,) = run(opened, {part.names[0]: feed(values, "string")}).values()
            result[:] = rows[codes]
        return
    for start in range(0, len(frame), CHUNK):
        chunk = columns.slice(start, CHUNK)
        feeds = {column.name: feed(chunk[column.name], column.wire) for column in part.columns}
        (result[start : start + CHUNK],) = run(opened, feeds).values()
