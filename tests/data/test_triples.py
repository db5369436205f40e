"""Three columns are told from their pairs, by a score that is what it says."""

from itertools import combinations
from math import comb

import numpy as np
import pytest

from milepost.data import triples
from milepost.data.leftover import Rows, often, together
from milepost.data.schema import Column
from milepost.data.triples import HOPE, LOOKED, beyond, columns_of, scores

ROWS = 4000
LEVELS = {"a": 8, "b": 10, "c": 12, "d": 9, "e": 40}


def columns(seed=0, rows=ROWS):
    rng = np.random.default_rng(seed)
    return {name: rng.integers(0, levels, rows) for name, levels in LEVELS.items()}


def tried(effect, seed=0, rows=ROWS, codes=None):
    """What is found, and the scores, where `effect` is what single columns leave, beside as much noise."""
    rng = np.random.default_rng(seed + 1000)
    codes = codes or columns(seed, rows)
    target = effect(codes, rng) + rng.normal(size=rows)
    made = Rows(target[:, None], np.ones(rows), rng.permutation(rows) % 5)
    left = [made.target - made.target.mean()] * 5
    every = list(combinations([Column(name, "text", "category", "input", "string") for name in codes], 3))
    names = [tuple(column.name for column in triple) for triple in every]
    found = beyond(made, codes, every, left)
    return found, dict(zip(names, scores(made, codes, names, left), strict=True)), codes


def parity(codes, _):
    return np.where((codes["a"] + codes["b"] + codes["c"]) % 2, 1.0, -1.0)


def random_table(codes, rng):
    return rng.normal(size=(8, 10, 12))[codes["a"], codes["b"], codes["c"]]


def three_pairs(codes, rng):
    return sum(
        rng.normal(0, 0.7, (LEVELS[a], LEVELS[b]))[codes[a], codes[b]] for a, b in combinations("abc", 2)
    )


@pytest.mark.parametrize("effect", [parity, random_table])
def test_three_that_decide_together_are_found_alone(effect):
    found, z, codes = tried(effect)
    ((triple, key),) = found.items()
    assert tuple(column.name for column in triple) == ("a", "b", "c")
    assert np.array_equal(key, often(together(codes["a"], codes["b"], codes["c"])))
    assert z["a", "b", "c"] > 10
    assert max(score for names, score in z.items() if names != ("a", "b", "c")) < HOPE


@pytest.mark.parametrize("seed", range(3))
def test_pairs_alone_make_no_triple(seed):
    found, z, _ = tried(three_pairs, seed)
    assert not found
    assert z["a", "b", "c"] > HOPE, "three pairs look like more than the surest, until their means are taken"
    one = tried(lambda codes, rng: rng.normal(size=(8, 40))[codes["a"], codes["e"]], seed)
    assert not one[0]


def test_scores_of_noise_are_within_their_errors():
    every = [z for seed in range(20) for z in tried(lambda *_: 0.0, seed, 1000)[1].values()]
    assert len(every) == 200
    assert np.mean(every) < 0.2
    assert np.std(every) < 1.2
    assert max(every) < 4


def test_a_score_is_the_mean_product_of_two_rows_of_a_key_over_its_error(monkeypatch):
    rng = np.random.default_rng(3)
    codes = {name: rng.integers(0, 4, 200) for name in "abc"}
    rows = Rows(rng.normal(size=(200, 1)), np.ones(200), rng.permutation(200) % 5)
    left = [rng.normal(size=(200, 1)) for _ in range(5)]

    def likeness(*names):
        alike = np.all([codes[n][:, None] == codes[n] for n in names], axis=0)
        total, pairs, variance = 0.0, 0, 0.0
        for fold, rest in enumerate(left):
            inside = rows.fold == fold
            meets = alike & inside[:, None] & ~inside
            total += (rest * rest.T)[meets].sum()
            pairs += meets.sum()
            variance += 2 * meets.sum() * (rest[inside] ** 2).mean() * (rest[~inside] ** 2).mean()
        return total / pairs, variance**0.5 / pairs

    whole, error = likeness("a", "b", "c")
    expected = (whole - max(0, *(likeness(*pair)[0] for pair in combinations("abc", 2)))) / error
    assert scores(rows, codes, [("a", "b", "c")], left)[0] == pytest.approx(expected)
    monkeypatch.setattr(triples, "PLACES", 5)
    shared = scores(rows, codes, [("a", "b", "c")], left)[0]
    assert shared != pytest.approx(expected), "64 keys in 32 places"


def test_keys_that_share_places_are_found_all_the_same():
    rng = np.random.default_rng(0)
    many = {name: rng.zipf(1.5, 6000) % 300 for name in "abcde"}
    table = rng.normal(0, 2, 2**16)

    def effect(codes, _):
        return table[(codes["a"] * 7919 + codes["b"] * 104_729 + codes["c"] * 1_299_709) % 2**16]

    found, z, _ = tried(effect, rows=6000, codes=many)
    assert np.prod([int(codes.max()) + 1 for codes in many.values()][:3]) > 1 << triples.PLACES
    assert [tuple(column.name for column in triple) for triple in found] == [("a", "b", "c")]
    assert max(z, key=z.get) == ("a", "b", "c")


def test_three_that_decide_one_class_of_eight_are_found():
    codes, rng = columns(), np.random.default_rng(5)
    rare = rng.random(ROWS) < np.where(parity(codes, None) > 0, 0.4, 0.05)
    classes = np.eye(8)[np.where(rare, 7, rng.integers(0, 7, ROWS))]
    rows = Rows(classes, np.ones(ROWS), rng.permutation(ROWS) % 5)
    every = list(combinations([Column(name, "text", "category", "input", "string") for name in codes], 3))
    (triple,) = beyond(rows, codes, every, [classes - classes.mean(0)] * 5)
    assert tuple(column.name for column in triple) == ("a", "b", "c")


@pytest.mark.parametrize("outputs", [1, 3, 8])
def test_the_more_targets_the_fewer_triples(outputs):
    size = columns_of(outputs)
    assert 3 <= size <= triples.COLUMNS
    assert comb(size, 3) * outputs <= LOOKED


def test_nothing_to_look_at():
    rows = Rows(np.zeros((10, 1)), np.ones(10), np.arange(10) % 5)
    assert beyond(rows, {}, [], []) == {}
