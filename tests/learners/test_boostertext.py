"""LightGBM's text is read tree by tree, and rounded copies keep to the grid."""

import tracemalloc

import numpy as np

from milepost.learners.base import Job
from milepost.learners.boostertext import read_trees, rounded
from milepost.learners.boosting import LightGBM
from milepost.testing.learners import make_toy

LIGHT = {"num_leaves": 8, "learning_rate": 0.2}


def test_trees_survive_as_text(heads):
    toy = make_toy(heads[1], missing=True)
    model = LightGBM().fit(toy.train, None, Job(LIGHT, heads[1], rounds=4))
    trees = read_trees(model.boosters[0].model_to_string(), 3)
    assert len(trees) == 12
    assert [tree.output for tree in trees[:4]] == [0, 1, 2, 0]
    assert all(len(tree.leaf_value) == len(tree.feature) + 1 for tree in trees)


def test_a_forest_is_read_tree_by_tree(heads):
    toy = make_toy(heads[0], missing=True)
    text = LightGBM().fit(toy.train, None, Job(LIGHT, heads[0], rounds=200)).boosters[0].model_to_string()
    tracemalloc.start()
    trees = read_trees(text, 1)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(trees) == text.count("Tree=") == 200
    assert peak - kept < 0.2 * len(text)


def test_rounded_leaves_are_few_and_near(heads):
    toy = make_toy(heads[0], missing=False)
    booster = LightGBM().fit(toy.train, None, Job(LIGHT, heads[0], rounds=60)).boosters[0]
    coarse = rounded(booster, 1)
    plain, near = (
        np.concatenate([t.leaf_value for t in read_trees(one.model_to_string(), 1)])
        for one in (booster, coarse)
    )
    assert len(np.unique(near)) < len(np.unique(plain))
    gap = np.abs(coarse.predict(toy.valid.x, raw_score=True) - booster.predict(toy.valid.x, raw_score=True))
    assert 0 < gap.max() < 0.1 * np.ptp(booster.predict(toy.valid.x, raw_score=True))
