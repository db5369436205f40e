"""The honest score against a simulation whose truth is known, drawn with chances that differ by request."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from milepost import metrics
from milepost.errors import InputError
from milepost.steps.audited import audited, honest
from milepost.steps.outcomes import Truths


def production(rows: int = 20_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Truth, answers and chances: what the model is bad at is drawn ten times as often as the rest."""
    rng = np.random.default_rng(5)
    hard = rng.random(rows) < 0.2
    p = np.where(hard, 0.5, np.where(rng.random(rows) < 0.5, 0.05, 0.95))
    return (rng.random(rows) < p).astype(int), p, np.where(hard, 0.1, 0.01)


def test_the_estimate_is_unbiased_and_its_interval_covers() -> None:
    truth, p, chance = production()
    brier = metrics.get("brier")
    real = brier(truth, p)
    rng = np.random.default_rng(6)
    scores, inside, naive = [], 0, []
    for seed in range(150):
        drawn = np.flatnonzero(rng.random(len(truth)) < chance)
        score, low, high = honest(brier, truth[drawn], p[drawn], chance[drawn], seed)
        scores.append(score)
        naive.append(brier(truth[drawn], p[drawn]))
        inside += low <= real <= high
    error = np.std(scores) / np.sqrt(len(scores))
    assert abs(np.mean(scores) - real) < 3 * error
    assert abs(np.mean(naive) - real) > 20 * error, "unweighted, the hard ones would count too much"
    assert inside >= 131  # 142.5 expected at 95 %, sd 2.7; 131 is what 92 % would fall below once in six


def test_audits_are_found_by_name_and_weighted_by_their_chance() -> None:
    truth, p, chance = production(4_000)
    chance = 10 * chance
    rng = np.random.default_rng(7)
    drawn = np.flatnonzero(rng.random(len(truth)) < chance)
    names = pl.Series([f"r{row}" for row in range(len(truth))])
    audits = pl.DataFrame({"__key__": names[drawn], "chance": chance[drawn]})
    audits = pl.concat([audits, pl.DataFrame({"__key__": ["of another month"], "chance": [0.5]})])
    known = np.sort(np.concatenate([drawn[:-10], [row for row in range(50) if row not in set(drawn)]]))
    truths = Truths(known, truth[known], np.zeros(len(known), np.int64), 0, 0)
    found = audited(metrics.get("brier"), names, p, truths, audits)
    assert found is not None
    assert (found.drawn, found.labelled) == (len(drawn), len(drawn) - 10)
    rows = drawn[:-10]
    assert found.score == pytest.approx(np.average((truth[rows] - p[rows]) ** 2, weights=1 / chance[rows]))
    assert found.low < found.score < found.high
    assert found.equal < found.labelled
    assert "drawn at random" in found.says


def test_too_few_audits_tell_nothing() -> None:
    truth, p, _ = production(100)
    names = pl.Series([f"r{row}" for row in range(100)])
    rows = np.arange(29)
    truths = Truths(rows, truth[rows], np.zeros(29, np.int64), 0, 0)
    audits = pl.DataFrame({"__key__": names, "chance": [0.5] * 100})
    brier = metrics.get("brier")
    assert audited(brier, names, p, truths, audits) is None
    assert audited(brier, names, p, None, audits) is None
    with pytest.raises(InputError, match="chance"):
        honest(brier, truth, p, np.zeros(100))
