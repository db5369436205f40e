"""Images, sounds and texts made by program, and folders of them, for tests and first tries."""

from __future__ import annotations

import io
import struct
import wave
import zlib
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
RATE = 8_000


def png(pixels: Array) -> bytes:
    """A PNG file of pixels, uint8 (height, width, 3), without any library for images.

    >>> png(np.zeros((2, 3, 3), np.uint8))[:4]
    b'\\x89PNG'
    """
    height, width, _ = pixels.shape
    lines = b"".join(b"\0" + row.tobytes() for row in np.ascontiguousarray(pixels, np.uint8))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def wav(samples: Array, rate: int = RATE) -> bytes:
    """A WAV file of samples between -1 and 1, 16 bits, one channel."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return stream.getvalue()


def shape(kind: str, rng: np.random.Generator, size: int = 32) -> bytes:
    """A picture of a "disc" or a "square" of random place, size and colour on a noisy ground."""
    pixels = rng.integers(0, 80, (size, size, 3))
    radius, (y, x) = rng.integers(4, size // 4), rng.integers(size // 4, size - size // 4, 2)
    rows, columns = np.mgrid[:size, :size]
    across, down = np.abs(columns - x), np.abs(rows - y)
    inside = across**2 + down**2 <= radius**2 if kind == "disc" else np.maximum(across, down) <= radius
    pixels[inside] = rng.integers(120, 256, 3)
    return png(pixels.astype(np.uint8))


def tone(kind: str, rng: np.random.Generator, seconds: float = 0.25) -> bytes:
    """A "low" or a "high" tone of random loudness in noise."""
    time = np.arange(int(RATE * seconds)) / RATE
    pitch = rng.uniform(200, 400) if kind == "low" else rng.uniform(1_000, 2_000)
    wave_ = rng.uniform(0.2, 0.9) * np.sin(2 * np.pi * pitch * time)
    return wav(wave_ + rng.normal(0, 0.05, len(time)))


def note(kind: str, rng: np.random.Generator) -> bytes:
    """A short "thanks" or "complaint" of a customer."""
    words = {
        "thanks": ("lovely", "quick", "friendly", "perfect", "again", "pleased"),
        "complaint": ("broken", "late", "rude", "refund", "never", "angry"),
    }[kind]
    common = ("the", "order", "came", "and", "was", "shop", "staff", "today", "with", "box")
    said = [*rng.choice(common, 6), *rng.choice(words, 3)]
    rng.shuffle(said)
    return " ".join(map(str, said)).encode()


KINDS = {
    "image": (shape, ("disc", "square"), ".png"),
    "sound": (tone, ("high", "low"), ".wav"),
    "text": (note, ("complaint", "thanks"), ".txt"),
}
"""For each kind of media how one is made, the classes, and the suffix of its file."""


def folder(where: str | Path, kind: str = "image", each: int = 60, seed: int = 0) -> Path:
    """Makes a folder with one sub-folder a class and some files in each; returns it.

    Args:
        where: the folder.
        kind: "image", "sound" or "text".
        each: files a class.
        seed: of all that is random.
    """
    make, classes, suffix = KINDS[kind]
    rng = np.random.default_rng(seed)
    for label in classes:
        inside = Path(where) / label
        inside.mkdir(parents=True, exist_ok=True)
        for number in range(each):
            (inside / f"{label}-{number:04d}{suffix}").write_bytes(make(label, rng))
    return Path(where)
