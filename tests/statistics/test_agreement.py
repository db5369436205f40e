"""Agreement against published tables and statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.stats.inter_rater import fleiss_kappa

from milepost.errors import InputError
from milepost.statistics.agreement import by_class, by_pair, by_person, cohen, disputed, fleiss, raw
from milepost.statistics.ratings import Ratings, from_table, ratings

FLEISS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
"""Ten subjects, fourteen people, five categories: the worked example of Fleiss' kappa."""


def subjects() -> Ratings:
    return from_table([np.repeat(np.arange(5), row) for row in FLEISS])


def crowd(seed: int = 0, items: int = 400, right: tuple[float, ...] = (0.9, 0.9, 0.9, 0.4)) -> Ratings:
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, items, p=[0.7, 0.25, 0.05])[:, None]
    said = (
        np.where(rng.random((items, len(right))) < right, truth, rng.integers(0, 3, (items, len(right))))
        + 0.0
    )
    said[rng.random(said.shape) < 0.3] = math.nan
    return from_table(said)


def test_fleiss_of_the_published_table() -> None:
    found = fleiss(subjects())
    assert round(found.value, 5) == 0.20993
    assert found.interval.contains(found.value)
    assert found.n == 10


@pytest.mark.parametrize("seed", range(3))
def test_fleiss_is_that_of_statsmodels(seed: int) -> None:
    said = np.random.default_rng(seed).integers(0, 4, (30, 3))
    said[:15, 1] = said[:15, 0]
    labels = from_table(said)
    assert fleiss(labels).value == pytest.approx(fleiss_kappa(labels.counts()), abs=1e-12)


def test_fleiss_wants_equal_numbers() -> None:
    with pytest.raises(InputError, match="from 1 to 2 labels"):
        fleiss(ratings([1, 1, 2], ["a", "b", "a"], [0, 0, 1]))


def test_cohen_of_the_published_table() -> None:
    one, other = np.repeat([0, 0, 1, 1], [20, 5, 10, 15]), np.repeat([0, 1, 0, 1], [20, 5, 10, 15])
    found = cohen(one, other)
    assert round(found.value, 4) == 0.4
    assert found.interval.low < 0.4 < found.interval.high
    assert found.n == 50


def test_the_interval_of_kappa_covers_the_truth() -> None:
    inside = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, 2, 120)
        one, other = (np.where(rng.random(120) < 0.85, truth, 1 - truth) for _ in range(2))
        inside += cohen(one, other).interval.contains(2 * (0.85**2 + 0.15**2) - 1)
    assert 0.92 <= inside / 400 <= 0.98


def test_kappa_of_one_word_is_undefined() -> None:
    found = cohen(["x", "x"], ["x", "x"])
    assert math.isnan(found.value)
    with pytest.raises(InputError, match="shapes"):
        cohen([1, 2], [1])


def test_raw_agreement_is_the_share_of_pairs_that_agree() -> None:
    labels = from_table([[0, 0, 0], [0, 0, 1], [1, 1, math.nan], [1, math.nan, math.nan]])
    found = raw(labels)
    assert found.value == pytest.approx((1 + 1 / 3 + 1) / 3)
    assert found.n == 3
    assert 0 <= found.interval.low < found.value < found.interval.high < 1


def test_the_intervals_of_shares_cover_the_truth() -> None:
    """Three people, right with 0.95, of two classes, the second of 0.1: what they really agree on."""
    agree = 0.95**2 + 0.05**2
    about = (0.1 * 0.95**2 + 0.9 * 0.05**2) / (0.1 * 0.95 + 0.9 * 0.05)
    inside = np.zeros(2)
    for seed in range(400):
        rng = np.random.default_rng(seed)
        truth = (rng.random((100, 1)) < 0.1).astype(int)
        labels = from_table(np.where(rng.random((100, 3)) < 0.95, truth, 1 - truth))
        rare = by_class(labels)[1]
        inside += raw(labels).interval.contains(agree), rare.agreement.interval.contains(about)
    assert (inside / 400 > 0.92).all(), inside / 400


def test_agreement_of_all_is_not_certain() -> None:
    found = raw(from_table(np.ones((20, 2))))
    assert found.value == 1
    assert 0.8 < found.interval.low < 0.9


def test_rare_classes_show_what_the_raw_share_hides() -> None:
    rng = np.random.default_rng(0)
    said = (rng.random((2000, 2)) < 0.02).astype(float)
    labels = from_table(said)
    assert raw(labels).value > 0.95
    common, rare = by_class(labels)
    assert rare.name == 1
    assert rare.prevalence == pytest.approx(said.mean())
    assert rare.agreement.value < 0.1
    assert rare.agreement.interval.contains(0.02)
    assert common.agreement.value > 0.95
    assert abs(rare.alpha) < 0.1


def test_agreement_about_a_class_is_a_share_of_the_others() -> None:
    (no, yes) = by_class(from_table([[1, 1, 0], [0, 0, 0], [1, 0, math.nan]]))
    assert yes.agreement.value == pytest.approx((0.5 + 0.5 + 0) / 3)
    assert no.agreement.value == pytest.approx((0 + 3 + 0) / 5)
    assert yes.prevalence == pytest.approx(3 / 8)


def test_the_pair_and_the_person_who_differ_come_first() -> None:
    labels = crowd()
    people = by_person(labels)
    assert people[0].name == 3
    assert people[0].without > max(person.without for person in people[1:]) + 0.2
    assert people[0].agreement.interval.high < people[1].agreement.interval.low
    pairs = by_pair(labels)
    assert len(pairs) == 6
    assert [3 in (pair.one, pair.other) for pair in pairs] == [True] * 3 + [False] * 3
    table = labels.table()
    for pair in pairs:
        both = ~np.isnan(table[:, pair.one]) & ~np.isnan(table[:, pair.other])
        assert pair.agreement.n == both.sum()
        assert pair.agreement.value == pytest.approx(
            (table[both, pair.one] == table[both, pair.other]).mean()
        )
        assert pair.kappa.value == pytest.approx(cohen(table[both, pair.one], table[both, pair.other]).value)


def test_pairs_with_few_common_items_are_left_out() -> None:
    assert by_pair(crowd(items=8), least=10) == ()
    assert by_pair(crowd(items=8), least=1)


def test_disputed_items_are_those_whose_labels_differ() -> None:
    found = disputed(from_table([[0, 0, 0], [0, 1, 2], [0, 0, 1], [1, math.nan, math.nan]]))
    assert found[:3].tolist() == pytest.approx([0, 1, 2 / 3])
    assert math.isnan(found[3])


def test_without_overlap_there_is_no_agreement() -> None:
    alone = from_table([[1.0, math.nan], [math.nan, 1.0]])
    for function in (raw, by_class, by_pair, by_person):
        with pytest.raises(InputError, match="Raise the overlap"):
            function(alone)
