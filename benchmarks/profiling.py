"""Times what `understand` does to a million rows of 20 columns: types, profile, leak detectors.

Run: python benchmarks/profiling.py --rows 1000000 --columns 20
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import polars as pl

from milepost.data.infer import infer_schema
from milepost.data.profile import profile
from milepost.data.trends import slices
from milepost.tasks.infer import infer
from milepost.training.suspects import Beside, Detective


def table(rows: int, columns: int, seed: int = 0) -> pl.DataFrame:
    """A made-up table: numbers (some with gaps or heavy tails), categories, moments, and a target."""
    rng = np.random.default_rng(seed)
    made: dict[str, pl.Series] = {}
    score = np.zeros(rows)
    for at in range(columns):
        kind = at % 5
        if kind in (0, 1, 2):
            values = rng.lognormal(0, 1.5, rows) if kind == 2 else rng.normal(at, 1 + at, rows)
            score += (values - values.mean()) / values.std() * (at % 4 == 0)
            gone = rng.random(rows) < (0.1 if at % 3 == 0 else 0)
            made[f"number {at}"] = pl.Series(np.where(gone, np.nan, values)).fill_nan(None)
        elif kind == 3:
            levels = (4, 30, 3_000, 60_000)[at // 5 % 4]
            names = pl.Series([f"level {level}" for level in range(levels)])
            made[f"category {at}"] = names.gather(rng.integers(0, levels, rows))
        else:
            seconds = pl.Series(rng.integers(1_300_000_000, 1_400_000_000, rows))
            made[f"moment {at}"] = (seconds * 1_000_000).cast(pl.Datetime("us"))
    made["target"] = pl.Series(np.where(score + rng.normal(0, 2, rows) > 1, "yes", "no"))
    return pl.DataFrame(made)


def main() -> None:
    """Prints seconds and peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=20)
    given = parser.parse_args()
    frame = table(given.rows, given.columns)
    print(f"{frame.height:,} rows of {frame.width} columns, {frame.estimated_size('gb'):.2f} GB as a table")
    clock = time.perf_counter()
    schema = infer_schema(frame, ["target"])
    told = time.perf_counter()
    found = profile(frame, schema)
    task, _ = infer(frame.select("target"))
    truth = task.encode(frame.select("target"))
    trend = slices(frame["moment 4"], truth) if "moment 4" in frame.columns else None
    done = time.perf_counter()
    print(f"types {told - clock:.1f} s, profile {done - told:.1f} s: {len(found.columns)} columns")
    print(f"peak memory after the profile {peak():.2f} GiB")
    order = frame["moment 4"].cast(pl.Int64).to_numpy() if trend else None
    seen = Detective(frame, truth, frame.clear(), task, 0, Beside(order=order)).look(schema)
    detected = time.perf_counter()
    print(f"leak detectors {detected - done:.1f} s, {seen.rows:,} rows for the model")
    print(f"peak memory {peak():.2f} GiB")


def peak() -> float:
    """Peak memory of this process in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    main()
