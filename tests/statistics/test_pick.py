"""What to label next: four ways, each by chance, so that the pool can be reckoned from the picks."""

import numpy as np
import pytest

from milepost.statistics.pick import pick


def pool(rows: int = 2000, seed: int = 0):
    rng = np.random.default_rng(seed)
    place = rng.normal(size=(rows, 2))
    place[:20] += 12.0
    margin = np.abs(rng.normal(size=rows))
    weak = place[:, 0] < -1.5
    return margin, weak, np.linalg.norm(place, axis=1), place


def test_the_batch_is_composed_as_the_method_says() -> None:
    margin, weak, far, place = pool()
    found = pick(margin, weak, far, place, 100, seed=1)
    ways = [name for names in found.reasons for name in names.split(" + ")]
    assert {name: ways.count(name) for name in set(ways)} == {
        "doubtful": 40,
        "weak": 20,
        "strange": 20,
        "random": 20,
    }
    assert 85 <= len(found.rows) <= 100
    assert len(set(found.rows.tolist())) == len(found.rows)


def test_each_way_picks_what_it_is_for() -> None:
    margin, weak, far, place = pool()
    found = pick(margin, weak, far, place, 100, seed=2)
    by = {
        name: [r for r, why in zip(found.rows, found.reasons, strict=True) if name in why]
        for name in ("doubtful", "weak", "strange")
    }
    assert margin[by["doubtful"]].max() <= np.sort(margin)[399]
    assert weak[by["weak"]].all()
    assert far[by["strange"]].min() >= np.sort(far)[-100]


def test_close_calls_lie_apart_from_each_other() -> None:
    margin, weak, far, place = pool()
    margin[100:400] = 0.0
    place[100:400] = 0.001 * place[100:400]
    found = pick(margin, weak & False, far, place, 100, seed=3)
    close = [r for r, why in zip(found.rows, found.reasons, strict=True) if "doubtful" in why]
    assert sum(100 <= r < 400 for r in close) < 30, "300 copies of one call would otherwise fill the batch"


def test_sums_with_the_weights_are_those_of_the_pool() -> None:
    """Horvitz & Thompson: the mean over 80 batches is the total, though hard rows are picked on purpose."""
    margin, weak, far, place = pool(600)
    values = 5 + margin + 3 * weak
    totals = []
    for seed in range(80):
        found = pick(margin, weak, far, place, 120, seed=seed)
        totals.append(float((values[found.rows] * found.weight).sum()))
    error = np.std(totals) / np.sqrt(len(totals))
    assert np.mean(totals) == pytest.approx(values.sum(), abs=3.5 * error + 0.01 * values.sum())
    plain = [values[pick(margin, weak, far, place, 120, seed=s).rows].mean() * 600 for s in range(10)]
    assert np.mean(plain) > 1.05 * values.sum(), "without weights the hard rows count too much"


def test_only_rows_that_chance_alone_picked_may_be_tested_on() -> None:
    found = pick(*pool(), 100, seed=4)
    assert [not hard for hard in found.hard] == [why == "random" for why in found.reasons]
    assert 0 < found.hard.sum() < len(found.rows)


def test_a_way_that_finds_nothing_leaves_its_share_to_chance() -> None:
    margin, _, far, place = pool()
    found = pick(margin, np.zeros(len(margin), bool), far, place, 100, seed=5)
    ways = [name for names in found.reasons for name in names.split(" + ")]
    assert ways.count("random") == 40


def test_a_pool_smaller_than_the_batch_is_taken_whole_at_most() -> None:
    margin, weak, far, place = pool(30)
    found = pick(margin, weak, far, place, 100)
    assert len(found.rows) <= 30
    assert (found.chance > 0).all()
    assert (found.chance <= 1).all()
