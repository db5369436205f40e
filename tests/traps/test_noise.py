"""Pure noise must seldom pass the baseline gate."""

from __future__ import annotations

from pathlib import Path

import pytest

from milepost.registry import import_file
from milepost.statistics.intervals import clopper_pearson

BENCH = import_file(Path(__file__).parents[2] / "benchmarks" / "noise.py")


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_noise_passes_at_most_eight_times_in_a_hundred() -> None:
    noise = BENCH.Noise("binary", rows=200, columns=3)
    passed = sum(noise.passes(seed) for seed in range(400))
    assert clopper_pearson(passed, 400).high <= 0.08, f"{passed} of 400"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["multiclass", "number", "groups", "time"])
def test_noise_of_every_kind_seldom_passes(kind: str) -> None:
    noise = BENCH.Noise(kind, rows=200, columns=3)
    passed = sum(noise.passes(seed) for seed in range(30))
    assert passed <= 5, f"{passed} of 30: a gate of 5 % lets so many through once in 250 times"
