"""Media by reference: a column holds `image:DIGEST` or `sound:DIGEST`, the bytes lie on a shelf."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import polars as pl

from milepost.digest import Digest, digest_bytes, digest_file
from milepost.errors import InputError

KINDS = ("image", "sound")
_REFERENCE = re.compile(r"(image|sound):([0-9a-f]{64})")
_PATTERN = r"^(image|sound):[0-9a-f]{64}$"
Shelf = Callable[[Digest], bytes | None]

_shelves: dict[str, Shelf] = {}
_files: dict[Digest, Path] = {}
_made: dict[Digest, bytes] = {}


def reference(kind: str, name: Digest) -> str:
    """The reference to media of a kind by the digest of their bytes.

    >>> reference("image", "0" * 64)[:10]
    'image:0000'
    """
    return f"{kind}:{name}"


def digest_of(value: str) -> Digest:
    """The digest that a reference names, or "" where the text is none."""
    found = _REFERENCE.fullmatch(value)
    return found[2] if found else ""


def kind_of(column: pl.Series) -> str:
    """The kind of media that all known values of a column refer to, or "".

    >>> kind_of(pl.Series([f"sound:{'0' * 64}", None])), kind_of(pl.Series(["sound"]))
    ('sound', '')
    """
    if column.dtype != pl.String:
        return ""
    known = column.drop_nulls()
    if not len(known) or _REFERENCE.fullmatch(known[0]) is None:
        return ""
    kind = known[0].partition(":")[0]
    fits = known.str.contains(_PATTERN) & known.str.starts_with(kind)
    return kind if bool(fits.all()) else ""


def shelve(name: str, shelf: Shelf) -> None:
    """Adds a place where bytes are looked for by their digest; the same name again replaces it."""
    _shelves[name] = shelf


def place(path: Path) -> Digest:
    """Makes a file's bytes known by their digest, which is returned; they are read when they are needed."""
    name = digest_file(path)
    known(name, path)
    return name


def known(name: Digest, path: Path) -> None:
    """Makes known that a file holds the bytes of a digest."""
    _files[name] = path


def put(data: bytes) -> Digest:
    """Makes bytes known by their digest, which is returned; they stay in memory."""
    name = digest_bytes(data)
    _made[name] = data
    return name


def placed(name: Digest) -> Path | None:
    """The file whose bytes were made known by a digest, or None."""
    return _files.get(name)


def load(value: str) -> bytes:
    """The bytes that a reference names.

    Raises:
        InputError: the text is no reference, or the bytes are nowhere.
    """
    name = digest_of(value)
    if not name:
        raise InputError(
            f"'{value[:80]}' refers to no image or sound.", expected="image:DIGEST, sound:DIGEST."
        )
    try:
        return fetch(name)
    except InputError:
        raise InputError(
            f"the bytes of '{value[:18]}…' are not there.",
            todo="Collect the rows again, with the files where they were.",
        ) from None


def fetch(name: Digest) -> bytes:
    """The bytes of a digest.

    Raises:
        InputError: they are nowhere.
    """
    for shelf in _shelves.values():
        found = shelf(name)
        if found is not None:
            return found
    if name in _made:
        return _made[name]
    if name in _files:
        return _files[name].read_bytes()
    raise InputError(
        f"the bytes of {name[:12]}… are not there.",
        todo="Run the step that kept them again: milepost run --from prepare",
    )
