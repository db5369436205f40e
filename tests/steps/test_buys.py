"""Labels beside tuning: which is worth more for its cost, and how sure that is."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from tests.steps.test_enough import crowd

from milepost.brief import Brief
from milepost.steps.buys import Measured, buys, of_road

SIZES = (50, 100, 200, 400, 800)
LOSSES = tuple(tuple(0.2 + 3 / size**0.5 + jitter for jitter in (-0.004, 0.0, 0.004)) for size in SIZES)
CURVE = Measured(SIZES, LOSSES, "loss", "a test")


def work(tuning: float | None) -> Any:
    hours = {"exchange": (1.0, 1.0), "tuning_low": tuning, "tuning_high": (tuning or 0) * 1.1}
    found = {} if tuning is None else {"tune": {"hours": hours}}
    return SimpleNamespace(
        has=found.__contains__,
        evidence={name: SimpleNamespace(findings=body) for name, body in found.items()},
        brief=Brief.of({}),
    )


@pytest.mark.parametrize(
    ("tuning", "choice", "least"), [(0.0001, "label", 0.95), (0.9, "tune", 0.95), (0.06, "undecided", 0.0)]
)
def test_the_better_buy_is_named_with_how_sure_it_is(tuning: float, choice: str, least: float) -> None:
    found = buys(work(tuning), replace(crowd(0.9), seconds=75.0, left=2_000), CURVE)
    assert found is not None
    assert (found.rows, found.now) == (2_000, 800)
    if choice != "undecided":
        assert found.choice == choice
        assert found.sure is not None
        assert found.sure >= least
    assert "of the refits of the curve" in found.says
    assert found.sizes[-1] == 3_200
    assert found.low[-1] < found.loss[-1] < found.high[-1]
    assert found.loss[-1] == pytest.approx(0.2 + 3 / 3_200**0.5, abs=0.02)


def test_what_is_not_known_is_not_compared() -> None:
    team = crowd(0.9)
    bare = buys(work(None), replace(team, seconds=75.0, left=2_000), CURVE)
    assert bare is not None
    assert (bare.choice, bare.tuning) == ("", None)
    assert "what tuning buys is told once" in bare.says
    slow = buys(work(0.1), replace(team, seconds=None), CURVE)
    assert slow is not None
    assert (slow.rows, slow.choice) == (0, "")
    assert "how long a label takes is not known" in slow.says
    rising = Measured(SIZES, tuple(reversed(LOSSES)), "loss", "a test")
    odd = buys(work(0.1), replace(team, seconds=75.0), rising)
    assert odd is not None
    assert odd.says.startswith("The losses do not fall")
    assert of_road(work(None)) is None
