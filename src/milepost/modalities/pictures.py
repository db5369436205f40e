"""Bytes of pictures: what they hold, or in one sentence why they cannot be used.

It imports no table library, as a server has none.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from milepost.errors import InputError, MissingExtra
from milepost.modalities.doors import Array, decoder

PIXELS = 100_000_000
"""Pixels of the largest picture that is decoded."""
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
"""What is read; formats that run other programs or refer to other files are not among them."""
DEEP = {"I;16", "I;16L", "I;16B", "I;16N"}
GREY = {"1", "L", "LA", "La", "I", "F", *DEEP}
"""Modes without colours."""


@dataclass(frozen=True)
class Picture:
    """What is known of a picture.

    Args:
        width: pixels from left to right, as it is looked at (rotated as its EXIF data say).
        height: pixels from top to bottom.
        mode: Pillow's name of its pixels, such as "RGB", "L", "CMYK", "I;16".
        frames: how many pictures the bytes hold; the first is used.
        format: such as "JPEG".
    """

    width: int
    height: int
    mode: str
    frames: int
    format: str

    @property
    def longest(self) -> int:
        """Pixels of the longer side."""
        return max(self.width, self.height)


def examine(data: bytes) -> Picture | str:
    """What a picture holds, or the reason why it cannot be used, in one sentence.

    It is decoded in full, as a truncated file shows only then; what claims more than 100 megapixels is
    refused before. Nothing is raised for bytes, whatever they are.

    Raises:
        MissingExtra: Pillow is not installed.
    """
    opened = _open(data)
    if isinstance(opened, str):
        return opened
    facts = _facts(opened)
    pixels = facts if isinstance(facts, str) else _pixels(opened)
    return pixels if isinstance(pixels, str) else facts


def glance(data: bytes) -> Picture | str:
    """What a picture's header says, without decoding it, or the reason why it cannot be used."""
    opened = _open(data)
    return opened if isinstance(opened, str) else _facts(opened)


def decode(data: bytes) -> Array:
    """A picture's pixels, uint8 (height, width, 3): the first frame, upright, over white, 8 bits a colour.

    Raises:
        InputError: the bytes cannot be used as a picture, with the reason.
        MissingExtra: Pillow is not installed.
    """
    opened = _open(data)
    pixels = opened if isinstance(opened, str) else _pixels(opened)
    if isinstance(pixels, str):
        raise InputError(f"an image cannot be used: {pixels}", todo="Mend the file or take its row out.")
    return pixels


@cache
def pillow() -> ModuleType:
    """Pillow's module `Image`, without its warnings: what it doubts is told as a reason, or read.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        image = import_module("PIL.Image")
    except ImportError:
        raise MissingExtra.of("image", "reading pictures") from None
    warnings.filterwarnings("ignore", module=r"PIL\.")
    return image


def _open(data: bytes) -> Any:
    """The picture with its header read, or the reason why not."""
    if not data:
        return "the file is empty."
    image = pillow()
    try:
        opened = image.open(io.BytesIO(data), formats=FORMATS)
    except image.DecompressionBombError:
        return f"it claims more than {PIXELS // 1_000_000} megapixels."
    except Exception as problem:
        if type(problem).__name__ == "UnidentifiedImageError":
            return f"it is no picture of a format that is read ({', '.join(FORMATS)})."
        return f"its header is broken ({_short(problem)})."
    width, height = opened.size
    if width * height > PIXELS:
        return f"it claims {width:,} x {height:,} pixels; at most {PIXELS // 1_000_000} megapixels are read."
    return opened if width and height else "it has no pixels."


def _facts(opened: Any) -> Picture | str:
    """Facts of the header; what cannot even be counted is broken."""
    try:
        turned = opened.getexif().get(0x0112, 1) in (5, 6, 7, 8)
        frames = int(getattr(opened, "n_frames", 1))
        opened.seek(0)
    except Exception as problem:
        return f"its header is broken ({_short(problem)})."
    width, height = reversed(opened.size) if turned else opened.size
    return Picture(width, height, opened.mode, frames, str(opened.format))


def _pixels(opened: Any) -> Array | str:
    """The first frame's pixels, or the reason why there are none."""
    from PIL import ImageOps

    try:
        opened.load()
        upright = ImageOps.exif_transpose(opened)
        return np.array(_plain(upright), np.uint8)
    except Exception as problem:
        if "truncated" in str(problem).lower():
            return "it is truncated: the file ends before the picture does."
        return f"its pixels cannot be decoded ({_short(problem)})."


def _plain(opened: Any) -> Any:
    """The picture as RGB: deep pixels scaled, what shines through laid over white."""
    image = pillow()
    if opened.mode in DEEP:
        return image.fromarray(
            (np.asarray(opened).astype(np.float32) / 257.0).round().astype(np.uint8)
        ).convert("RGB")
    if opened.mode in ("I", "F"):
        return image.fromarray(_stretched(np.asarray(opened))).convert("RGB")
    if opened.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in opened.info:
        shown = opened.convert("RGBA")
        return image.alpha_composite(image.new("RGBA", shown.size, (255, 255, 255, 255)), shown).convert(
            "RGB"
        )
    return opened.convert("RGB")


def _stretched(values: Array) -> Array:
    """Whole numbers or floats as 0 to 255: 8 and 16 bits as they are meant, floats to 1 as shares of white.

    >>> _stretched(np.array([[0, 65535]])).tolist(), _stretched(np.array([[0.0, 1.0]])).tolist()
    ([[0, 255]], [[0, 255]])
    """
    known = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    most = float(known.max(initial=0.0))
    full = 1.0 if values.dtype.kind == "f" and most <= 1 else 255.0 if most <= 255 else max(65_535.0, most)
    return np.asarray((np.clip(known, 0, None) * (255.0 / full)).round().astype(np.uint8))


def _short(problem: Exception) -> str:
    return " ".join(str(problem).split())[:120].rstrip(".") or type(problem).__name__


decoder("pixels", decode)
