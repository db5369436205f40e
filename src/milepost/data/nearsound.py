"""Near copies among sounds: spectrograms that agree, whatever the volume and a short silence before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

BANDS = 48
LOWEST, HIGHEST = 100.0, 7_600.0
"""The frequencies that are compared, in Hz: in a copy at 8,000 samples a second the upper ones are gone."""
RANGE = 50.0
"""Decibels below the loudest that are heard."""
SILENT = 40.0
"""Decibels below the loudest from which beginning and end are cut off as silence."""
FRAME, HOP = 0.032, 0.008
"""Seconds of a frame, and between two."""
FRAMES = 256
"""Frames that are compared: the first two seconds after the silence."""
SHIFTS = 12
"""Frames by which two spectrograms may be shifted against each other: 100 milliseconds."""
NEAR = 0.15
"""The share in which two spectrograms differ below which two sounds are one."""
APART = 0.45
"""Copies differ by less than this share of what lies between a sound and others that are like it."""
LENGTH = (0.05, 0.1)
"""Relative difference in length that copies may have, and seconds beside it."""
LIKELY = 2.0
"""Decibels by which means and spreads of the bands of copies differ at most, root mean square."""
NEIGHBOURS = 10
"""Sounds that each is laid on: so many likest ones, of which few are copies."""
_BLOCK = 1_024


@dataclass(frozen=True, eq=False)
class Heard:
    """What is compared of one sound.

    Args:
        picture: decibels below the loudest, uint8 (frames, 48), 0 to 50.
        seconds: its length without silence at the ends.
    """

    picture: Array
    seconds: float

    @property
    def profile(self) -> Array:
        """Mean and spread of each band over time, float32 (96,): the same for a shifted copy."""
        return np.concatenate([self.picture.mean(0), self.picture.std(0)]).astype(np.float32)


def heard(wave: Array) -> Heard:
    """Listens to a sound: energies of logarithmic bands in decibels below the loudest moment.

    Args:
        wave: float32 (1 + samples,): samples a second, then samples -1 to 1.
    """
    rate = max(float(wave[0]), 1.0)
    samples = wave[1:]
    width, hop = max(16, int(FRAME * rate)), max(8, int(HOP * rate))
    if len(samples) < width:
        samples = np.pad(samples, (0, width - len(samples)))
    frames = np.lib.stride_tricks.sliding_window_view(samples, width)[::hop]
    loud = np.concatenate([(frames[at : at + 512] ** 2).sum(1) for at in range(0, len(frames), 512)])
    audible = np.flatnonzero(loud > max(float(loud.max()), 1e-12) * 10 ** (-SILENT / 10))
    if not len(audible):
        return Heard(np.zeros((1, BANDS), np.uint8), len(samples) / rate)
    first, last = int(audible[0]), int(audible[-1])
    some = frames[first : min(last + 1, first + FRAMES)] * np.hanning(width).astype(np.float32)
    power = (np.abs(np.fft.rfft(some, axis=1)) ** 2) @ _bands(rate, width)
    decibels = 10 * np.log10(np.maximum(power, 1e-30) / power.max())
    picture = np.round(np.maximum(decibels, -RANGE) + RANGE).astype(np.uint8)
    return Heard(picture, (last + 1 - first) * hop / rate)


def near_sounds(sounds: list[Heard]) -> Array:
    """Pairs of near copies among distinct sounds, int64 (pairs, 2).

    Sounds of nearly one length whose bands have nearly the same means and spreads are laid on each other,
    shifted by up to 100 milliseconds; each sound with the ten that are likest by that. Copies differ in less
    than a seventh, and in less than half of what lies between either and its ten in the middle, so that
    sounds that are all alike are not all copies.
    """
    able = np.flatnonzero([one.picture.any() for one in sounds])
    if len(able) < 2:
        return np.zeros((0, 2), np.int64)
    some = [sounds[at] for at in able]
    profiles, seconds = np.stack([one.profile for one in some]), np.array([one.seconds for one in some])
    pairs, likely = _likest(profiles, seconds)
    far = np.array([apart(some[i], some[j]) for i, j in pairs])
    sides, both = pairs.T.ravel(), np.tile(far, 2)
    order = np.lexsort((both, sides))
    starts = np.searchsorted(sides[order], np.arange(len(some)))
    ends = np.searchsorted(sides[order], np.arange(len(some)), "right")
    reach = both[order][(starts + ends) // 2]
    near = likely & (far < np.minimum(NEAR, APART * reach[pairs].min(1)))
    return np.asarray(able[pairs[near]], np.int64)


def apart(one: Heard, other: Heard) -> float:
    """The share in which two sounds differ, 0 to 1, at the shift where that is least.

    One less the weighted Jaccard similarity (Ruzicka) of decibels above what is not heard.
    """
    best = 1.0
    left, right = one.picture.astype(np.int16), other.picture.astype(np.int16)
    for shift in range(-SHIFTS, SHIFTS + 1):
        some, rest = left[max(0, shift) :], right[max(0, -shift) :]
        length = min(len(some), len(rest))
        if length:
            differ = int(np.abs(some[:length] - rest[:length]).sum())
            both = int(some[:length].sum()) + int(rest[:length].sum())
            best = min(best, 2 * differ / max(1, both + differ))
    return best


def _likest(profiles: Array, seconds: Array) -> tuple[Array, Array]:
    """Each sound with its ten likest by profile, (pairs, 2), and which pairs may be copies at all."""
    found = [np.zeros((0, 2), np.int64)]
    for start in range(0, len(profiles), _BLOCK):
        far = _squares(profiles[start : start + _BLOCK], profiles)
        far[np.arange(len(far)), start + np.arange(len(far))] = np.inf
        nearest = np.argsort(far, axis=1, kind="stable")[:, : min(NEIGHBOURS, len(profiles) - 1)]
        found.append(
            np.column_stack([start + np.repeat(np.arange(len(far)), nearest.shape[1]), nearest.ravel()])
        )
    pairs = np.unique(np.sort(np.concatenate(found), axis=1), axis=0)
    one, other = seconds[pairs].T
    fits = np.abs(one - other) <= LENGTH[0] * np.maximum(one, other) + LENGTH[1]
    gap = ((profiles[pairs[:, 0]] - profiles[pairs[:, 1]]) ** 2).mean(1)
    return pairs, fits & (gap < LIKELY**2)


def _squares(one: Array, other: Array) -> Array:
    """Squared distances of all rows to all rows."""
    return np.asarray((one**2).sum(1)[:, None] + (other**2).sum(1)[None, :] - 2 * one @ other.T)


def _bands(rate: float, width: int) -> Array:
    """How much of each frequency of a Fourier transform each of 48 logarithmic bands hears, (bins, 48).

    Bands that are narrower than the distance of two frequencies share the nearest.
    """
    places = np.geomspace(LOWEST, HIGHEST, BANDS + 1) * width / rate
    middle, wide = (places[:-1] + places[1:]) / 2, np.maximum(np.diff(places), 1.0)
    near = np.abs(np.arange(width // 2 + 1)[:, None] - middle[None, :]) / wide[None, :]
    return np.where(middle[None, :] <= width // 2, np.maximum(0.0, 1 - near), 0.0)
