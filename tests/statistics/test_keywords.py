"""Typical words: planted ones come first, and words that all classes share or that are rare do not."""

from __future__ import annotations

import numpy as np
import pytest

from milepost.statistics.keywords import log_odds


def test_the_formula_is_that_of_the_paper() -> None:
    counts = np.array([[12, 3], [40, 60], [8, 37]])
    prior = 500 * counts.sum(1) / counts.sum()
    found = log_odds(counts, 500.0)
    for word in range(3):
        sides = []
        for k in range(2):
            y, n = counts[word, k] + prior[word], counts[:, k].sum() + 500
            sides.append((np.log(y / (n - y)), 1 / y))
        expected = (sides[0][0] - sides[1][0]) / np.sqrt(sides[0][1] + sides[1][1])
        assert found[word, 0] == pytest.approx(expected)


def test_planted_words_come_first_and_chance_does_not() -> None:
    random = np.random.default_rng(0)
    shares = random.dirichlet(np.ones(500))
    counts = np.column_stack([random.multinomial(20_000, shares) for _ in range(3)])
    assert np.abs(log_odds(counts)).max() < 4.5, "of 1,500 values none is beyond chance"
    counts[7, 1] += 200
    found = log_odds(counts)
    assert found[:, 1].argmax() == 7
    assert found[7, 1] > 8
    assert found[7, 0] < 0


def test_a_word_seen_once_is_not_typical() -> None:
    counts = np.array([[1, 0], [200, 100], [100, 200]])
    found = log_odds(counts)
    assert abs(found[0, 0]) < 2 < found[1, 0]


def test_words_that_never_occur_and_single_classes_say_nothing() -> None:
    assert log_odds(np.array([[0, 0], [3, 4]]))[0].tolist() == [0, 0]
    assert np.isfinite(log_odds(np.array([[5], [3]]))).all()
