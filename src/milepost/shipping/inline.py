"""Media inside JSON: base64 text or a data: URL, to bytes and back."""

from __future__ import annotations

import binascii
import re

from milepost.digest import Json
from milepost.errors import InputError
from milepost.modalities.doors import Array, decode

MOST = 32_000_000
"""Bytes of one image or sound, at most."""
KINDS = {"image": "pixels", "sound": "wave"}
"""The wire type of each kind of media."""
WORDS = {"image": "image/", "sound": "audio/"}
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
_HEAD = re.compile(r"data:([^;,]*)((?:;[^;,]*)*),", re.IGNORECASE)


def expected(kind: str) -> str:
    """What a column of a kind of media takes, in words."""
    return f"the bytes of one {kind} as base64 or as a data: URL, or null"


def unpack(value: Json, kind: str) -> bytes | None:
    """The bytes of media as they came in JSON; None where there are none.

    Raises:
        TypeError: the value is no text.
        ValueError: it is no base64, of another kind, empty or too large; the error says "it is ...".

    >>> unpack("data:image/png;base64,iVBO", "image"), unpack(None, "sound")
    (b'\\x89PN', None)
    """
    if value is None:
        return None
    if type(value) is not str:
        raise TypeError
    text = value
    if text[:5].lower() == "data:":
        text = _after_head(text, kind)
    elif _ADDRESS.match(text):
        raise ValueError("it is an address; nothing is fetched from a network")
    if len(text) > MOST * 4 // 3 + 1_000_000:
        raise ValueError(f"it is larger than {MOST // 1_000_000} MB")
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # lines may have been broken; text beyond ASCII is a ValueError of its own
        try:
            data = binascii.a2b_base64("".join(text.split()), strict_mode=True)
        except ValueError:
            raise ValueError("it is not base64") from None
    if not data:
        raise ValueError("it is empty")
    if len(data) > MOST:
        raise ValueError(f"it is larger than {MOST // 1_000_000} MB")
    return data


def _after_head(text: str, kind: str) -> str:
    found = _HEAD.match(text, 0, 500)
    if found is None or ";base64" not in found[2].lower():
        raise ValueError("it is a data: URL without ;base64,")
    word = found[1].lower()
    if word and not word.startswith((WORDS[kind], "application/octet-stream")):
        raise ValueError(f"it says that it is {word[:60]}")
    return text[found.end() :]


def pack(data: bytes) -> str:
    """Bytes of media as base64.

    >>> pack(b"abc")
    'YWJj'
    """
    return binascii.b2a_base64(data, newline=False).decode()


def row(value: Json, kind: str) -> Array:
    """One row of the tensor of a media door, from what came in JSON.

    Raises:
        TypeError: the value is no text.
        ValueError: it cannot be decoded; the error says "it ...".
    """
    data = unpack(value, kind)
    try:
        return decode(data, KINDS[kind])
    except InputError as problem:
        said = problem.what.partition(": ")[2] or problem.what
        reason = said.rstrip(".")
        raise ValueError(reason if reason.startswith("it") else f"it is no {kind}: {reason}") from None
