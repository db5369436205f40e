"""Pure noise must seldom pass the baseline gate."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from milepost.registry import import_file
from milepost.statistics.intervals import clopper_pearson

FILE = Path(__file__).parents[2] / "benchmarks" / "noise.py"
BENCH = import_file(FILE)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_noise_passes_at_most_eight_times_in_a_hundred() -> None:
    # In memory where there is such a place: 8,000 commits that wait for a disk measure the disk.
    place = {"TMPDIR": "/dev/shm"} if Path("/dev/shm").is_dir() else {}
    half = [sys.executable, str(FILE), "--runs", "200", "--rows", "200", "--columns", "3", "--first"]
    runs = [
        subprocess.Popen(
            [*half, first],
            stdout=subprocess.PIPE,
            text=True,
            env=dict(os.environ, OMP_NUM_THREADS="1", **place),
        )
        for first in ("0", "200")
    ]
    told = [run.communicate()[0] for run in runs]
    passed = sum(int(re.search(r"(\d+) of 200 tables", text)[1]) for text in told)
    assert clopper_pearson(passed, 400).high <= 0.08, f"{passed} of 400"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["multiclass", "number", "groups", "time"])
def test_noise_of_every_kind_seldom_passes(kind: str) -> None:
    noise = BENCH.Noise(kind, rows=200, columns=3)
    passed = sum(noise.passes(seed) for seed in range(30))
    assert passed <= 5, f"{passed} of 30: a gate of 5 % lets so many through once in 250 times"
