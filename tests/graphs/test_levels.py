"""An oblivious tree without its dead branches answers as its levels do."""

import numpy as np
import pytest

from milepost.graphs.levels import oblivious


def asked(feature, border, missing_left, leaves, x):
    """The leaf by its number, level by level."""
    answers = np.zeros((len(x), leaves.shape[1]))
    for row in range(len(x)):
        number = 0
        for level in range(len(feature)):
            value = x[row, feature[level]]
            right = not missing_left[level] if np.isnan(value) else value > border[level]
            number |= int(right) << level
        answers[row] = leaves[number]
    return answers


def walked(tree, x):
    value = tree.leaf_value.reshape(len(tree.leaf_value), -1)
    answers = np.zeros((len(x), value.shape[1]))
    for row in range(len(x)):
        node = 0 if len(tree.feature) else -1
        while node >= 0:
            given = x[row, tree.feature[node]]
            left = tree.missing_left[node] if np.isnan(given) else given <= tree.threshold[node]
            node = tree.left[node] if left else tree.right[node]
        answers[row] = value[~node]
    return answers


@pytest.mark.parametrize("depth", [0, 1, 3, 6])
@pytest.mark.parametrize("outputs", [1, 3])
def test_answers_as_the_levels(depth, outputs):
    rng = np.random.default_rng(depth)
    for _ in range(20):
        feature = rng.integers(0, 3, depth)
        border = rng.integers(0, 4, depth).astype(np.float32)
        missing_left = np.array([True, False, True])[feature]
        leaves = rng.normal(size=(2**depth, outputs)) * (rng.random((2**depth, 1)) < 0.5)
        x = rng.integers(-1, 6, (200, 3)).astype(np.float64)
        x[rng.random(x.shape) < 0.2] = np.nan
        tree = oblivious(feature, border, missing_left, leaves)
        assert np.array_equal(walked(tree, x), asked(feature, border, missing_left, leaves, x))
        assert len(tree.feature) <= 2**depth - 1
        assert len(tree.leaf_value) == len(tree.feature) + 1


def test_dead_branches_are_left_out():
    leaves = np.arange(1.0, 9.0)[:, None]
    yes = np.zeros(3, bool)
    tree = oblivious(np.array([0, 0, 0]), np.array([1.0, 2.0, 3.0]), yes, leaves)
    assert len(tree.leaf_value) == 4  # three borders of one number cut it into four pieces
    assert len(oblivious(np.array([0, 1, 2]), np.ones(3), yes, np.zeros((8, 1))).feature) == 0
