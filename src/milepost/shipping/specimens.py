"""Texts, pictures and sounds made by program, for golden rows and examples; none is of the data."""

from __future__ import annotations

import io
import wave
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from milepost.digest import Json
from milepost.errors import MissingExtra
from milepost.shipping.inline import pack
from milepost.shipping.manifest import Column

Array = np.ndarray[Any, Any]
MADE = 200
"""Texts made of common words."""
USUAL = 12
"""Pictures, and sounds, that are like the usual ones."""
SIZES = ((64, 48), (48, 64), (96, 96), (128, 72))
"""Widths and heights of pictures where no others are known."""
LONGEST, LONG = 640, 1.0
"""Pixels of a made picture's longer side, and seconds of a made sound, at most: packages stay small."""
SECONDS = 0.1
COMMON = 5
"""Texts that hold a word, at least: one that fewer hold may name somebody."""
TEXTS = (
    "", " ", "\t\r\n", "a", "never seen before", "ALL CAPITALS!!!", "Straße ΣΊΣΥΦΟΣ İstanbul \ufb01ne Ⅷ",
    "😀 👩\u200d👩\u200d👧 👍🏽 🇪🇺 ❤️", "שלום עולם", "مرحبا بالعالم", "abc \u202eabc\u202c",
    "e\u0301\u0323 \u00e9 Z\u0351\u036b\u0343a\u0335lgo", "東京都は日本の首都です。", "สวัสดีชาวโลก",
    "a\u0000b", "zero\u200bwidth\ufeff\u00a0space", "+49 (0)30 123-456, 7.5 %, £1,000.00",
    "<b>HTML</b> &amp; https://example.org/?a=1#b", "x" * 300, "€" * 6_000,
    ("spam and eggs, " * 7_000)[:100_000],
)  # fmt: skip
"""Edge cases of texts; the last but one is cut inside of a character, the last has 100,000 of them."""


def edges(column: Column) -> list[Json]:
    """Edge cases of a column of texts, images or sounds; missing is the first."""
    if column.wire == "bytes":
        return [None, *TEXTS]
    return [None, *(_pictures() if column.wire == "pixels" else _clips())]


def usual(column: Column, values: Sequence[Json], seed: int = 0) -> list[Json]:
    """Values like those that are usual: texts of words that many texts hold, plain pictures, short tones.

    Args:
        column: a column of texts, images or sounds.
        values: values of texts as they are; [width, height] of images; seconds of sounds.
        seed: of the random choice.
    """
    if column.wire == "bytes":
        return list(_sentences([value for value in values if isinstance(value, str)], seed))
    if column.wire == "pixels":
        sides = np.array([value for value in values if isinstance(value, list)] or SIZES, np.float64)
        return list(_plain_pictures(_quantiles(sides)))
    lengths = np.array([value for value in values if isinstance(value, float)] or [SECONDS])
    return list(_tones(_quantiles(lengths[:, None])))


def _quantiles(sizes: Array) -> tuple[tuple[float, ...], ...]:
    """A dozen of sizes from small to large, rows in the order of their product."""
    ordered = sizes[np.argsort(sizes.prod(axis=1), kind="stable")]
    chosen = ordered[np.linspace(0, len(ordered) - 1, USUAL).round().astype(int)]
    return tuple(tuple(float(side) for side in row) for row in chosen)


def _sentences(texts: Sequence[str], seed: int) -> list[str]:
    """Texts made of words that at least `COMMON` texts hold, as long as texts are."""
    counts = Counter(word for text in texts for word in set(text.split()) if word.isalpha())
    words = sorted(word for word, count in counts.items() if count >= COMMON)
    if not words:
        return ["never seen before"]
    rng = np.random.default_rng(seed)
    share = np.array([counts[word] for word in words], np.float64)
    lengths = np.clip(np.quantile([len(text.split()) for text in texts], rng.uniform(size=MADE)), 1, 60)
    return [
        " ".join(rng.choice(words, size=int(length), p=share / share.sum()).tolist()) for length in lengths
    ]


