"""Images looked at from outside the graph: facts of a column, its profile, and made examples."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import polars as pl

from milepost.errors import InputError
from milepost.modalities import media
from milepost.modalities.numeric import QUANTILES
from milepost.modalities.pictures import Picture, decode, examine, glance, pillow
from milepost.modalities.raster import BLUE, GREEN, RED

SAMPLE = 128
"""Images of a column that are looked at."""
GREY = 2
"""Channels of a grey picture may differ by so much, as JPEG rounds."""


@dataclass(frozen=True)
class Look:
    """What was seen of one image: its header, brightness and contrast from 0 to 1, whether it is grey."""

    picture: Picture
    brightness: float
    contrast: float
    grey: bool


@lru_cache(maxsize=100_000)
def look(value: str) -> Look | None:
    """Looks at the image that a reference names; None where it is not there or cannot be read."""
    try:
        data = media.load(value)
        picture, pixels = glance(data), decode(data)
    except InputError:
        return None
    if isinstance(picture, str):
        return None
    thin = pixels[:: max(1, len(pixels) // 256), :: max(1, pixels.shape[1] // 256)].astype(np.int16)
    shades = thin @ np.array([RED, GREEN, BLUE]) / 255
    grey = int((thin.max(2) - thin.min(2)).max(initial=0)) <= GREY
    return Look(picture, float(shades.mean()), float(shades.std()), grey)


def inspect(data: bytes) -> tuple[Mapping[str, Any], str]:
    """Facts of a picture's bytes that are collected, and why they cannot be used, or ""."""
    found = examine(data)
    if isinstance(found, str):
        return {}, found.rstrip(".")
    return {**vars(found), "longest": found.longest}, ""


def sample(column: pl.Series) -> list[Look]:
    """Looks at up to 128 distinct images of a column, the same ones in whatever order rows come."""
    values = column.drop_nulls().unique().sort()
    places = np.unique(np.linspace(0, len(values) - 1, min(SAMPLE, len(values))).astype(np.int64))
    return [seen for value in values.gather(places) if (seen := look(value)) is not None]


def measure(known: pl.Series) -> Mapping[str, Any]:
    """Facts of a sample: the smallest and largest longer side in pixels, 1 channel where all are grey."""
    seen = sample(known)
    if not seen:
        return {}
    sides = [one.picture.longest for one in seen]
    grey = all(one.grey for one in seen)
    return {"low": float(min(sides)), "high": float(max(sides)), "channels": 1 if grey else 3}


def summary(column: pl.Series) -> Mapping[str, Any]:
    """Plain facts for the profile; all but the counts are of a sample of `looked_at` images.

    `rows`, `missing`, `distinct`; quantiles of `width`, `height`, `brightness` and `contrast` by share;
    `formats` and `modes` with their counts; how many are `grey` and how many `animated`.
    """
    known = column.drop_nulls()
    counts = {"rows": len(column), "missing": len(column) - len(known), "distinct": known.n_unique()}
    seen = sample(known)
    if not seen:
        return {**counts, "looked_at": 0}
    return {
        **counts,
        "looked_at": len(seen),
        "width": _quantiles([one.picture.width for one in seen]),
        "height": _quantiles([one.picture.height for one in seen]),
        "brightness": _quantiles([one.brightness for one in seen]),
        "contrast": _quantiles([one.contrast for one in seen]),
        "formats": dict(Counter(one.picture.format for one in seen).most_common()),
        "modes": dict(Counter(one.picture.mode for one in seen).most_common()),
        "grey": sum(one.grey for one in seen),
        "animated": sum(one.picture.frames > 1 for one in seen),
    }


def _quantiles(values: list[Any]) -> dict[str, float]:
    found = np.quantile(np.array(values, np.float64), QUANTILES)
    return {f"{share:g}": round(float(value), 4) for share, value in zip(QUANTILES, found, strict=True)}


@cache
def examples() -> tuple[str, ...]:
    """References to images made by program, whose bytes are in memory from then on."""
    return tuple(media.reference("image", media.put(data)) for data in _made())


def _made() -> list[bytes]:
    image = pillow()
    noise = np.random.default_rng(4).integers(0, 256, (120, 90, 3), np.uint8)
    waves = np.sin(np.arange(256)[:, None] / 9) * np.cos(np.arange(320)[None, :] / 14)
    scene = np.stack(
        [128 + 100 * waves, 90 + 60 * waves.T[:256, :256].repeat(2, 1)[:, :320], 200 - 90 * waves], 2
    )
    long = np.broadcast_to((np.arange(8000) // 32).astype(np.uint8)[None, :, None], (6, 8000, 3))
    turned = image.Exif()
    turned[0x0112] = 6
    clear = np.dstack([noise, np.broadcast_to(np.arange(90, dtype=np.uint8) * 2, (120, 90))])
    deep = np.linspace(0, 65_535, 64 * 48).reshape(48, 64).astype(np.uint16)
    white = np.full((1, 1, 3), 255, np.uint8)
    return [
        _saved(image.fromarray(white), "PNG"),
        _saved(image.fromarray(np.ascontiguousarray(long)), "PNG"),
        _saved(image.fromarray(noise), "PNG"),
        _saved(image.fromarray(noise[..., 0]), "PNG"),
        _saved(image.fromarray(scene.clip(0, 255).astype(np.uint8)), "JPEG", exif=turned, quality=90),
        _saved(image.fromarray(clear), "PNG"),
        _saved(image.fromarray(deep), "PNG"),
        _saved(image.fromarray(scene.clip(0, 255).astype(np.uint8)[:224, :224]), "PNG"),
    ]


def _saved(opened: Any, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    opened.save(stream, kind, **options)
    return stream.getvalue()
