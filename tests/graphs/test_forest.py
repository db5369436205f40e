"""The forest node answers as the trees do when walked by hand."""

from dataclasses import replace

import numpy as np
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.compare import compare
from milepost.graphs.forest import Forest, Tree, floor32
from milepost.graphs.session import run, session


def grown(rng, features, depth, output):
    """A random tree: every split at a level, some ended early."""
    feature, threshold, left, right, missing, leaves = [], [], [], [], [], []

    def grow(level):
        if level == depth or (level and rng.random() < 0.2):
            leaves.append(rng.normal())
            return ~(len(leaves) - 1)
        node = len(feature)
        feature.append(rng.integers(features))
        threshold.append(rng.choice([rng.normal(), 0.1, 1 / 3, 1e300, -1e300, 0.0]))
        missing.append(rng.random() < 0.5)
        left.append(0)
        right.append(0)
        left[node], right[node] = grow(level + 1), grow(level + 1)
        return node

    grow(0)
    arrays = (np.array(values) for values in (feature, threshold, left, right, missing, leaves))
    return Tree(*arrays, output=output)


def walked(forest, x):
    """Brute force in float64."""
    answers = np.tile(np.array(forest.base, float), (len(x), 1))
    for tree in forest.trees:
        for row in range(len(x)):
            node = 0 if len(tree.feature) else -1
            while node >= 0:
                value, threshold = float(x[row, tree.feature[node]]), tree.threshold[node]
                equal = tree.equal is not None and tree.equal[node]
                yes = value == threshold if equal else value <= threshold
                yes = bool(tree.missing_left[node]) if np.isnan(value) else yes
                node = tree.left[node] if yes else tree.right[node]
            to = tree.output if tree.leaf_value.ndim == 1 else slice(None)
            answers[row, to] += tree.leaf_value[~node]
    return answers


def rows(rng, trees, features, count):
    """Rows of ordinary values, NaN, infinities, and float32 neighbours of the thresholds."""
    x = rng.normal(size=(count, features)).astype(np.float32)
    x[rng.random(x.shape) < 0.1] = np.nan
    x[rng.random(x.shape) < 0.03] = np.inf
    x[rng.random(x.shape) < 0.03] = -np.inf
    limits = np.concatenate([tree.threshold for tree in trees if len(tree.feature)])
    with np.errstate(over="ignore"):
        limits = limits.astype(np.float32)
    near = np.concatenate(
        [limits, np.nextafter(limits, np.float32(9e9)), np.nextafter(limits, np.float32(-9e9))]
    )
    at = rng.random(x.shape) < 0.4
    x[at] = rng.choice(near, at.sum())
    return x


def answer_gap(forest, x):
    builder = Builder()
    builder.output(forest.emit(builder, builder.input("x", "float", x.shape[1])), "y", "float", forest.width)
    return compare(builder.model(), {"x": x}, {"y": walked(forest, x)})


@pytest.mark.parametrize(("count", "width"), [(1, 1), (40, 1), (30, 3)])
def test_answers_as_walked(count, width):
    rng = np.random.default_rng(count)
    trees = tuple(grown(rng, 5, 5, index % width) for index in range(count))
    forest = Forest(trees, width, tuple(rng.normal(size=width)))
    assert answer_gap(forest, rows(rng, trees, 5, 300)) < 2e-5


def test_single_leaves_and_no_trees():
    rng = np.random.default_rng(0)
    empty = np.array([], int)
    stump = Tree(empty, empty.astype(float), empty, empty, empty.astype(bool), np.array([2.5]), 1)
    tree = grown(rng, 3, 3, 0)
    x = rows(rng, [tree], 3, 50)
    assert answer_gap(Forest((stump, tree, stump), 2, (0.5, -1.0)), x) < 1e-6
    assert answer_gap(Forest((), 2, (0.5, -1.0)), x) == 0
    assert answer_gap(Forest((stump,), 2, (0.0, 0.0)), x) == 0


def test_leaves_that_add_to_every_output():
    rng = np.random.default_rng(3)
    trees = [grown(rng, 4, 4, 0) for _ in range(5)]
    wide = tuple(replace(tree, leaf_value=rng.normal(size=(len(tree.leaf_value), 3))) for tree in trees)
    forest = Forest((*wide, grown(rng, 4, 3, 2)), 3, (0.5, 0.0, -1.0))
    assert answer_gap(forest, rows(rng, trees, 4, 200)) < 1e-5


def test_equal_nodes():
    ints, floats = np.array([0, 0, 1]), np.array([3.0, 5.0, 0.5])
    tree = Tree(
        ints, floats, np.array([-1, -2, -3]), np.array([1, 2, -4]), np.array([False, True, False]),
        np.array([1.0, 2.0, 4.0, 8.0]), 0, np.array([True, True, False]),
    )  # fmt: skip
    x = np.array([[3, 0], [5, 0], [4, 0], [4, 1], [np.nan, 1], [4, np.nan]], np.float32)
    forest = Forest((tree,), 1, (0.0,))
    assert walked(forest, x).ravel().tolist() == [1, 2, 4, 8, 2, 8]
    assert answer_gap(forest, x) == 0


def test_floor32_never_rounds_up():
    values = np.random.default_rng(1).normal(size=10_000) * 10.0 ** np.arange(10_000).clip(0, 30)
    low = floor32(values)
    assert (low.astype(float) <= values).all()
    assert (np.nextafter(low, np.float32(np.inf)).astype(float) > values).all()
    assert np.isneginf(floor32(np.array([-1e300])))[0]
    assert floor32(np.array([1e300]))[0] == np.finfo(np.float32).max


def test_rounding_to_nearest_would_send_a_row_the_wrong_way():
    threshold = 0.1  # float32(0.1) is larger than 0.1
    tree = Tree(
        np.array([0]),
        np.array([threshold]),
        np.array([-1]),
        np.array([-2]),
        np.array([False]),
        np.array([1.0, 2.0]),
    )
    x = np.array([[0.1]], np.float32)
    assert float(x[0, 0]) > threshold
    assert answer_gap(Forest((tree,), 1, (0.0,)), x) == 0


def test_an_output_without_a_tree_keeps_its_base_value() -> None:
    tree = Tree(
        np.array([0]),
        np.array([0.0]),
        np.array([-1]),
        np.array([-2]),
        np.array([True]),
        np.array([1.0, 2.0]),
        1,
    )
    builder = Builder()
    x = builder.input("x", "float")
    builder.output(Forest((tree,), 3, (-5.0, 0.5, 7.0)).emit(builder, x), "y", "float", 3)
    found = run(session(builder.model()), {"x": np.float32([[-1], [1]])})["y"]
    assert found.tolist() == [[-5.0, 1.5, 7.0], [-5.0, 2.5, 7.0]]
