"""Near copies of sounds: louder, shifted and noisy ones are found, others of the same kind are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from milepost.data.nearsound import apart, heard, near_sounds

Array = np.ndarray
RATE = 16_000


def clip(seed: int, kind: int) -> Array:
    """A made sound: a tone, a sweep or a burst of noise, with noise below it."""
    random = np.random.default_rng(seed)
    times = np.arange(int(RATE * random.uniform(0.8, 1.2))) / RATE
    pitch = random.uniform(300, 1500)
    sound = (
        np.sin(2 * np.pi * pitch * times),
        np.sin(2 * np.pi * (pitch * times + random.uniform(100, 900) * times**2)),
        random.normal(size=len(times)) * np.exp(-times * random.uniform(2, 8)),
    )[kind]
    noisy = 0.4 * sound + random.normal(size=len(times)) * random.uniform(0.003, 0.02)
    return np.r_[RATE, noisy].astype(np.float32)


def quieter(wave: Array) -> Array:
    return np.r_[wave[0], wave[1:] * 0.2].astype(np.float32)


def later(wave: Array) -> Array:
    return np.r_[wave[0], np.zeros(1_111), wave[1:]].astype(np.float32)


def cut(wave: Array) -> Array:
    return np.r_[wave[0], wave[500:]].astype(np.float32)


def hissing(wave: Array) -> Array:
    hiss = np.random.default_rng(9).normal(size=len(wave) - 1) * 0.001
    return np.r_[wave[0], wave[1:] + hiss].astype(np.float32)


@pytest.mark.parametrize("change", [quieter, later, cut, hissing])
def test_changed_copies_are_found_and_others_are_not(change: Callable[[Array], Array]) -> None:
    waves = [clip(seed, seed % 3) for seed in range(150)]
    found = near_sounds([heard(w) for w in waves + [change(w) for w in waves[:30]]])
    pairs = {(int(i), int(j)) for i, j in found}
    assert pairs <= {(i, 150 + i) for i in range(30)}
    assert len(pairs) >= 25


def test_a_sound_does_not_differ_from_itself_and_differs_from_another() -> None:
    one, other = heard(clip(0, 0)), heard(clip(1, 2))
    assert apart(one, one) == 0
    assert apart(one, other) > 0.5


def test_volume_and_rate_are_heard_through() -> None:
    wave = clip(4, 1)
    twice = np.interp(np.arange(2 * (len(wave) - 1)) / 2, np.arange(len(wave) - 1), wave[1:])
    assert apart(heard(wave), heard(quieter(wave))) < 0.01
    assert apart(heard(wave), heard(np.r_[2 * RATE, twice].astype(np.float32))) < 0.15


def test_length_counts() -> None:
    wave = clip(1, 0)
    longer = np.r_[wave, wave[1:]].astype(np.float32)
    assert len(near_sounds([heard(wave), heard(longer), *(heard(clip(s, 2)) for s in range(30))])) == 0


def test_silence_and_single_samples_are_no_copies() -> None:
    silent = [np.r_[RATE, np.zeros(n)].astype(np.float32) for n in (1, 400, 16_000)]
    assert len(near_sounds([heard(w) for w in silent])) == 0
