"""Times the transform: a million rows of 12 numbers, 6 categories, a moment and a place into features.

Run: python benchmarks/transform.py --rows 1000000 --threads 2
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import polars as pl

from milepost.data.infer import infer_schema
from milepost.data.recipe import Recipe


def table(rows: int, seed: int = 0) -> pl.DataFrame:
    """A made-up table of 20 fields; every third number has missing values, three have heavy tails."""
    rng = np.random.default_rng(seed)
    columns: dict[str, pl.Series] = {}
    for at in range(12):
        values = rng.lognormal(0, 2, rows) if at % 4 == 0 else rng.normal(at, 1 + at, rows)
        if at % 3 == 0:
            values[rng.random(rows) < 0.1] = np.nan
        columns[f"number {at}"] = pl.Series(values).fill_nan(None)
    for at, levels in enumerate((2, 5, 12, 100, 2_000, 50_000)):
        names = pl.Series([f"level {level}" for level in range(levels)])
        columns[f"category {at}"] = names.gather(rng.integers(0, levels, rows))
    seconds = pl.Series(rng.integers(1_300_000_000, 1_400_000_000, rows))
    columns["moment"] = (seconds * 1_000_000).cast(pl.Datetime("us"))
    columns["lat"], columns["lon"] = (
        pl.Series(rng.normal(40, 0.1, rows)),
        pl.Series(rng.normal(-74, 0.1, rows)),
    )
    return pl.DataFrame(columns)


def main() -> None:
    """Prints seconds and peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=2)
    views = ("trees", "dense", "network")
    parser.add_argument("--view", choices=views, nargs="+", default=views[:2])
    given = parser.parse_args()
    frame = table(given.rows)
    clock = time.perf_counter()
    recipe = Recipe.of(frame, infer_schema(frame))
    print(f"facts: {time.perf_counter() - clock:.2f} s")
    target = (np.random.default_rng(1).random(given.rows) < 0.3).astype(np.float64)
    for view in given.view:
        clock = time.perf_counter()
        transform, _ = recipe.fit(frame, view, target)
        fitted = time.perf_counter()
        matrix = transform.matrix(frame, given.threads)
        done = time.perf_counter()
        print(f"{view}: fit {fitted - clock:.2f} s, matrix {matrix.shape} {done - fitted:.2f} s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


if __name__ == "__main__":
    main()
