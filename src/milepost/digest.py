"""Stable content digests of values, bytes and files (SHA-256, hexadecimal)."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

Digest = str
Json = Any
"""A value that JSON can hold: None, bool, int, float, str, lists and string-keyed mappings of these."""


def plain(value: object) -> Json:
    """Returns a value as plain JSON: dataclasses become mappings, tuples lists, NaN None.

    >>> plain({"a": (1, float("nan"))})
    {'a': [1, None]}
    """
    if value is None or isinstance(value, bool | int | str):
        plainer = value.value if isinstance(value, Enum) else value
        return str(plainer) if isinstance(plainer, str) else plainer  # numpy's texts are texts too
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None  # and so are its floats
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return plain(value.tolist())
    raise TypeError(f"{type(value).__name__} has no plain JSON form: {value!r}")


def numbers_of(value: Json, kind: Any) -> Json:
    """Returns plain JSON with NaN again where a type has a float that was not known.

    Args:
        value: what `plain` gave.
        kind: a type: of a dataclass, a list, a tuple or a mapping, or of what these hold.

    >>> numbers_of([1.0, None], tuple[float, ...])
    [1.0, nan]
    """
    if kind is float and value is None:
        return math.nan
    if isinstance(kind, type) and dataclasses.is_dataclass(kind) and isinstance(value, Mapping):
        kinds = _kinds(kind)
        return {name: numbers_of(item, kinds.get(name, Any)) for name, item in value.items()}
    inner = [one for one in get_args(kind) if one is not Ellipsis]
    if get_origin(kind) in (Union, UnionType):
        held = [one for one in inner if one is not type(None)]
        return numbers_of(value, held[0]) if value is not None and len(held) == 1 else value
    if isinstance(value, Mapping) and len(inner) == 2:
        return {name: numbers_of(item, inner[1]) for name, item in value.items()}
    if isinstance(value, list) and inner:
        several = inner if len(inner) == len(value) else [inner[0]] * len(value)
        return [numbers_of(item, one) for item, one in zip(value, several, strict=True)]
    return value


@cache
def _kinds(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def digest(*values: object) -> Digest:
    """Returns the digest of values by their canonical JSON; key order does not matter.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    text = json.dumps([plain(v) for v in values], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def digest_bytes(data: bytes) -> Digest:
    """Returns the digest of raw bytes."""
    return hashlib.sha256(data).hexdigest()


def digest_file(path: str | Path) -> Digest:
    """Returns the digest of a file's bytes, read in blocks.

    Raises:
        OSError: the file cannot be read.
    """
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def under(folder: Path, name: Digest) -> Path:
    """Returns where bytes lie in a folder by their digest: below its first two digits.

    >>> under(Path("media"), "ab12").as_posix()
    'media/ab/ab12'
    """
    return folder / name[:2] / name
