"""Tables agree with numpy."""

import time

import numpy as np
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.compare import compare
from milepost.graphs.session import run, session
from milepost.graphs.table import emit_table, segments, through


def model(knots_x, knots_y, kind="linear"):
    builder = Builder()
    x = builder.input("x", "float")
    builder.output(emit_table(builder, x, np.array(knots_x), np.array(knots_y), kind), "y", "float", 1)
    return builder.model()


def probes(rng, knots):
    knots = knots.astype(np.float32)
    ends = np.array([np.nan, np.inf, -np.inf, 3e38, -3e38, 0], np.float32)
    near = [np.nextafter(knots, np.float32(side)) for side in (np.inf, -np.inf)]
    wide = rng.normal(size=500).astype(np.float32) * 2
    return np.concatenate([ends, knots, *near, wide])[:, None]


@pytest.mark.parametrize("count", [1, 2, 3, 17, 2000])
def test_linear_is_interp(count):
    rng = np.random.default_rng(count)
    knots = np.sort(rng.normal(size=count).astype(np.float32))
    values = rng.normal(size=count)
    x = probes(rng, knots)
    expected = np.where(np.isnan(x), np.nan, np.interp(x.astype(float), knots.astype(float), values))
    assert compare(model(knots, values), {"x": x}, {"y": expected}, most=60) < 1e-6


@pytest.mark.parametrize("count", [1, 2, 17, 2000])
def test_step_is_the_last_knot_passed(count):
    rng = np.random.default_rng(count)
    knots, values = np.sort(rng.normal(size=count).astype(np.float32)), rng.normal(size=count)
    x = probes(rng, knots)
    place = (np.searchsorted(knots, x[:, 0], side="right") - 1).clip(0, count - 1)
    expected = np.where(np.isnan(x), np.nan, values[place][:, None])
    assert compare(model(knots, values, "step"), {"x": x}, {"y": expected}, most=60) < 1e-6


def test_a_jump_keeps_both_sides():
    knots, values = [0, 0.5, 0.5 + 1e-12, 1], [0, 0.1, 0.9, 1]
    x = np.array([[0.25], [0.5], [0.75], [0.4999999]], np.float32)
    assert compare(model(knots, values), {"x": x}, {"y": np.array([[0.05], [0.9], [0.95], [0.1]])}) < 1e-6


@pytest.mark.alone
def test_a_million_rows_through_two_thousand_knots():
    knots = np.linspace(-3, 3, 2000)
    opened = session(model(knots, np.tanh(knots)))
    x = np.random.default_rng(0).normal(size=(1_000_000, 1)).astype(np.float32)
    start = time.process_time()
    y = run(opened, {"x": x})["y"]
    assert time.process_time() - start < 3
    assert np.abs(y - np.tanh(x.clip(-3, 3))).max() < 1e-4


def test_without_a_graph_the_bits_are_the_same():
    rng = np.random.default_rng(5)
    for knots in (np.sort(rng.normal(size=70)), np.array([0.0, 0.0, 1, 1, 1, 2.5]), np.array([3.0])):
        values = rng.normal(size=len(knots))
        asked = probes(rng, knots)
        asked = asked[~np.isnan(asked)]
        (said,) = run(session(model(knots, values)), {"x": asked.reshape(-1, 1)}).values()
        np.testing.assert_array_equal(through(asked.ravel(), segments(knots, values)), said[:, 0])
