"""Any frame that Polars can hold goes down the road, or is refused with a sentence."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing.parametric import dataframes

from milepost import Project
from milepost.errors import MilepostError
from milepost.registry import import_file
from milepost.testing.frames import KINDS, REFUSED, draw

BENCH = import_file(Path(__file__).parents[2] / "benchmarks" / "frames.py")
QUIET = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@QUIET
@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000))
def test_drawn_frames(seed: int) -> None:
    frame, target = draw(np.random.default_rng(seed))
    assert BENCH.road(frame, target, seed)


@QUIET
@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(dataframes(max_cols=5, min_size=30, max_size=60))
def test_frames_that_hypothesis_thinks_of(frame: pl.DataFrame) -> None:
    wanted = pl.Series("y", [bool(i % 3) for i in range(frame.height)])
    assert BENCH.road(frame.with_columns(wanted), "y", 0)


@QUIET
@pytest.mark.parametrize("kind", KINDS)
def test_a_column_of_each_kind(kind: str) -> None:
    random = np.random.default_rng(7)
    x = random.normal(size=60)
    made = KINDS[kind](60, random)
    frame = pl.DataFrame({"x": x, "odd": made, "y": x + random.normal(size=60) > 0})
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "p"
        if kind in REFUSED:
            with pytest.raises(MilepostError, match="'odd' holds"):
                Project.new(place, frame, "y")
            return
        status = Project.new(place, frame, "y", budget="5s").run(until="prepare", yes=True)
    assert status.code == 0, status.next
