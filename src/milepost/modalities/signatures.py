"""What media are, by the first bytes of a file or by the suffix of its name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

SUFFIXES: Mapping[str, frozenset[str]] = {
    "image": frozenset(
        (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")
    ),
    "sound": frozenset((".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".aac", ".aif", ".aiff")),
    "text": frozenset((".txt",)),
}
"""The suffixes of files that are one value each, by the kind of that value."""
HEAD = 64
"""So many bytes are enough to tell."""

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"II+\x00", "image"),
    (b"MM\x00+", "image"),
    (b"fLaC", "sound"),
    (b"OggS", "sound"),
    (b"ID3", "sound"),
)
_INSIDE: Mapping[tuple[bytes, bytes], str] = {
    (b"RIFF", b"WEBP"): "image",
    (b"RIFF", b"WAVE"): "sound",
    (b"RF64", b"WAVE"): "sound",
    (b"FORM", b"AIFF"): "sound",
    (b"FORM", b"AIFC"): "sound",
}


def kind_of_bytes(data: bytes) -> str:
    """The kind of media that bytes begin like, "image" or "sound", or "".

    >>> kind_of_bytes(b"GIF89a..."), kind_of_bytes(b"RIFF....WAVEfmt "), kind_of_bytes(b"id,name")
    ('image', 'sound', '')
    """
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    found = _INSIDE.get((data[:4], data[8:12]), "")
    if found:
        return found
    if data[:2] == b"BM" and len(data) > 26 and data[14] in (12, 40, 52, 56, 64, 108, 124):
        return "image"
    if data[4:8] == b"ftyp" and data[8:11] in (b"M4A", b"mp4", b"iso"):
        return "sound"
    # A frame of MPEG audio: eleven bits set, and neither a reserved version nor a reserved layer.
    framed = len(data) > 2 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0
    return "sound" if framed and data[1] & 0x18 != 0x08 and data[2] & 0xF0 != 0xF0 else ""


def kind_of_name(name: str) -> str:
    """The kind of value that a file holds by its suffix, "image", "sound" or "text", or "".

    >>> kind_of_name("a/B.JPG"), kind_of_name("notes.txt"), kind_of_name("a.csv")
    ('image', 'text', '')
    """
    suffix = PurePath(name).suffix.lower()
    return next((kind for kind, known in SUFFIXES.items() if suffix in known), "")
