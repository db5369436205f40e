"""Means of word vectors in the graph are those of numpy, whatever stands beside a row."""

import numpy as np
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.means import Words, directions, emit_means
from milepost.graphs.session import run, session

WORDS = Words(
    np.array([7, 3, 11]),
    np.array([[127, 0], [0, -127], [64, 64]], np.int8),
    np.array([1 / 127, 2 / 127, 0.5], np.float32),
    np.array([1.0, 0.25, 0.5], np.float32),
)


def means(rows):
    builder = Builder()
    out = emit_means(builder, builder.input("h", "int64", len(rows[0])), WORDS, 4.0)
    builder.output(out, "m", "float", 5)
    return run(session(builder.model()), {"h": np.array(rows, np.int64)})["m"]


def test_means_point_where_the_vectors_point():
    found = means([[7, -1, 99], [3, 7, 7], [-1, -1, -1], [5, 6, 8]])
    # the vectors of 7 and 3 are (1, 0) and (0, -2); their weights 1 and 1/4
    np.testing.assert_allclose(found[0], [4, 0, 4, 0, 0], atol=1e-6)
    plain, heavy = np.array([2, -2]) / np.sqrt(8), np.array([2, -0.5]) / np.sqrt(4.25)
    np.testing.assert_allclose(found[1], [*(4 * plain), *(4 * heavy), 0], rtol=1e-6)
    assert found[2].tolist() == found[3].tolist() == [0, 0, 0, 0, 1]


def test_neighbours_do_not_matter():
    beside = means([[7, 3, 11], [11, 11, 11], [-1, -1, -1]])
    assert beside[0].tolist() == means([[7, 3, 11]])[0].tolist()


def test_numpy_and_graph_agree():
    rng = np.random.default_rng(0)
    rows = rng.choice([-1, 3, 7, 11, 12], (50, 9))
    sums, known = np.zeros((50, 4)), np.zeros(50)
    for at, row in enumerate(rows):
        places = [WORDS.keys.tolist().index(key) for key in row if key in WORDS.keys]
        sums[at], known[at] = WORDS.rows(np.array(places, np.int64)).sum(0), len(places)
    np.testing.assert_allclose(means(rows), directions(sums, known, 4.0), rtol=1e-6, atol=1e-6)


def test_vectors_that_cancel_leave_no_direction():
    sums = np.array([[0.0, 0.0, 0.0, 0.0]])
    assert directions(sums, np.array([2]), 4.0).tolist() == [[0, 0, 0, 0, 0]]
    assert WORDS.width == 2
    assert WORDS.rows(np.array([1])).tolist() == [[0.0, pytest.approx(-2), 0.0, pytest.approx(-0.5)]]
