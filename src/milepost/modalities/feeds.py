"""Values at a graph's doors, part by part: what fits into one tensor goes in together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from milepost.modalities import media
from milepost.modalities.base import Array, feed, modalities
from milepost.modalities.signatures import kind_of_bytes

NARROW = 65_536
"""Rows that go in together, at most."""
CHUNK: dict[str, int] = {"bytes": 2_048, "pixels": 16, "wave": 16}
"""The same where a door of such a type is among them."""
BLANKS: dict[str, Array] = {
    "pixels": np.zeros((1, 1, 3), np.uint8),
    "wave": np.array([16_000, 0], np.float32),
}
"""What stands for a missing value."""
WIDE = frozenset(CHUNK)
"""Doors whose values differ in size."""

Examine = Callable[[bytes], tuple[Mapping[str, Any], str]]
"""Looks at the bytes of media: returns facts about them, and why they cannot be used, or ""."""

_A = {"image": "an image", "sound": "a sound"}
_decoders: dict[str, Callable[[bytes], Array]] = {}
_examiners: dict[str, Examine] = {}


def decoder(wire: str, decode: Callable[[bytes], Array]) -> None:
    """Says how bytes of media become one row of a door's tensor: (height, width, 3), or (1 + samples,)."""
    _decoders[wire] = decode


def examiner(kind: str, look: Examine) -> None:
    """Says how bytes of a kind of media ("image", "sound") are examined when they are collected."""
    _examiners[kind] = look


def examine(data: bytes, kind: str) -> tuple[Mapping[str, Any], str]:
    """Facts about the bytes of media, and why they cannot be used, or "".

    Nothing that the bytes hold makes this fail: what an examiner cannot cope with is a reason too. Where no
    examiner is known for the kind, the first bytes have to be those of such a file.

    >>> examine(b"", "image")[1], examine(b"GIF89a", "sound")[1]
    ('it is empty (0 bytes)', 'its bytes are those of an image')
    """
    if not data:
        return {}, "it is empty (0 bytes)"
    other = kind_of_bytes(data)
    if other not in ("", kind):
        return {}, f"its bytes are those of {_A[other]}"
    list(modalities)  # each registers its examiner when it is imported
    if kind not in _examiners:
        return (
            {},
            "" if other else f"its bytes are not those of {'an image' if kind == 'image' else 'a sound'}",
        )
    try:
        return _examiners[kind](data)
    except Exception as problem:  # decoders fail on broken bytes in any way they like
        said = str(problem).strip().split("\n")[0][:120]
        return {}, f"it cannot be decoded ({said or type(problem).__name__})"


def decode(data: bytes | None, wire: str) -> Array:
    """One row of a media door's tensor, without the axis of rows; None is a missing value."""
    return BLANKS[wire] if data is None else _decoders[wire](data)


def parts(frame: pl.DataFrame, wires: Mapping[str, str]) -> Iterator[tuple[Array, dict[str, Array]]]:
    """Yields the places of rows and their tensors by column, until all rows were there.

    Media are read and decoded as they are needed; those of one size share a tensor. Texts come shortest
    first, so that short ones are not padded to the length of long ones.

    Args:
        frame: raw values; media are references.
        wires: the type of each column's door.
    """
    most = min((CHUNK.get(wire, NARROW) for wire in wires.values()), default=NARROW)
    texts = [name for name, wire in wires.items() if wire == "bytes"]
    order = np.arange(len(frame))
    if texts:
        order = frame[texts[0]].cast(pl.String).str.len_bytes().fill_null(0).arg_sort().to_numpy()
    for start in range(0, len(frame), most):
        places = order[start : start + most]
        chunk = frame[places] if texts else frame[start : start + most]
        seen = {
            name: [decode(value and media.load(value), wire) for value in chunk[name]]
            for name, wire in wires.items()
            if wire in BLANKS
        }
        for group in _alike(seen, wires) if seen else (None,):
            rows = chunk if group is None else chunk[group]
            yield (
                places if group is None else places[group],
                {
                    name: np.stack([seen[name][at] for at in group])
                    if group is not None and name in seen
                    else feed(rows[name], wire)
                    for name, wire in wires.items()
                },
            )


def alike(rows: Sequence[tuple[object, ...]]) -> list[Array]:
    """Groups of the places of equal rows, in the order of their first."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for place, row in enumerate(rows):
        groups.setdefault(row, []).append(place)
    return [np.array(places) for places in groups.values()]


def form(value: Array, wire: str) -> object:
    """What values must share to fit into one tensor: their size and, for sounds, the rate."""
    return (value.shape, float(value[0])) if wire == "wave" else value.shape


def _alike(seen: Mapping[str, Sequence[Array]], wires: Mapping[str, str]) -> list[Array]:
    columns = [[form(value, wires[name]) for value in values] for name, values in seen.items()]
    return alike(list(zip(*columns, strict=True)))