@cache
def _pictures() -> tuple[str, ...]:
    """1 x 1, 8000 pixels long, turned by EXIF, grey, 16 bits, palette, alpha, CMYK, noise, black, white."""
    image = _pillow()
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 255, 8_000).astype(np.uint8)
    grey = np.tile(np.arange(48, dtype=np.uint8) * 5, (40, 1))
    noise = rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)
    turned = image.Exif()
    turned[0x0112] = 6
    scene = image.fromarray(_scene(90, 60, 3))
    veil = image.fromarray(
        np.dstack([_scene(32, 32, 4), np.tile(np.arange(32, dtype=np.uint8) * 8, (32, 1))])
    )
    made = [
        (image.new("RGB", (1, 1), (255, 0, 0)), "PNG", {}),
        (image.fromarray(np.tile(ramp[None, :, None], (2, 1, 3))), "PNG", {}),
        (image.fromarray(np.tile(ramp[:, None, None], (1, 3, 3))), "PNG", {}),
        (scene, "JPEG", {"exif": turned, "quality": 85}),
        (image.fromarray(grey), "PNG", {}),
        (image.fromarray(grey.astype(np.uint16) * 257), "PNG", {}),
        (scene.quantize(16), "GIF", {}),
        (veil, "PNG", {}),
        (scene.convert("CMYK"), "JPEG", {"quality": 85}),
        (image.fromarray(noise), "PNG", {}),
        (image.new("RGB", (300, 300), (0, 0, 0)), "PNG", {}),
        (image.new("RGB", (31, 257), (255, 255, 255)), "PNG", {}),
    ]
    return tuple(_saved(picture, form, **how) for picture, form, how in made)


@cache
def _plain_pictures(sizes: tuple[tuple[float, ...], ...]) -> tuple[str, ...]:
    """Coloured discs on gradients, of the sizes given; larger ones are made smaller in proportion."""
    image = _pillow()
    made = []
    for seed, (width, height) in enumerate(sizes):
        share = min(1.0, LONGEST / max(width, height))
        sides = (max(1, round(width * share)), max(1, round(height * share)))
        made.append(_saved(image.fromarray(_scene(*sides, seed)), "JPEG", quality=75))
    return tuple(made)


def _scene(width: int, height: int, seed: int) -> Array:
    """A disc of one colour on a gradient between two, uint8 (height, width, 3)."""
    rng = np.random.default_rng(seed)
    first, second, colour = rng.integers(0, 256, (3, 3))
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    slope = ((x + y) / 2)[:, :, None]
    ground = first * (1 - slope) + second * slope
    inside = (x - rng.uniform(0.3, 0.7)) ** 2 + (y - rng.uniform(0.3, 0.7)) ** 2 < rng.uniform(0.02, 0.12)
    return np.asarray(np.where(inside[:, :, None], colour, ground), np.uint8)


def _saved(picture: Any, form: str, **how: Any) -> str:
    stream = io.BytesIO()
    picture.save(stream, form, **how)
    return pack(stream.getvalue())


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtra.of("image", "making golden pictures") from None
    return Image


@cache
def _clips() -> tuple[str, ...]:
    """Silence, clipping, one sample, noise, a constant, stereo, odd rates, 8 bits, a sweep."""
    rng = np.random.default_rng(0)
    loud = np.sign(np.sin(np.arange(1_600) * 0.2))
    sweep = np.sin(np.cumsum(np.linspace(0.01, 3, 2_000)))
    both = np.stack([_tone(440, 8_000, 0.1), -0.5 * _tone(880, 8_000, 0.1)], axis=1)
    made = [
        (np.zeros(3_200), 16_000), (loud, 16_000), (np.array([0.5]), 16_000), (np.zeros(1), 8_000),
        (rng.uniform(-1, 1, 1_600), 16_000), (np.full(1_600, 0.9), 16_000), (both, 8_000),
        (_tone(440, 11_025, 0.1), 11_025), (_tone(440, 22_050, 0.05), 22_050),
        (_tone(440, 44_100, 0.03), 44_100), (_tone(440, 48_000, 0.03), 48_000),
        (_tone(440, 7_919, 0.1), 7_919), (sweep, 16_000),
    ]  # fmt: skip
    return (*(_wav(samples, rate) for samples, rate in made), _wav(_tone(300, 8_000, 0.1), 8_000, 1))


@cache
def _tones(lengths: tuple[tuple[float, ...], ...]) -> tuple[str, ...]:
    """Tones of several heights at 8 and 16 kHz, 8 and 16 bits, of the lengths given or shorter."""
    made = []
    for step, (seconds,) in enumerate(lengths):
        rate = (8_000, 16_000)[step % 2]
        tone = 0.6 * _tone(110 * 1.3**step, rate, min(LONG, max(seconds, 1 / rate)))
        made.append(_wav(tone, rate, 1 + step % 2))
    return tuple(made)


def _tone(hertz: float, rate: int, seconds: float) -> Array:
    return np.asarray(0.8 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate))


def _wav(samples: Array, rate: int, width: int = 2) -> str:
    """Samples (n,) or (n, channels) between -1 and 1 as a WAV file of 8 or 16 bits, in base64."""
    wide = samples if samples.ndim == 2 else samples[:, None]
    scaled = np.clip(wide, -1, 1) * (127 if width == 1 else 32_767)
    whole = (scaled.round() + 128).astype(np.uint8) if width == 1 else scaled.round().astype("<i2")
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(wide.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(whole.tobytes())
    return pack(stream.getvalue())
