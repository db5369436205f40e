"""Where the seconds of a road go: by milepost and size, and what ledger, digests and report take of them.

    python benchmarks/seconds.py --rows 1000 50000 336776 --budget 60

The rows are those of the demo `late-flights`, spaced evenly over the year. "keeping" is the time in which
some thread wrote or read the store (rows of the ledger, blobs) or computed a digest; the report comes once.
"""

from __future__ import annotations

import argparse
import functools
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from milepost import Project, digest
from milepost.brief import Brief
from milepost.demos import flights
from milepost.steps import collect, run, work
from milepost.steps.workflow import ROAD
from milepost.store.blobs import Blobs
from milepost.store.rows import Rows

GETS = ("get", "get_array", "get_frame", "get_json")
PUTS = ("put", "put_file", "put_array", "put_frame", "put_json")
KEEPING = {"append", "last", "select", *GETS, *PUTS}


class Meter:
    """Wall-clock seconds spent inside some functions, nested calls counted once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._deep = threading.local()

    def wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed."""

        @functools.wraps(function)
        def timed(*args: Any, **named: Any) -> Any:
            if getattr(self._deep, "inside", False):
                return function(*args, **named)
            self._deep.inside, start = True, time.perf_counter()
            try:
                return function(*args, **named)
            finally:
                self._deep.inside = False
                self.seconds += time.perf_counter() - start

        return timed


def watch(meter: Meter) -> None:
    """Times the store and the digests."""
    for kind in (Rows, Blobs):
        for name in KEEPING & set(vars(kind)):
            setattr(kind, name, meter.wrap(getattr(kind, name)))
    for module in (digest, run, collect, work):
        for name in ("digest", "digest_bytes", "digest_file"):
            if callable(getattr(module, name, None)):
                setattr(module, name, meter.wrap(getattr(module, name)))


def road(rows: int, budget: float, meter: Meter) -> str:
    """One road: a line of seconds."""
    with tempfile.TemporaryDirectory(prefix="milepost-seconds-") as home:
        folder = Path(home) / "flights"
        flights.build(folder)
        table = pl.read_parquet(folder / flights.TABLE)
        few = table[np.linspace(0, table.height - 1, min(rows, table.height)).astype(int)]
        few.write_parquet(folder / flights.TABLE)
        Brief.load(folder).changed({"budget.seconds": budget}).write(folder)
        project = Project(folder)
        meter.seconds, start = 0.0, time.perf_counter()
        project.run(yes=True, waive_all="a benchmark goes on to its end")
        whole, kept = time.perf_counter() - start, meter.seconds
        start = time.perf_counter()
        project.report()
        report = time.perf_counter() - start
        made = [project.ledger.last(step.name) for step in ROAD]
    seconds = " ".join(f"{e.seconds if e else float('nan'):>10.1f}" for e in made)
    share = (kept + report) / (whole + report)
    return f"{few.height:>8,} {whole:>6.1f} {kept:>8.2f} {report:>7.2f} {share:>6.1%} {seconds}"


def main() -> None:
    """Prints a line a size."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 50_000, 336_776])
    parser.add_argument("--budget", type=float, default=60.0)
    given = parser.parse_args()
    meter = Meter()
    watch(meter)
    names = " ".join(f"{step.name:>10}" for step in ROAD)
    print(f"{'rows':>8} {'road s':>6} {'keeping':>8} {'report':>7} {'share':>6} {names}")
    for rows in given.rows:
        print(road(rows, given.budget, meter), flush=True)


if __name__ == "__main__":
    main()
