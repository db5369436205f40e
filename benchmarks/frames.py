"""Sends frames of every type that Polars holds down the road to `protocol`, and counts what becomes of them.

    python benchmarks/frames.py --minutes 10 --seed 1

Each frame either passes, or is refused by an error of milepost with a sentence; anything else is printed
with the seed that makes it again.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl

from milepost import Project
from milepost.errors import MilepostError
from milepost.testing.frames import draw


def road(frame: pl.DataFrame, target: str, seed: int) -> str:
    """What becomes of one frame: "passed", the verdict that stopped it, or the error that refused it."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            project = Project.new(Path(folder) / "p", frame, target, budget="5s", seed=seed, threads=1)
            status = project.run(until="protocol", yes=True)
            if status.code == 0:
                return "passed"
            status = project.run(until="protocol", yes=True, waive_all="a campaign")
            return "waived" if status.code == 0 else "stopped"
        except MilepostError as problem:
            if not problem.what:
                raise
            return f"refused ({type(problem).__name__})"


def main() -> None:
    """Runs frames until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    end, seed, found = time.monotonic() + 60 * given.minutes, given.seed, Counter[str]()
    while time.monotonic() < end:
        frame, target = draw(np.random.default_rng(seed))
        try:
            found[road(frame, target, seed)] += 1
        except Exception:
            found["CRASHED"] += 1
            print(f"seed {seed}: target {target!r}, {frame.schema}")
            traceback.print_exc()
        seed += 1
    for name, count in found.most_common():
        print(f"{count:6d}  {name}")


if __name__ == "__main__":
    main()
