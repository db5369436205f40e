"""Where the memory of a road goes: its peak by milepost, and what was going on then.

    python benchmarks/memory.py TABLE.parquet TARGET --budget 60
    python benchmarks/memory.py TABLE.parquet TARGET --metric rmse --trace memory.csv

Megabytes are proportional set size: pages that processes share are counted in parts. "own" are the pages
that the process wrote itself, "files" those of libraries, which the system can drop and read again. "end"
is what is left when the milepost has ended. `--trace` keeps every sample.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from milepost import Project
from milepost.steps.work import Talk

EVERY = 0.1


class Sample(NamedTuple):
    """Memory at one moment, in megabytes, and what the road did then."""

    second: float
    step: str
    doing: str
    total: float
    own: float


def memory() -> tuple[float, float]:
    """Megabytes of this process, and those of them that it wrote itself."""
    lines = [line.split() for line in Path("/proc/self/smaps_rollup").read_text().splitlines()]
    found = {parts[0]: int(parts[1]) * 1024 / 1e6 for parts in lines if parts[0].startswith("Pss")}
    return found["Pss:"], found["Pss_Anon:"]


class Watch(threading.Thread):
    """Looks at the memory ten times a second until it is told that the road is over."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.step, self.doing, self.samples = "new", "", list[Sample]()
        self.start_at, self.over = time.perf_counter(), threading.Event()

    def run(self) -> None:
        """Looks."""
        while not self.over.wait(EVERY):
            self.look()

    def look(self) -> None:
        """One sample."""
        second = time.perf_counter() - self.start_at
        self.samples.append(Sample(second, self.step, self.doing, *memory()))

    def said(self, text: str, _: float | None) -> None:
        """Notes what the step says that it does."""
        self.doing = text

    def ended(self, following: str) -> None:
        """Notes that a milepost has ended, and which one comes next."""
        self.look()
        self.step, self.doing = following, ""


def walk(given: argparse.Namespace, folder: Path, watch: Watch) -> None:
    """The whole road; a failed gate is waived."""
    options = {name: getattr(given, name) for name in ("task", "metric") if getattr(given, name)}
    project = Project.new(
        folder / "project", given.table, given.target, budget=given.budget, threads=given.threads,
        seed=given.seed, refit="all", **options,
    )  # fmt: skip
    names = [kind.name for kind in project.road.steps]
    following = dict(zip(names, [*names[1:], "report"], strict=True))
    watch.ended(names[0])
    talk = Talk(say=watch.said, done=lambda made, _: watch.ended(following[made.step]))
    project.run(yes=True, waive_all="a benchmark goes on to its end", talk=talk)


def told(samples: list[Sample]) -> str:
    """A line for each milepost, and one for all."""
    lines = [f"{'milepost':10} {'s':>5} {'peak MB':>8} {'own':>6} {'files':>6} {'end':>6}  at the peak"]
    for step in dict.fromkeys(sample.step for sample in samples):
        some = [sample for sample in samples if sample.step == step]
        high = max(some, key=lambda sample: sample.total)
        spent, files = some[-1].second - some[0].second, high.total - high.own
        parts = f"{high.total:8.0f} {high.own:6.0f} {files:6.0f} {some[-1].total:6.0f}  {high.doing[:60]}"
        lines.append(f"{step:10} {spent:5.1f} {parts}")
    high = max(samples, key=lambda sample: sample.total)
    lines.append(f"{'all':10} {samples[-1].second:5.1f} {high.total:8.0f} in {high.step}")
    return "\n".join(lines)


def main() -> None:
    """Reads the arguments, walks, tells."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("table", type=Path, help="a file that milepost reads")
    parser.add_argument("target")
    parser.add_argument("--task", default="")
    parser.add_argument("--metric", default="")
    parser.add_argument("--budget", default="60s")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trace", type=Path, help="a CSV file for all samples")
    given = parser.parse_args()
    watch = Watch()
    watch.start()
    with tempfile.TemporaryDirectory() as folder:
        walk(given, Path(folder), watch)
    watch.over.set()
    watch.join()
    if given.trace:
        with given.trace.open("w", newline="") as file:
            csv.writer(file).writerows([Sample._fields, *watch.samples])
    print(told(watch.samples))


if __name__ == "__main__":
    main()
