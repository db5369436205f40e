"""Differences are seen, at every batch size."""

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.compare import compare, difference


def doubler():
    builder = Builder()
    x = builder.input("x", "float")
    builder.output(builder.node("Add", x, x), "y", "float", 1)
    return builder.model()


def test_agreement_and_difference():
    x = np.arange(12, dtype=np.float32).reshape(-1, 1)
    assert compare(doubler(), {"x": x}, {"y": 2 * x}) == 0
    wrong = 2 * x
    wrong[11] += 0.25
    assert compare(doubler(), {"x": x}, {"y": wrong}) == 0.25
    assert compare(doubler(), {"x": x}, {"y": wrong}, batches=(5,), most=2) == 0


def test_a_graph_that_depends_on_its_batch_is_caught():
    builder = Builder()
    x = builder.input("x", "float")
    builder.output(builder.node("Sub", x, builder.node("ReduceMean", x)), "y", "float", 1)
    values = np.array([[1.0], [3.0]], np.float32)
    assert compare(builder.model(), {"x": values}, {"y": values - 2}, batches=(None,)) == 0
    assert compare(builder.model(), {"x": values}, {"y": values - 2}) > 0


def test_text_nan_and_shapes():
    assert difference(np.array(["a"], object), np.array(["a"], object)) == 0
    assert difference(np.array(["a"], object), np.array(["b"], object)) == np.inf
    assert difference(np.array([np.inf]), np.array([np.inf])) == 0
    assert difference(np.array([np.inf]), np.array([-np.inf])) == np.inf
    assert difference(np.zeros(2), np.zeros((2, 1))) == np.inf
    assert difference(np.zeros(0), np.zeros(0)) == 0
