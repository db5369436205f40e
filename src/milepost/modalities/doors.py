"""Wide doors of a graph, for tables and for servers: how texts, images and sounds become tensors.

It imports no table library, as a server has none.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from milepost.errors import EnvironmentProblem

Array = np.ndarray[Any, Any]
Decode = Callable[[bytes], Array]
TEXT_BYTES = 16_384
"""Bytes of a text that enter the graph; what follows is cut at the last whole character."""
CHUNK: dict[str, int] = {"bytes": 16, "pixels": 16, "wave": 16}
"""Rows that go in together, at most, where a door of such a type is among them."""
CELLS: dict[str, int] = {"bytes": 2**19, "pixels": 2**25, "wave": 2**23}
"""Numbers in one tensor, at most, where there is more than one row."""
BLANKS: dict[str, Array] = {
    "pixels": np.zeros((1, 1, 3), np.uint8),
    "wave": np.array([16_000, 0], np.float32),
}
"""What stands for a missing value."""
WIDE = frozenset(CHUNK)
"""Doors whose values differ in size."""
HOMES = {"pixels": "milepost.modalities.pictures", "wave": "milepost.modalities.waves"}
"""The modules that register decoders; they are imported when one is needed."""
LIBRARIES = {"pixels": "pillow", "wave": "soundfile"}
"""What decoders are made of: distributions, by wire type."""

decoders: dict[str, Decode] = {}


def decoder(wire: str, decode: Decode) -> None:
    """Says how bytes of media become one row of a door's tensor: (height, width, 3), or (1 + samples,)."""
    decoders[wire] = decode


def decode(data: bytes | None, wire: str) -> Array:
    """One row of a media door's tensor, without the axis of rows; None is a missing value.

    Raises:
        InputError: the decoder cannot use the bytes, with the reason.
        EnvironmentProblem: there is no decoder.
    """
    if data is None:
        return BLANKS[wire]
    if wire not in decoders:
        try:
            importlib.import_module(HOMES[wire])
        except ImportError as problem:
            raise EnvironmentProblem(f"there is no decoder for '{wire}': {problem}.") from problem
    return decoders[wire](data)


def libraries(wires: Iterable[str]) -> dict[str, str]:
    """The libraries that decode media for doors of some types, with the versions that are installed.

    >>> libraries(["float", "bytes"])
    {}
    """
    found = {}
    for wire in sorted(set(wires) & set(LIBRARIES)):
        with suppress(PackageNotFoundError):
            found[LIBRARIES[wire]] = version(LIBRARIES[wire])
    return found


def encode(text: str, errors: str = "replace") -> bytes:
    """The UTF-8 bytes of a text as they enter a graph: cut at 16,384, a space for each U+0000.

    Zero is what stands beyond the end of a text, so that no text may hold one. Nothing else is changed:
    no case, no normal form, no white space.

    Args:
        text: the text.
        errors: "replace" puts a question mark for half a surrogate pair, "strict" raises UnicodeEncodeError.

    >>> encode("a\\0é")
    b'a \\xc3\\xa9'
    """
    encoded = text.encode("utf-8", errors).replace(b"\0", b" ")
    if len(encoded) <= TEXT_BYTES:
        return encoded
    return encoded[:TEXT_BYTES].decode("utf-8", "ignore").encode()


def padded(encoded: Sequence[bytes]) -> Array:
    """Bytes of texts as a tensor uint8 (rows, longest), 0 beyond the end; at least one column.

    >>> padded([b"ab", b""]).tolist()
    [[97, 98], [0, 0]]
    """
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    result = np.zeros((len(encoded), max(1, int(lengths.max(initial=0)))), np.uint8)
    result[np.arange(result.shape[1]) < lengths[:, None]] = np.frombuffer(b"".join(encoded), np.uint8)
    return result


def utf8(texts: Sequence[str]) -> Array:
    """Turns texts into their UTF-8 bytes, uint8 (rows, longest), 0 beyond the end; at least one column.

    >>> utf8(["é", ""]).tolist()
    [[195, 169], [0, 0]]
    """
    return padded([encode(one) for one in texts])


def form(value: Array, wire: str) -> object:
    """What values must share to fit into one tensor: their size and, for sounds, the rate."""
    return (value.shape, float(value[0])) if wire == "wave" else value.shape


def alike(rows: Sequence[tuple[object, ...]]) -> list[Array]:
    """Groups of the places of equal rows, in the order of their first."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for place, row in enumerate(rows):
        groups.setdefault(row, []).append(place)
    return [np.array(places) for places in groups.values()]


class Column:
    """A column of values on their way to a wide door.

    Args:
        wire: the door's type.
        values: what `read` takes, one a row.
        read: makes a value what goes in: bytes for a text, else one row of the tensor.
    """

    def __init__(self, wire: str, values: Sequence[Any], read: Callable[[Any], Any]) -> None:
        self.wire, self.values, self.read = wire, values, read

    def tensor(self, rows: Sequence[Any]) -> Array:
        """Rows of one form as a tensor."""
        return padded(rows) if self.wire == "bytes" else np.stack(rows)


def together(columns: Mapping[str, Column]) -> Iterator[tuple[Array, dict[str, Array]]]:
    """Yields the places of rows that fit into one tensor, and their tensors, until all rows were there.

    Values are read as they are needed, so that few are in memory at once: `CHUNK` rows, and no more than
    `CELLS` numbers. Texts come shortest first, so that short ones are not padded to the length of long ones.

    Args:
        columns: columns of the same height by name, all of wide doors.
    """
    height = len(next(iter(columns.values())).values)
    most = min(CHUNK[column.wire] for column in columns.values())
    ready = {
        name: [column.read(value) for value in column.values]
        for name, column in columns.items()
        if column.wire == "bytes"
    }
    order = np.arange(height)
    if ready:
        lengths = sum(np.array([len(one) for one in texts], np.int64) for texts in ready.values())
        order = np.argsort(lengths, kind="stable")
    waiting: dict[str, list[Any]] = {name: [] for name in columns}
    start, load = 0, 0.0
    for at, place in enumerate(order.tolist()):
        row = {
            name: ready[name][place] if name in ready else column.read(column.values[place])
            for name, column in columns.items()
        }
        # Texts are padded to the last one, which is the longest: all of them count like it.
        size = sum(_size(row[name], column.wire) for name, column in columns.items())
        load = size * (at - start + 1) if len(ready) == len(columns) else load + size
        if at > start and (at - start == most or load > 1):
            yield from _groups(columns, order[start:at], waiting)
            start, waiting, load = at, {name: [] for name in columns}, size
        for name, value in row.items():
            waiting[name].append(value)
    if height:
        yield from _groups(columns, order[start:], waiting)


def _size(value: Any, wire: str) -> float:
    return (len(value) if wire == "bytes" else value.size) / CELLS[wire]


def _groups(
    columns: Mapping[str, Column], places: Array, rows: Mapping[str, Sequence[Any]]
) -> Iterator[tuple[Array, dict[str, Array]]]:
    forms = [
        [form(value, column.wire) for value in rows[name]]
        for name, column in columns.items()
        if column.wire in BLANKS
    ]
    every = np.arange(len(places))
    for group in alike(list(zip(*forms, strict=True))) if forms else (every,):
        tensors = {
            name: column.tensor([rows[name][int(at)] for at in group]) for name, column in columns.items()
        }
        yield places[group], tensors
