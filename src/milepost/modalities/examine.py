"""Looks at the bytes of media before they are collected: what they are, or why they cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from milepost.errors import MissingExtra
from milepost.modalities.base import modalities
from milepost.modalities.signatures import kind_of_bytes

Examine = Callable[[bytes], tuple[Mapping[str, Any], str]]
"""Looks at the bytes of media: returns facts about them, and why they cannot be used, or ""."""

_A = {"image": "an image", "sound": "a sound"}
_examiners: dict[str, Examine] = {}


def examiner(kind: str, look: Examine) -> None:
    """Says how bytes of a kind of media ("image", "sound") are examined when they are collected."""
    _examiners[kind] = look


def examine(data: bytes, kind: str) -> tuple[Mapping[str, Any], str]:
    """Facts about the bytes of media, and why they cannot be used, or "".

    Nothing that the bytes hold makes this fail: what an examiner cannot cope with is a reason too. Where no
    examiner is known for the kind, the first bytes have to be those of such a file.

    Raises:
        MissingExtra: what decodes such bytes is not installed.

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
        return {}, "" if other else f"its bytes are not those of {_A[kind]}"
    try:
        return _examiners[kind](data)
    except MissingExtra:
        raise
    except Exception as problem:  # decoders fail on broken bytes in any way they like
        said = str(problem).strip().split("\n")[0][:120]
        return {}, f"it cannot be decoded ({said or type(problem).__name__})"
