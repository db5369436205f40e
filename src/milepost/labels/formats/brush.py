"""The packed runs in which Label Studio holds brush strokes: RGBA pixels row by row, alpha is the mask.

A stream of bits, the highest of a byte first: the number of bytes to come (32 bits), bits of a value less one
(5), four sizes of counters less one (4 each); then blocks. A block begins with a bit, the number of a counter
(2 bits), and a counter of so many bits that is one less than the length: with the bit set one value follows
that is repeated so often, else so many values follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from milepost.errors import InputError
from milepost.labels.shapes import pixels, runs

Array = np.ndarray[Any, Any]
_SIZES = (4, 8, 12, 16)
_LARGEST = 1 << 28


def decode(packed: Sequence[int], width: int, height: int) -> list[int]:
    """Returns a mask's runs, row by row, from packed RGBA bytes; what is half covered is set.

    Raises:
        InputError: the bytes are broken or do not fit the size.
    """
    try:
        data = np.array(packed, np.uint8)
    except (OverflowError, ValueError, TypeError):
        raise InputError("the runs are no list of bytes") from None
    if data.ndim != 1 or not 0 < width * height * 4 <= _LARGEST:
        raise InputError(f"the runs do not fit {width} x {height} pixels")
    bits = _Bits(data)
    number = bits.read(32)
    word = bits.read(5) + 1
    sizes = [bits.read(4) + 1 for _ in range(4)]
    if number != width * height * 4 or word != 8:
        raise InputError(f"the runs hold {number} values of {word} bits, not 4 bytes for {width} x {height}")
    out = np.zeros(number, np.uint8)
    at = 0
    while at < number:
        repeated = bits.read(1)
        length = bits.read(sizes[bits.read(2)]) + 1
        if at + length > number:
            raise InputError("the runs are longer than the picture")
        out[at : at + length] = bits.read(8) if repeated else bits.bytes(length)
        at += length
    return runs((out[3::4] > 127).reshape(height, width))


def encode(rle: Sequence[int], width: int, height: int) -> list[int]:
    """Returns packed RGBA bytes of a mask's runs; all four channels of what is set are 255."""
    flat = pixels({"rle": rle, "width": width, "height": height}).ravel()
    starts = np.flatnonzero(np.diff(flat.astype(np.int8), prepend=2))
    lengths = np.diff(np.append(starts, len(flat))) * 4
    parts = [_bits(len(flat) * 4, 32), _bits(7, 5), *(_bits(size - 1, 4) for size in _SIZES)]
    longest = 1 << _SIZES[-1]
    for start, whole in zip(starts.tolist(), lengths.tolist(), strict=True):
        value = 255 if flat[start] else 0
        for done in range(0, whole, longest):
            length = min(longest, whole - done)
            counter = next(at for at, size in enumerate(_SIZES) if length <= 1 << size)
            parts += [_bits(1, 1), _bits(counter, 2), _bits(length - 1, _SIZES[counter]), _bits(value, 8)]
    found: list[int] = np.packbits(np.frombuffer("".join(parts).encode(), np.uint8) - ord("0")).tolist()
    return found


def _bits(value: int, size: int) -> str:
    return format(value, f"0{size}b")


class _Bits:
    """Bits that are read one after another."""

    def __init__(self, data: Array) -> None:
        self._bits, self._at = np.unpackbits(data), 0

    def _next(self, size: int) -> Array:
        found = self._bits[self._at : self._at + size]
        if len(found) < size:
            raise InputError("the runs end too soon")
        self._at += size
        return found

    def read(self, size: int) -> int:
        """The next number of so many bits."""
        return int(self._next(size) @ (1 << np.arange(size - 1, -1, -1, dtype=np.int64)))

    def bytes(self, count: int) -> Array:
        """So many bytes."""
        return np.packbits(self._next(8 * count))
