from __future__ import annotations

import polars as pl
import pytest

from milepost.steps.material import material
from milepost.steps.memorise import PARAMS, memorise
from milepost.steps.overfit import Overfit
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol

pytest.importorskip("torch")


def rows_of(bench):
    bench.run(Prepare())
    bench.run(Protocol())
    return material(bench.work(Overfit()))


def test_a_handful_of_rows_is_learnt_by_heart(road, related) -> None:
    found = memorise(rows_of(road(related())), 0, 60.0)
    assert found.learns
    assert found.rows == 64
    assert found.true < 0.05
    assert found.shuffled < 0.2
    assert "can learn by heart" in found.says


def test_rows_alike_with_different_answers_are_not(road, related) -> None:
    frame = related().with_columns([pl.lit(0.0).alias(f"x{i}") for i in range(3)])
    alike = frame.with_columns((pl.int_range(pl.len()) % 2 * 1.0).alias("x3"))
    found = memorise(rows_of(road(alike)), 0, 60.0)
    assert not found.learns
    assert "cannot learn even a handful" in found.says


@pytest.mark.slow
def test_a_deep_network_learns_a_handful_of_sounds_by_heart(road, monkeypatch) -> None:
    """In less time than it has on the road, where it is twice as wide and learns four times as long."""
    pytest.importorskip("soundfile", reason="needs the extra [audio]")
    monkeypatch.setitem(PARAMS, "deep", {**PARAMS["deep"], "channels": 8, "epochs": 15})
    from milepost.testing.sounds import sounds

    found = memorise(
        rows_of(road(sounds(120, ("tone", "burst"), seed=4).rename({"kind": "y"}))), 0, 400.0, "deep"
    )
    assert found.rows == 64
    assert found.true < 0.05
    assert "The deep network can learn by heart" in found.says
