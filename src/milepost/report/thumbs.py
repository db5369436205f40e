"""Images and sounds small enough for a page: thumbnails, spectrograms and short clips as data URIs."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from milepost.data.nearsound import RANGE, heard
from milepost.modalities import media
from milepost.modalities.feeds import decode

Array = np.ndarray[Any, Any]

SIDE = 96
"""Pixels of a thumbnail's longer side."""
LARGE = 200
"""The same of one that is looked at alone."""
WIDE = 1.6
"""Width of a spectrogram by its height, about."""
QUALITY = 75
FOR, AGAINST = (200, 60, 40), (40, 100, 190)
"""Colours of parts that spoke for an answer, and against it."""
SECONDS, RATE = 3.0, 11_025
"""Of a sound so many seconds can be heard, at such a rate."""


def thumbnail(value: str, side: int = SIDE) -> str:
    """The image that a reference names, or a sound's spectrogram, as a data URI.

    Args:
        value: the reference.
        side: pixels of the longer side, at most.
    """
    if value.startswith("sound:"):
        return spectrum(decode(media.load(value), "wave"))
    return picture(decode(media.load(value), "pixels"), side)


def picture(pixels: Array, side: int = SIDE) -> str:
    """Pixels, uint8 (height, width, 3), as a small JPEG; as PNG where they are few."""
    image = import_module("PIL.Image").fromarray(np.ascontiguousarray(pixels))
    few = max(image.size) <= 40
    image.thumbnail((side, side))
    stream = io.BytesIO()
    if few:
        image.save(stream, "PNG", optimize=True)
    else:
        image.save(stream, "JPEG", quality=QUALITY, optimize=True)
    return _uri("image/png" if few else "image/jpeg", stream.getvalue())


def heated(value: str, heat: Sequence[Sequence[float]], side: int = LARGE) -> str:
    """The image that a reference names, red where it spoke for an answer and blue where against it.

    Args:
        value: the reference.
        heat: marks from -1 to 1 of its parts, top left first.
        side: pixels of the longer side, at most.
    """
    library = import_module("PIL.Image")
    image = library.fromarray(decode(media.load(value), "pixels"))
    image.thumbnail((side, side))
    marks = library.fromarray(np.asarray(heat, np.float32)).resize(image.size, library.Resampling.BICUBIC)
    strength = np.clip(np.asarray(marks), -1, 1)[:, :, None]
    colour = np.where(strength > 0, np.array(FOR), np.array(AGAINST))
    mixed = np.asarray(image) * (1 - 0.55 * np.abs(strength)) + colour * (0.55 * np.abs(strength))
    stream = io.BytesIO()
    library.fromarray(mixed.round().astype(np.uint8)).save(stream, "JPEG", quality=QUALITY, optimize=True)
    return _uri("image/jpeg", stream.getvalue())


def spectrum(wave: Array) -> str:
    """A sound's spectrogram as a grey PNG: time to the right, pitch upwards, loud is dark.

    The first two seconds after the silence, 100 to 7,600 Hz on a logarithmic scale.
    """
    seen = heard(wave).picture.T[::-1]
    seen = np.repeat(seen, max(1, round(seen.shape[1] / (WIDE * seen.shape[0]))), axis=0)
    return _uri("image/png", png(np.round(255 - seen * (235 / RANGE)).astype(np.uint8)))


def clip(value: str) -> str:
    """The first seconds of the sound that a reference names, as a WAV data URI of 16 bits at 11,025 Hz."""
    wave = decode(media.load(value), "wave")
    rate = max(1.0, float(wave[0]))
    samples = wave[1 : 1 + int(SECONDS * rate)].astype(np.float64)
    long = max(1, int(len(samples) / rate * RATE))
    places = np.arange(long) * rate / RATE
    if rate > RATE:  # what lies above the new limit would come back as a wrong pitch
        width = int(np.ceil(rate / RATE))
        samples = np.convolve(samples, np.ones(width) / width, "same")
    heard_at = np.interp(places, np.arange(len(samples)), samples) if len(samples) else np.zeros(1)
    data = (np.clip(heard_at, -1, 1) * 32767).astype("<i2").tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, RATE,
                       2 * RATE, 2, 16, b"data", len(data))  # fmt: skip
    return _uri("audio/wav", head + data)


def png(grey: Array) -> bytes:
    """Grey levels, uint8 (height, width), as a PNG file."""
    height, width = grey.shape
    rows = np.column_stack([np.zeros(height, np.uint8), grey]).tobytes()
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
