"""The setting that matters comes first from 20 configurations on, and fewer say nothing."""

import math

import numpy as np

from milepost.learners.space import Knob, draw
from milepost.training.importance import TRUSTED, importances
from milepost.training.propose import Judged

SPACE = (
    Knob("rate", 0.01, 1.0, log=True),
    Knob("size", 2, 64, log=True, whole=True),
    Knob("share", 0.2, 1.0),
    Knob("kind", values=("a", "b")),
    Knob("edge", 0.0, 1.0, when=("kind", "b")),
)


def known(count: int, seed: int) -> list[Judged]:
    rng = np.random.default_rng(seed)
    drawn = [draw(SPACE, rng) for _ in range(count)]
    return [Judged(p, abs(math.log(p["rate"] / 0.1)) + 0.05 * rng.normal()) for p in drawn]


def test_what_matters_comes_first_with_an_interval() -> None:
    first = []
    for seed in range(6):
        found = importances(SPACE, known(30, seed), seed)
        first.append(found[0].knob)
        assert all(one.low <= one.share <= one.high for one in found)
        assert {one.knob for one in found} == {knob.name for knob in SPACE}
    assert first.count("rate") == 6


def test_too_few_say_nothing_and_dropped_ones_do_not_count() -> None:
    some = known(TRUSTED, 0)
    assert importances(SPACE, some[1:], 0) == ()
    assert importances(SPACE, [*some[1:], Judged(some[0].params, 0.1, 3)], 0) == ()
    assert importances(SPACE[:1], some, 0) == ()
