"""Made sounds are what they say, and the same again."""

import numpy as np
import pytest

from milepost.modalities import media
from milepost.testing.sounds import KINDS, RATES, clip, sounds

pytest.importorskip("soundfile", reason="needs the extra [audio]")
from milepost.modalities.waves import examine


def test_rising_and_falling_differ_in_time_only():
    def middle(kind, half):
        x = clip(kind, 16_000, np.random.default_rng(3))
        loud = np.flatnonzero(np.abs(x) > 0.06)
        part = x[loud[0] : loud[-1]]
        part = np.array_split(part, 2)[half]
        power = np.abs(np.fft.rfft(part)) ** 2
        return (power * np.fft.rfftfreq(len(part), 1 / 16_000)).sum() / power.sum()

    assert middle("rising", 1) > 1.5 * middle("rising", 0)
    assert middle("falling", 0) > 1.5 * middle("falling", 1)


def test_rows_have_all_kinds_rates_and_some_stereo():
    frame = sounds(120)
    found = [examine(media.load(value)) for value in frame["sound"]]
    assert {one.rate for one in found} == set(RATES)
    assert sum(one.channels == 2 for one in found) == 6
    assert set(frame["kind"]) == set(KINDS)
    assert frame.equals(sounds(120))
