"""One contender on one table, in whichever environment it lives: fits, answers, says what it cost.

    python contenders.py NAME JOB.json

It imports nothing of milepost unless NAME is milepost, so that each peer runs in an environment of its own.
JOB names train.parquet and held.parquet, target, task, metric, labels, budget, threads, seed and an empty
folder; answers.npy and facts.json are left there. Classes are text. Answers are the probability of the last
of two labels, probabilities (rows, labels) of several, or numbers.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from peers import CONTENDERS, Job, frames

SINGLES, LEAST = 50, 1.0
"""Rows asked one by one, and seconds for which the whole table is asked again and again."""


def rows_of(name: str, job: Job) -> tuple[Any, list[Any]]:
    """The rows held out and some of them one by one, as the contender takes them."""
    if name == "milepost":
        import polars as pl

        held = pl.read_parquet(job["held"])
        return held, json.loads(held.head(SINGLES).write_json())
    held = frames(job)[2]
    return held, [held.iloc[i : i + 1] for i in range(min(SINGLES, len(held)))]


def main() -> None:
    """Fits, then measures answers."""
    name, job = sys.argv[1], json.loads(Path(sys.argv[2]).read_text())
    folder, begun = Path(job["folder"]), time.perf_counter()
    answer, size = CONTENDERS[name](job)
    facts: dict[str, Any] = {"fit_seconds": time.perf_counter() - begun}
    (folder / "fitted").touch()
    held, singles = rows_of(name, job)
    np.save(folder / "answers.npy", np.asarray(answer(held)))
    start, asked = time.perf_counter(), 0
    while time.perf_counter() - start < LEAST:
        answer(held)
        asked += len(held)
    facts["rows_per_second"] = asked / (time.perf_counter() - start)
    spent = []
    for row in singles:
        start = time.perf_counter()
        answer(row)
        spent.append(time.perf_counter() - start)
    facts["row_ms"] = 1000 * statistics.median(spent)
    facts["bytes"] = size()
    (folder / "facts.json").write_text(json.dumps(facts))


if __name__ == "__main__":
    main()
