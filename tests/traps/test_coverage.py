"""Promises hold: in made worlds the intervals of `tune` and `final` cover what they speak of.

The full counts come from `benchmarks/optimism.py`; here few tables are enough to catch an interval that lies.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from milepost.registry import import_file
from milepost.statistics.intervals import clopper_pearson

RUNS = 9


@pytest.fixture(scope="module")
def bench() -> Any:
    return import_file(Path(__file__).parents[2] / "benchmarks" / "optimism.py")


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "rows"), [("plain", 150), ("time", 450)])
def test_promised_and_corrected_intervals_cover(bench: Any, kind: str, rows: int) -> None:
    found = [bench.promise(kind, seed, rows=rows, trials=4) for seed in range(RUNS)]
    came = sum(p.promised[0] <= p.came <= p.promised[1] for p in found)
    assert clopper_pearson(came, RUNS).high >= 0.95
    assert sum(p.truth < p.low for p in found) <= 1  # 2.5 % are to be expected
    if kind != "time":  # there what ships learns from more rows than the windows, and may be better
        covered = sum(p.low <= p.truth <= p.high for p in found)
        assert clopper_pearson(covered, RUNS).high >= 0.95
    widths = [p.promised[1] - p.promised[0] for p in found]
    assert max(widths) < 0.6  # they cover without saying that anything may come
    assert sum(p.verdict == "failed" for p in found) <= 2


@pytest.mark.slow
def test_labels_that_mean_nothing_promise_nothing(bench: Any) -> None:
    found = [bench.promise("noise", seed, rows=120, trials=6) for seed in range(RUNS)]
    held = sum(p.low <= 0.5 <= p.high for p in found)
    assert clopper_pearson(held, RUNS).high >= 0.95
    assert np.mean([p.corrected for p in found]) < np.mean([p.naive for p in found])
    assert abs(np.mean([p.corrected for p in found]) - 0.5) < 0.06
