"""Pure noise must seldom pass the baseline gate."""

from __future__ import annotations

import math
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from milepost.registry import import_file

BENCH = import_file(Path(__file__).parents[2] / "benchmarks" / "noise.py")


def seldom(noise: Any, shares: tuple[float, float], errors: tuple[float, float]) -> bool:
    """Makes tables until Wald's sequential test decides which of two shares of them passes the gate.

    Args:
        noise: the kind of table.
        shares: what a gate that keeps its word lets through, and what one that does not.
        errors: the greatest chance that the first is taken for the second, and the second for the first.
    """
    fair, faulty = shares
    ratio, seeds = 0.0, count()
    while math.log(errors[1]) < ratio < -math.log(errors[0]):
        passed = noise.passes(next(seeds))
        ratio += math.log(faulty / fair if passed else (1 - faulty) / (1 - fair))
    return ratio < 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_noise_passes_less_than_ten_times_in_a_hundred() -> None:
    """A gate that lets twice what it promises through, 10 %, is found out 49 times in 50."""
    assert seldom(BENCH.Noise("binary", rows=200, columns=3), (0.05, 0.10), (0.05, 0.02))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["multiclass", "number", "groups", "time"])
def test_noise_of_every_kind_seldom_passes(kind: str) -> None:
    """A gate that lets 32 % through is found out 19 times in 20, as by 5 that may pass of 30."""
    noise = BENCH.Noise(kind, rows=200, columns=3)
    assert seldom(noise, (0.05, 0.32), (1 / 250, 0.05)), "a gate of 5 % comes here once in 250 times"
