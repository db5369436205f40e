"""Measures how well the road keeps its budget: seconds of each step until final has ended, as a share of it.

    python benchmarks/budget.py --rows 2000 20000 200000 --budgets 20 60 120

Run it on a machine that does nothing else: the load that others caused is printed beside each road.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
from pathlib import Path

from milepost import Project
from milepost.steps.clock import ABOVE, SHARES
from milepost.testing import toys


def main() -> None:
    """Walks one road a size and budget and prints the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[2_000, 20_000, 200_000])
    parser.add_argument("--budgets", type=float, nargs="+", default=[20.0, 60.0])
    parser.add_argument("--target", default="bought", choices=["bought", "tier", "spent"])
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    print(
        f"{'rows':>8} {'budget':>7} {'used':>6} {'load':>5} {'MiB':>6}  "
        + " ".join(f"{n:>10}" for n in (*ABOVE, *SHARES))
    )
    others = [name for name in ("bought", "tier", "spent") if name != given.target]
    for rows in given.rows:
        table = toys.shop(rows).drop(others)
        for budget in given.budgets:
            with tempfile.TemporaryDirectory(prefix="milepost-budget-") as home:
                options = {"budget": f"{budget:g}s", "threads": given.threads}
                project = Project.new(Path(home) / "p", table, given.target, **options)
                project.run(until="final", yes=True, waive_all="a benchmark")
                made = {name: project.ledger.last(name) for name in (*ABOVE, *SHARES)}
                seconds = {name: evidence.seconds if evidence else 0.0 for name, evidence in made.items()}
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            used, load = sum(seconds.values()) / budget, os.getloadavg()[0]
            shares = " ".join(f"{value:9.1f}s" for value in seconds.values())
            print(f"{rows:>8} {budget:>6g}s {used:>6.1%} {load:>5.1f} {memory:>6.0f}  {shares}", flush=True)


if __name__ == "__main__":
    main()
