"""Times trees as shipped beside LightGBM itself, in turns, and says how large each is.

Run: python benchmarks/predict.py [--trees 200] [--leaves 31] [--rows 100000] [--threads 2] [--rounds 5]
Both answer the same float32 rows of 20 numbers, 2 % of them missing, with the same trees. Each round asks one
after the other, so that a busy machine hits both alike; processor seconds stand beside the wall clock.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.session import run, session
from milepost.graphs.slim import packed
from milepost.learners.boosting import Boosted


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of wall clock and of processor."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def main() -> None:
    """Prints sizes, the largest difference, rows a second and the latency of one row."""
    import lightgbm

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name, default in (("trees", 200), ("leaves", 31), ("rows", 100_000), ("threads", 2), ("rounds", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    x = rng.normal(size=(given.rows, 20)).astype(np.float32)
    x[rng.random(x.shape) < 0.02] = np.nan
    y = np.nansum(x[:, :6], axis=1) + np.nan_to_num(x[:, 0] * x[:, 1]) + rng.normal(size=len(x))
    params = {"num_leaves": given.leaves, "num_threads": given.threads, "verbosity": -1}
    seen = lightgbm.Dataset(x[:20_000], y[:20_000])
    native = lightgbm.train(params, seen, given.trees)
    trees = Boosted((native,), 1, given.trees, ())

    made = Builder()
    made.output(trees.emit(made, made.input("x", "float", 20)), "y", "float", 1)
    before, model = sum(node.ByteSize() for node in made.nodes), made.model()
    data = packed(model)
    print(f"graph {len(data) / 1e3:.0f} kB ({before / 1e3:.0f} kB in the older operator), "
          f"LightGBM's text {len(native.model_to_string()) / 1e3:.0f} kB")  # fmt: skip
    ours, one = session(data, given.threads), session(data)
    gap = run(ours, {"x": x})["y"][:, 0] - native.predict(x, num_threads=given.threads)
    print(f"largest difference {np.abs(gap).max():.1e}")
    ratios = []
    for _ in range(given.rounds):
        mine = timed(lambda: run(ours, {"x": x}))
        theirs = timed(lambda: native.predict(x, num_threads=given.threads))
        ratios.append([t / m for t, m in zip(theirs, mine, strict=True)])
        print(f"graph {given.rows / mine[0]:,.0f} rows/s ({given.rows / mine[1]:,.0f} a processor second), "
              f"LightGBM {given.rows / theirs[0]:,.0f} ({given.rows / theirs[1]:,.0f})")  # fmt: skip
    wall, processor = np.median(ratios, axis=0)
    print(f"times as quick as LightGBM, median: {wall:.2f} by the clock, {processor:.2f} by the processor")
    row = x[:1]
    for name, work in (("graph", lambda: run(one, {"x": row})), ("LightGBM", lambda: native.predict(row))):
        work()
        spent = [timed(work)[0] for _ in range(500)]
        print(f"one row, {name}: {1e3 * float(np.median(spent)):.3f} ms")


if __name__ == "__main__":
    main()
