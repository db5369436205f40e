"""Screening names what explains residuals, each thing once, and finds noise explaining nothing on average."""

import numpy as np
import pytest

from milepost.statistics.screen import FIRM, screen


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_what_explains_is_named_first_and_its_copy_is_not(rng) -> None:
    numbers = rng.normal(size=(2000, 8))
    numbers[:, 5] = numbers[:, 2] + rng.normal(0, 0.01, 2000)
    left = np.sin(2 * numbers[:, 2]) + 0.5 * (numbers[:, 7] > 0) + rng.normal(size=2000)
    found = screen(numbers, left, 6)
    assert {found[0][0], found[1][0]} in ({2, 7}, {5, 7})
    assert not {2, 5} <= {place for place, _ in found}
    assert all(firm >= FIRM for _, firm in found)


def test_noise_explains_nothing_on_average_however_many_values_it_has(rng) -> None:
    firm = {"many": [], "few": []}
    for seed in range(60):
        left = rng.standard_t(2, size=300)
        for name, column in (("many", rng.normal(size=300)), ("few", rng.integers(0, 3, 300))):
            named = screen(column[:, None], left, 1, seed)
            firm[name].append(named[0][1] if named else 0.0)
    assert np.mean(np.array(firm["many"]) > 0) < 0.25
    assert np.mean(np.array(firm["few"]) > 0) < 0.25


def test_rare_classes_do_not_make_noise_firm(rng) -> None:
    chance = np.where(rng.random(4000) < 0.1, 0.2, 0.002)
    truth = rng.random(4000) < chance
    named = [screen(chance[:, None], truth - chance, 1, seed) for seed in range(20)]
    assert sum(bool(one) for one in named) <= 8


def test_missing_values_are_a_bin_of_their_own(rng) -> None:
    column = rng.normal(size=1000)
    column[:200] = np.nan
    left = rng.normal(size=1000) + np.isnan(column)
    assert [place for place, _ in screen(column[:, None], left, 3)] == [0]
    assert screen(np.full((1000, 1), np.nan), rng.normal(size=1000) * 0 + 1.0, 3) == []


def test_several_outputs_count_together(rng) -> None:
    numbers = rng.normal(size=(1500, 3))
    left = np.column_stack([rng.normal(size=1500), rng.normal(size=1500) + (numbers[:, 1] > 0)])
    assert screen(numbers, left, 1)[0][0] == 1
