"""Long lists of numbers in and out of protocol buffers, without a Python object for each at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
CHUNK = 65_536
KINDS: Mapping[str, tuple[str, int]] = {"i": ("ints", 7), "f": ("floats", 6), "S": ("strings", 8)}
"""Where an AttributeProto holds what an array holds, and what its type is called there."""


def fill(attribute: Any, name: str, values: Array) -> None:
    """Writes an array (n,) of whole numbers, floats or bytes into an empty AttributeProto.

    >>> import onnx
    >>> made = onnx.AttributeProto()
    >>> fill(made, "axes", np.array([1, 2]))
    >>> made.name, list(made.ints)
    ('axes', [1, 2])
    """
    where, kind = KINDS[values.dtype.kind]
    attribute.name, attribute.type = name, kind
    held = getattr(attribute, where)
    for start in range(0, len(values), CHUNK):
        held.extend(values[start : start + CHUNK].tolist())


def ints(attribute: Any) -> Array:
    """The whole numbers of an AttributeProto, int64 (n,)."""
    return np.fromiter(attribute.ints, np.int64, len(attribute.ints))


def floats(attribute: Any) -> Array:
    """The floats of an AttributeProto, float32 (n,)."""
    return np.fromiter(attribute.floats, np.float32, len(attribute.floats))


def without(message: Any, *fields: str) -> Any:
    """A copy of a message that leaves fields out; to copy all and clear them takes as much as they do."""
    found = type(message)()
    for field, value in message.ListFields():
        if field.name in fields:
            continue
        if hasattr(value, "extend"):
            getattr(found, field.name).extend(value)
        elif hasattr(value, "CopyFrom"):
            getattr(found, field.name).CopyFrom(value)
        else:
            setattr(found, field.name, value)
    return found
