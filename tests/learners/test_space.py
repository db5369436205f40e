"""Knobs hold what they say, conditions are kept, and draws lie inside."""

import numpy as np
import pytest

from milepost.learners.space import Knob, complete, draw, matters, outside

SPACE = (
    Knob("rate", 0.01, 1.0, log=True),
    Knob("size", 2, 64, log=True, whole=True),
    Knob("kind", values=("a", "b")),
    Knob("edge", 0.0, 1.0, when=("kind", "b")),
)
DEFAULTS = {"rate": 0.1, "size": 8, "kind": "a", "edge": 0.5}


def test_draws_lie_inside_and_fill_the_range():
    rng = np.random.default_rng(0)
    drawn = [draw(SPACE, rng) for _ in range(400)]
    assert all(outside(SPACE, params) == "" for params in drawn)
    assert all(("edge" in params) == (params["kind"] == "b") for params in drawn)
    assert {type(params["size"]) for params in drawn} == {int}
    assert np.median([params["rate"] for params in drawn]) == pytest.approx(0.1, rel=0.3)
    assert {params["size"] for params in drawn} >= {2, 3}
    assert max(params["size"] for params in drawn) > 50


def test_what_lies_outside_is_named():
    assert outside(SPACE, {**DEFAULTS, "rate": 2.0}) == "rate is 2.0"
    assert outside(SPACE, {**DEFAULTS, "size": 2.5}) == "size is 2.5"
    assert outside(SPACE, {"rate": 0.1, "size": 4, "kind": "b"}) == "edge is None"
    assert outside(SPACE, {"rate": 0.1, "size": 4, "kind": "a"}) == ""


def test_a_configuration_is_completed_by_defaults_where_a_knob_matters():
    assert complete(SPACE, DEFAULTS, {"size": 4}) == {"rate": 0.1, "size": 4, "kind": "a"}
    assert complete(SPACE, {**DEFAULTS, "size": 900}, {})["size"] == 64
    assert complete(SPACE, DEFAULTS, {"kind": "b", "more": 1})["edge"] == 0.5
    assert not matters(SPACE[3], {"kind": "a"})
    with pytest.raises(KeyError):
        complete(SPACE, {}, {})
