"""Plain measures of texts, images and sounds as columns of numbers: length, brightness, loudness."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

from milepost.data.copies import documents
from milepost.modalities import media
from milepost.modalities.distinct import distinct
from milepost.modalities.feeds import decode

Array = np.ndarray[Any, Any]
Watch = Callable[[str, float], None]

MOST = 5_000
"""Distinct images or sounds that are measured; of more a random part."""
THREADS = 2
TEXT = ("characters", "words", "capitals", "digits", "marks", "beyond ASCII")
IMAGE = ("width", "height", "brightness", "contrast", "colour")
SOUND = ("seconds", "loudness", "silence")
UNITS = {"width": "pixels", "height": "pixels", "brightness": "0 to 255", "contrast": "0 to 255",
         "colour": "0 to 255", "seconds": "s", "loudness": "dB", "silence": "share",
         "capitals": "share", "digits": "share", "marks": "share", "beyond ASCII": "share"}  # fmt: skip


def _silent(*_: object) -> None:
    """Watches without a word."""


def measured(
    frame: pl.DataFrame, kinds: Mapping[str, str], most: int = MOST, watch: Watch = _silent
) -> pl.DataFrame:
    """Measures columns of texts and media; one column a measure, named like "photo: brightness".

    Args:
        frame: the rows.
        kinds: "text", "image" or "sound" by column.
        most: distinct images or sounds that are measured at most; the others are null.
        watch: told what is under way.
    """
    found: dict[str, Any] = {}
    for name, kind in kinds.items():
        table = texts(frame[name]) if kind == "text" else _media(frame[name], kind, most, watch)
        found |= {f"{name}: {what}": table[what] for what in table.columns}
    return pl.DataFrame(found, schema=dict.fromkeys(found, pl.Float64))


def kinds_of(frame: pl.DataFrame, modalities: Mapping[str, str]) -> dict[str, str]:
    """The columns that have measures, and their kind.

    Args:
        frame: the rows.
        modalities: the modality of each column; one that is ignored for being free text counts as text.
    """
    rich = {name: kind for name, kind in modalities.items() if kind in ("text", *media.KINDS)}
    rest = [name for name in modalities if name in frame.columns and name not in rich]
    return {name: kind for name, kind in rich.items() if name in frame.columns} | documents(frame, rest)


def texts(column: pl.Series) -> pl.DataFrame:
    """Length in characters and words, and shares of capitals, digits, marks and characters beyond ASCII."""
    one = pl.col("one")
    length = one.str.len_chars()
    share = pl.when(length > 0).then(length).cast(pl.Float64)
    return column.cast(pl.String).alias("one").to_frame().select(
        length.cast(pl.Float64).alias("characters"),
        one.str.count_matches(r"\S+").cast(pl.Float64).alias("words"),
        (one.str.count_matches(r"\p{Lu}") / share).alias("capitals"),
        (one.str.count_matches(r"\p{Nd}") / share).alias("digits"),
        (one.str.count_matches(r"[\p{P}\p{S}]") / share).alias("marks"),
        (one.str.count_matches(r"[^\x00-\x7F]") / share).alias("beyond ASCII"),
    )  # fmt: skip


def image(pixels: Array) -> tuple[float, ...]:
    """Width, height, mean and spread of the grey levels, and how far the channels lie apart.

    >>> image(np.full((2, 3, 3), 100, np.uint8))
    (3.0, 2.0, 100.0, 0.0, 0.0)
    """
    thin = pixels[:: max(1, len(pixels) // 256), :: max(1, pixels.shape[1] // 256)].astype(np.float64)
    grey = thin @ np.array([0.299, 0.587, 0.114])
    apart = float((thin.max(2) - thin.min(2)).mean())
    sizes = float(pixels.shape[1]), float(pixels.shape[0])
    return (*sizes, round(float(grey.mean()), 6), round(float(grey.std()), 6), apart)


def sound(wave: Array) -> tuple[float, ...]:
    """Seconds, decibels of the root mean square below full scale, and the share 40 dB below the loudest.

    >>> sound(np.array([4, 0.1, 0.1, 0.1, 0.1], np.float32))
    (1.0, -20.0, 0.0)
    """
    rate, samples = max(1.0, float(wave[0])), wave[1:].astype(np.float64)
    if not len(samples):
        return 0.0, float("nan"), float("nan")
    step = max(1, int(0.02 * rate))
    parts = np.add.reduceat(samples**2, np.arange(0, len(samples), step))
    power = float((samples**2).mean())
    loud = 10 * np.log10(max(power, 1e-10))
    return len(samples) / rate, round(float(loud), 3), float((parts < 1e-4 * max(parts.max(), 1e-10)).mean())


@lru_cache(maxsize=50_000)
def of(value: str) -> tuple[float, ...]:
    """The measures of the image or sound that a reference names; nan where it cannot be read."""
    if value.startswith("image:"):
        return image(decode(media.load(value), "pixels"))
    return sound(decode(media.load(value), "wave"))


def _media(column: pl.Series, kind: str, most: int, watch: Watch) -> pl.DataFrame:
    names = IMAGE if kind == "image" else SOUND
    codes, values = distinct(column)
    known = np.flatnonzero(values.is_not_null().to_numpy())
    drawn = np.sort(np.random.default_rng(0).permutation(known)[:most])
    table = np.full((len(values), len(names)), np.nan)
    with ThreadPoolExecutor(THREADS) as pool:
        for place, (at, seen) in enumerate(zip(drawn, pool.map(of, values.gather(drawn)), strict=True)):
            table[at] = seen
            if place % 256 == 255:
                watch(f"{place + 1:,} of {len(drawn):,} {kind}s measured", (place + 1) / len(drawn))
    filled = pl.DataFrame(table[codes], schema=list(names))
    return filled.with_columns(pl.all().fill_nan(None))
