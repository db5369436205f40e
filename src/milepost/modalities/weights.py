"""Weights from a file of PyTorch's older format, read without PyTorch and without running what it names."""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from milepost.errors import Corrupt
from milepost.modalities.base import Array

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
DTYPES: Mapping[str, str] = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ByteStorage": "u1",
}


@dataclass(frozen=True)
class Piece:
    """A tensor as a view of a storage that follows later in the file."""

    storage: tuple[str, str, int]
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read(path: Path) -> dict[str, Array]:
    """Tensors by name from a `torch.save` file written before PyTorch 1.6 or with its old format.

    A pickle can name any function and have it called. Here three names are known, by which such a file
    holds tensors; whatever else is named, nested or left over is refused.

    Raises:
        Corrupt: the file is of another format, is cut short, or names something else.
    """
    data = path.read_bytes()
    stream = io.BytesIO(data)
    try:
        if (found := _Plain(stream).load()) != MAGIC or (version := _Plain(stream).load()) != PROTOCOL:
            raise pickle.UnpicklingError(f"its head is {found if found != MAGIC else version!r}")
        if not _Plain(stream).load().get("little_endian"):
            raise pickle.UnpicklingError("its numbers are big-endian")
        pieces = _Tensors(stream).load()
        storages = _storages(stream, data, pieces)
        return {str(name): _view(storages[piece.storage[1]], piece) for name, piece in pieces.items()}
    except (
        pickle.UnpicklingError,
        ValueError,
        TypeError,
        KeyError,
        EOFError,
        AttributeError,
        IndexError,
    ) as why:
        raise Corrupt(
            f"'{path.name}' holds no weights that can be read safely: {why}.",
            expected="A file of named tensors in PyTorch's older format.",
            todo="Install the package that it came with again.",
        ) from why


class _Plain(pickle.Unpickler):
    """Unpickles numbers, text, lists and dicts; no name at all."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"it names {module}.{name}")

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError(f"it refers to {str(pid)[:80]}")


class _Tensors(_Plain):
    """Unpickles an ordered dict of tensors, each as a `Piece`."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _piece
        if module == "torch" and name in DTYPES:
            return name
        return super().find_class(module, name)

    def persistent_load(self, pid: Any) -> Any:
        kind, dtype, key, _, count, *rest = pid
        if kind != "storage" or dtype not in DTYPES or rest not in ([], [None]):
            raise pickle.UnpicklingError(f"it refers to {str(pid)[:80]}")
        return (str(dtype), str(key), int(count))


def _piece(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> Piece:
    if not isinstance(storage, tuple) or len(storage) != 3:
        raise pickle.UnpicklingError("a tensor has no storage")
    return Piece(storage, int(offset), tuple(map(int, shape)), tuple(map(int, strides)))


def _storages(stream: io.BytesIO, data: bytes, pieces: Any) -> dict[str, Array]:
    """The numbers of each storage, in the order in which the file lists them."""
    if not isinstance(pieces, dict) or not all(isinstance(piece, Piece) for piece in pieces.values()):
        raise pickle.UnpicklingError("it holds something else than tensors")
    wanted = {piece.storage[1]: piece.storage for piece in pieces.values()}
    found: dict[str, Array] = {}
    for key in _Plain(stream).load():
        dtype, _, count = wanted[str(key)]
        head, kind = stream.tell(), np.dtype(DTYPES[dtype])
        if int.from_bytes(data[head : head + 8], "little", signed=True) != count:
            raise ValueError(f"storage {key} has another size than its tensors say")
        found[str(key)] = np.frombuffer(data, kind, count, head + 8)
        stream.seek(head + 8 + count * kind.itemsize)
    return found


def _view(storage: Array, piece: Piece) -> Array:
    reach = piece.offset + sum(
        (size - 1) * step for size, step in zip(piece.shape, piece.strides, strict=True)
    )
    backwards = min(piece.offset, *piece.shape, *piece.strides, 0) < 0
    if backwards or (0 not in piece.shape and reach >= len(storage)):
        raise ValueError("a tensor reaches beyond its storage")
    steps = tuple(step * storage.itemsize for step in piece.strides)
    return np.array(np.lib.stride_tricks.as_strided(storage[piece.offset :], piece.shape, steps))
