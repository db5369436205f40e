"""The search ends on noise, goes on where something is gained, and counts dropped looks."""

import math

import numpy as np
import pytest

from milepost.training.halt import WINDOW, Halt


def followed(losses, seed: int = 0) -> int:
    """After how many configurations it ends; 0 if never."""
    halt = Halt(np.arange(losses.shape[1]), seed, 100)
    for i, row in enumerate(losses, 1):
        halt.add(row)
        if halt.over:
            return i
    return 0


def test_it_ends_soon_where_configurations_differ_by_noise_only() -> None:
    ends = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        common = rng.normal(size=400)
        ends.append(followed(0.7 + 0.3 * (0.8 * common + 0.6 * rng.normal(size=(80, 400)))))
    assert min(ends) > WINDOW
    assert np.median(ends) <= WINDOW + 10


def test_it_goes_on_while_the_best_falls_beyond_its_noise() -> None:
    rng = np.random.default_rng(0)
    level = np.linspace(0.9, 0.5, 80)[:, None]
    assert followed(level + 0.3 * rng.normal(size=(80, 400))) == 0


def test_looks_without_losses_count_and_nothing_is_said_too_early() -> None:
    rng = np.random.default_rng(0)
    halt = Halt(np.arange(200), 0, 50)
    for _ in range(5):
        halt.add(rng.normal(1, 0.1, 200))
    assert halt.gain == math.inf
    halt.fill(WINDOW + 5)
    assert len(halt.losses) == WINDOW + 5
    assert halt.over
    assert halt.gain == pytest.approx(0)


def test_rows_that_hang_together_are_drawn_together() -> None:
    rng = np.random.default_rng(0)
    units = np.repeat(np.arange(20), 20)
    losses = rng.normal(size=(3, 20))[:, units]
    alone, together = Halt(np.arange(400), 0), Halt(units, 0)
    for row in losses:
        alone.add(row)
        together.add(row)
    assert together.corrected(3)[1] > 3 * alone.corrected(3)[1]
