"""Sounds made by program: tones, chirps and bursts of noise, with planted classes, at many rates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from milepost.modalities import media
from milepost.modalities.waves import pcm

Array = np.ndarray[Any, Any]
RATES = (8_000, 11_025, 16_000, 22_050, 44_100)
KINDS = ("tone", "rising", "falling", "burst")


def clip(kind: str, rate: int, rng: np.random.Generator) -> Array:
    """Returns half a second to a second of one of `KINDS` somewhere in quiet noise, float (samples,).

    Rising and falling chirps hold the same frequencies: only their order in time tells them apart.

    >>> len(clip("tone", 8_000, np.random.default_rng(0))) >= 4_000
    True
    """
    count = int(rng.uniform(0.5, 1.0) * rate)
    sound = 0.01 * rng.normal(size=count)
    length = int(0.3 * rate)
    start = int(rng.integers(0, count - length))
    at = np.arange(length) / rate
    low, high = rng.uniform(300, 500), rng.uniform(1_500, 2_000)
    slope = (high - low) / 0.3
    makers: dict[str, Callable[[], Array]] = {
        "tone": lambda: np.sin(2 * np.pi * rng.uniform(low, high) * at),
        "rising": lambda: np.sin(2 * np.pi * (low * at + slope * at**2 / 2)),
        "falling": lambda: np.sin(2 * np.pi * (high * at - slope * at**2 / 2)),
        "burst": lambda: rng.normal(0, 0.5, length),
    }
    sound[start : start + length] += rng.uniform(0.1, 0.5) * makers[kind]()
    return sound.clip(-1, 1)


def sounds(rows: int, kinds: tuple[str, ...] = KINDS, seed: int = 0) -> pl.DataFrame:
    """Returns rows of clips `sound` by reference, every twentieth in stereo, and what they are: `kind`.

    Args:
        rows: number of rows.
        kinds: what there is, evenly.
        seed: seed of all sounds.

    >>> sounds(4).columns
    ['sound', 'kind']
    """
    rng = np.random.default_rng(seed)
    labels = [kinds[int(at)] for at in rng.integers(0, len(kinds), rows)]
    values = []
    for place, kind in enumerate(labels):
        rate = RATES[int(rng.integers(len(RATES)))]
        samples = clip(kind, rate, rng)
        wide = np.stack([samples, 0.5 * samples], axis=1) if place % 20 == 19 else samples
        values.append(media.reference("sound", media.put(pcm(wide, rate))))
    return pl.DataFrame({"sound": values, "kind": labels})
