"""Runs a package: JSON rows through the wire conversion and the graph to plain outputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from milepost.digest import Json
from milepost.errors import Corrupt
from milepost.graphs.session import door
from milepost.modalities import doors
from milepost.shipping.manifest import AGAIN, Package
from milepost.shipping.wire import Array, Entry, Refused

FLOATS = ("tensor(float)", "tensor(double)")
_Plan = tuple[tuple[Any, tuple[tuple[str, Callable[[Json], Any]], ...]], ...]
_Buffers = tuple[list[tuple[Array, tuple[tuple[str, Callable[[Json], Any]], ...]]], dict[str, Array]]
KINDS = {
    "float": "tensor(float)",
    "double": "tensor(double)",
    "int64": "tensor(int64)",
    "string": "tensor(string)",
    "bytes": "tensor(uint8)",
    "pixels": "tensor(uint8)",
    "wave": "tensor(float)",
}
WRONG = (TypeError, ValueError, OverflowError)
"""What an entry raises for a value that it cannot take."""


class Runner:
    """A package, opened for answering: the columns compiled once, the graph in an ONNX Runtime session.

    Args:
        package: the opened package.
        threads: threads within one run; 1 gives the least CPU a row.

    Raises:
        Corrupt: the graph is none, or its doors are not those of the manifest.
    """

    def __init__(self, package: Package, threads: int = 1) -> None:
        manifest = package.manifest
        self.manifest = manifest
        try:
            self._session = package.session(threads)
        except Exception as problem:  # the runtime's own errors have no common base
            raise Corrupt(f"the graph cannot be opened: {problem}", todo=AGAIN) from problem
        self.entries = {column.name: Entry.of(column) for column in manifest.columns}
        self.inputs = tuple(info.name for info in self._session.get_inputs())
        self.outputs = tuple(info.name for info in self._session.get_outputs())
        mismatches = self._mismatches()
        if mismatches:
            raise Corrupt(" ".join(mismatches), todo=AGAIN)
        asked = set(self.inputs)
        self._read = {name: door(name) for name in self.entries if door(name) in asked}
        self._wide = tuple(name for name, entry in self.entries.items() if entry.wire)
        self._plan = self._groups()
        self._spare: list[_Buffers] = []
        self._floats = tuple(i for i, info in enumerate(self._session.get_outputs()) if info.type in FLOATS)

    def _groups(self) -> _Plan:
        """The columns by element type, so that a row is written with one assignment a type."""
        plan: dict[Any, list[tuple[str, Callable[[Json], Any]]]] = {}
        for name, entry in self.entries.items():
            if not entry.wire:
                plan.setdefault(entry.dtype, []).append((name, entry.scalar))
        return tuple((dtype, tuple(group)) for dtype, group in plan.items())

    def _buffers(self) -> _Buffers:
        """Memory for one row: an array a type, and its cells as the graph's inputs."""
        arrays: list[tuple[Array, Any]] = []
        feeds: dict[str, Array] = {}
        for dtype, group in self._plan:
            array = np.empty((len(group), 1, 1), dtype)
            arrays.append((array[:, 0, 0], group))
            names = enumerate(name for name, _ in group)
            feeds |= {self._read[name]: array[i] for i, name in names if name in self._read}
        return arrays, feeds

    def _mismatches(self) -> list[str]:
        found = []
        wires = {door(column.name): column.wire for column in self.manifest.columns}
        for info in self._session.get_inputs():
            if info.name not in wires:
                found.append(f"the graph reads '{info.name}', which is no column of the manifest.")
            elif KINDS[wires[info.name]] != info.type:
                found.append(f"the graph reads '{info.name}' as {info.type}, not as {wires[info.name]}.")
        promised = self.manifest.stages[0].outputs
        found += [f"the graph does not yield '{name}'." for name in promised if name not in self.outputs]
        return found

    def one(self, row: Mapping[str, Json]) -> list[Array]:
        """Runs one row with all its columns; outputs in the order of `outputs`, each (1, width).

        Raises:
            Refused: a value that its column cannot take.
            KeyError: a column is missing.
        """
        try:  # another thread may take the last one between a look and the pop
            buffers = self._spare.pop()
        except IndexError:
            buffers = self._buffers()
        try:
            arrays, feeds = buffers
            for array, group in arrays:
                array[:] = [scalar(row[name]) for name, scalar in group]
            if self._wide:
                feeds = feeds | self._tensors(
                    {name: self.entries[name].many((row[name],)) for name in self._wide}
                )
        except WRONG:
            for name, entry in self.entries.items():
                entry.one(row[name])
            raise
        outputs = self._session.run(self.outputs, feeds)
        self._spare.append(buffers)
        for i in self._floats:
            if not all(map(math.isfinite, outputs[i][0].tolist())):
                return self._finite(outputs)
        return list(outputs)

    def many(self, rows: Mapping[str, Sequence[Json]]) -> list[Array]:
        """Runs columns of values; outputs in the order of `outputs`, each (rows, width).

        Raises:
            Refused: a value that its column cannot take.
            KeyError: a column is missing.
        """
        narrow = self._tensors(
            {name: entry.many(rows[name]) for name, entry in self.entries.items() if not entry.wire}
        )
        if not self._wide:
            return self._finite(self._session.run(self.outputs, narrow))
        columns = {
            name: doors.Column(self.entries[name].wire, rows[name], self.entries[name].scalar)
            for name in self._wide
        }
        found: list[Array] = []
        try:
            for places, tensors in doors.together(columns):
                here = {name: tensor[places] for name, tensor in narrow.items()} | self._tensors(tensors)
                for at, output in enumerate(self._session.run(self.outputs, here)):
                    if at == len(found):
                        height = len(rows[self._wide[0]])
                        found.append(np.empty((height, *output.shape[1:]), output.dtype))
                    found[at][places] = output
        except WRONG:
            for name in self._wide:
                for number, value in enumerate(rows[name]):
                    self.entries[name].one(value, number)
            raise
        return self._finite(found)

    def _tensors(self, columns: Mapping[str, Array]) -> dict[str, Array]:
        """Tensors of columns that the graph reads, by door."""
        return {self._read[name]: tensor for name, tensor in columns.items() if name in self._read}

    def answers(self, rows: Mapping[str, Sequence[Json]], batch: int) -> dict[str, Array]:
        """Runs rows in batches of a size, as `verify` compares them: outputs by name, each (rows, width)."""
        names = tuple(rows)
        height = len(rows[names[0]]) if names else 0
        parts: list[list[Array]] = []
        for start in range(0, height, batch):
            if batch == 1:
                parts.append(self.one({name: rows[name][start] for name in names}))
            else:
                parts.append(self.many({name: rows[name][start : start + batch] for name in names}))
        return {name: np.concatenate([part[i] for part in parts]) for i, name in enumerate(self.outputs)}

    def _finite(self, outputs: list[Array]) -> list[Array]:
        for output in outputs:
            if output.dtype.kind == "f" and not np.isfinite(output).all():
                row = int(np.argwhere(~np.isfinite(output))[0][0])
                raise Refused(
                    "the model has no finite answer to this row.",
                    "rows",
                    expected="Numbers nearer to those it learnt from.",
                    row=row,
                    status=422,
                )
        return outputs
