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
UNCHANGED = frozenset({type(None), bool, int, str})
"""Types whose values JSON holds as they are."""


def plain(value: object) -> Json:
    """Returns a value as plain JSON: dataclasses become mappings, tuples lists, NaN None.

    >>> plain({"a": (1, float("nan"))})
    {'a': [1, None]}
    """
    kind: Any = type(value)
    if kind in UNCHANGED:
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None  # numpy's floats are floats too
    if isinstance(value, dict):
        return {key if type(key) is str else str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        if UNCHANGED.issuperset(map(type, value)):
            return list(value)
        return [item if type(item) in UNCHANGED else plain(item) for item in value]
    names = _fields(kind)
    if names is not None:
        return {name: plain(getattr(value, name)) for name in names}
    return _plainer(value)


def _plainer(value: object) -> Json:
    """The same of what is rarer."""
    if isinstance(value, bool | int | str):
        plainer = value.value if isinstance(value, Enum) else value
        return str(plainer) if isinstance(plainer, str) else plainer  # and its texts are texts
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return plain(value.tolist())
    raise TypeError(f"{type(value).__name__} has no plain JSON form: {value!r}")


@cache
def _fields(kind: type) -> tuple[str, ...] | None:
    """The names of a dataclass's fields; None of what is none."""
    if not dataclasses.is_dataclass(kind) or issubclass(kind, bool | int | str):
        return None
    return tuple(field.name for field in dataclasses.fields(kind))


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
    if kind in UNCHANGED or kind is float:
        return value
    kinds, united, inner = _shape(kind)
    if kinds is not None and isinstance(value, Mapping):
        return {name: numbers_of(item, kinds.get(name, Any)) for name, item in value.items()}
    if united:
        return numbers_of(value, inner[0]) if value is not None and len(inner) == 1 else value
    if isinstance(value, Mapping) and len(inner) == 2:
        return {name: numbers_of(item, inner[1]) for name, item in value.items()}
    if isinstance(value, list) and inner:
        several = inner if len(inner) == len(value) else [inner[0]] * len(value)
        return [numbers_of(item, one) for item, one in zip(value, several, strict=True)]
    return value


@cache
def _shape(kind: Any) -> tuple[Mapping[str, Any] | None, bool, tuple[Any, ...]]:
    """The types of a dataclass's fields, whether a type is a union, and the types that it holds."""
    inner = tuple(one for one in get_args(kind) if one is not Ellipsis)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return get_type_hints(kind), False, inner
    if get_origin(kind) in (Union, UnionType):
        return None, True, tuple(one for one in inner if one is not type(None))
    return None, False, inner


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
