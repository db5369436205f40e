"""Plainness follows the size of a model."""

from types import SimpleNamespace

import pytest

from milepost.training.fit import Config
from milepost.training.plain import numbers, plainness


def ranked(learner: str, rounds: int = 100, **params) -> int:
    return plainness(SimpleNamespace(config=Config(learner, params), rounds=rounds))  # type: ignore[arg-type]


def test_a_line_is_plainest_and_larger_models_rank_higher() -> None:
    assert ranked("linear", C=1.0) == 0
    assert 0 < ranked("lightgbm", num_leaves=4) < ranked("lightgbm", num_leaves=31)
    assert ranked("catboost", depth=4) < ranked("catboost", depth=8)
    assert ranked("network", width=32, depth=1) < ranked("network", width=256, depth=3)
    assert ranked("lightgbm", 10, num_leaves=31) < ranked("lightgbm", 1000, num_leaves=31)


def test_a_doubling_is_one_rank() -> None:
    assert ranked("lightgbm", 200, num_leaves=16) == ranked("lightgbm", 100, num_leaves=16) + 1
    assert numbers("network", {"width": 10, "depth": 2, "residual": True}, 5) == pytest.approx(400)
    assert ranked("a plug-in") == 1
