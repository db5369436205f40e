"""Do the promises hold? The real search and the real opening of the seal on many made tables.

Counts how often the interval that is written down before the seal is opened holds the score that comes, how
often the corrected score's interval holds the true score of what ships (on many fresh rows), and what the
search would have claimed without a correction. Run it with `python benchmarks/optimism.py`; `--kind noise`
gives labels that mean nothing, where the truth is chance; `--kind time` has windows in time, whose first
models learn from few rows: what ships learns from all and is often better than the corrected score.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from milepost import metrics
from milepost.brief import Brief
from milepost.data.split import commitment
from milepost.graphs.session import session
from milepost.ledger import Evidence, now
from milepost.modalities.feeds import answers
from milepost.registry import import_file
from milepost.statistics.intervals import clopper_pearson
from milepost.steps.collect import ROW
from milepost.steps.final import Final
from milepost.steps.material import recipe_of
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.tune import Tune

KINDS = ("plain", "noise", "number", "time")
FRESH = 20_000
CHANCE = 0.5


@dataclass(frozen=True)
class Promise:
    """What one made project promised and what came.

    Args:
        naive: score on the rows that chose.
        corrected, low, high: the corrected score with its interval.
        promised: the interval written down before opening.
        came: the score on the sealed rows.
        truth: the score of what ships on many fresh rows.
        verdict: how `final` ended.
    """

    naive: float
    corrected: float
    low: float
    high: float
    promised: tuple[float, float]
    came: float
    truth: float
    verdict: str


def table(kind: str, rows: int, seed: int, fresh: bool = False) -> pl.DataFrame:
    """Rows of one world; with `fresh` other rows of the same one."""
    world, rng = np.random.default_rng((seed, 1)), np.random.default_rng((seed, 2, int(fresh)))
    x = rng.normal(size=(rows, 6))
    score = x @ world.normal(0, 0.6, 6) + 0.5 * x[:, 0] * x[:, 1]
    felt = score + rng.logistic(size=rows)
    columns: dict[str, Any] = {f"x{i}": x[:, i] for i in range(6)}
    if kind == "number":
        return pl.DataFrame(columns | {"y": felt})
    if kind == "noise":
        felt = rng.normal(size=rows)
    if kind == "time":
        columns["day"] = np.datetime64("2020-01-01") + (np.arange(rows) // 4).astype("timedelta64[D]")
    return pl.DataFrame(columns | {"y": np.where(felt > 0, "yes", "no")})


def brief(kind: str, trials: int) -> Brief:
    """A brief without a clock, so that a loaded machine changes nothing."""
    number = kind == "number"
    return Brief.of(
        {
            "target": {"columns": ["y"], "task": "regression" if number else "binary"},
            "success": {"metric": "rmse" if number else "roc_auc"},
            "data": {"time": "day" if kind == "time" else ""},
            "budget": {"seconds": 30.0, "threads": 1, "trials": trials},
        }
    )


def sealed(bench: Any, test: pl.DataFrame) -> None:
    """Gives a road its sealed rows."""
    test = test.with_row_index(ROW).with_columns(pl.col(ROW).cast(pl.Int64))
    old: Evidence = bench.evidence["collect"]
    salt = "made"
    found = {
        **old.findings,
        "sealed": test.height,
        "salt": salt,
        "commitment": commitment(test[ROW].to_numpy(), salt),
    }
    kept = {**old.artifacts, "test": bench.blobs.put_frame(test)}
    bench.evidence["collect"] = replace(old, findings=found, artifacts=kept, at=now())


def promise(
    kind: str, seed: int, rows: int = 200, trials: int = 6, families: Sequence[str] = ("linear", "lightgbm")
) -> Promise:
    """Carries one made table from `prepare` to `final`."""
    made = table(kind, rows + rows // 2, seed)
    with tempfile.TemporaryDirectory() as folder:
        noise: Any = import_file(Path(__file__).with_name("noise.py"))
        bench = noise.Bench(Path(folder), brief(kind, trials), made[:rows])
        sealed(bench, made[rows:])
        for step in (Prepare(), Protocol(), Tune(families=tuple(families)), Final()):
            outcome = bench.run(step)
        tuned, final = bench.evidence["tune"].findings, outcome.findings
        fresh = table(kind, FRESH, seed, fresh=True)
        work = bench.work(Final())
        task = work.task
        columns = recipe_of(work).schema.inputs
        opened = session(bench.blobs.get(outcome.artifacts["graph"]))
        found = answers(opened, fresh, {c.name: c.wire for c in columns})
        said = found["proba"][:, 1] if task.labels else found["value"][:, 0]
        truth = float(metrics.get(final.metric)(task.encode(fresh.select("y")), said))
        bench.ledger.rows.close()
    return Promise(
        tuned["naive"], tuned["corrected"], tuned["low"], tuned["high"],
        (final.low, final.high), final.score, truth, outcome.verdict,
    )  # fmt: skip


def share(hits: int, runs: int) -> str:
    """A share with its interval."""
    span = clopper_pearson(hits, runs)
    return f"{hits} of {runs} ({hits / runs:.1%}, 95 % interval {span.low:.1%} to {span.high:.1%})"


def main() -> None:
    """Counts and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--trials", type=int, default=6)
    parser.add_argument("--kind", choices=KINDS, default="plain")
    args = parser.parse_args()
    start = time.monotonic()
    found = [promise(args.kind, seed, args.rows, args.trials) for seed in range(args.runs)]
    came = sum(p.promised[0] <= p.came <= p.promised[1] for p in found)
    covered = sum(p.low <= p.truth <= p.high for p in found)
    failed = sum(p.verdict == "failed" for p in found)
    naive, corrected = (np.mean([getattr(p, n) - p.truth for p in found]) for n in ("naive", "corrected"))
    each = (time.monotonic() - start) / args.runs
    print(f"{args.kind}, {args.rows} rows, {args.trials} looks, {each:.2f} s each")
    print(f"promised interval held the score that came: {share(came, args.runs)}; failed: {failed}")
    above = sum(p.truth > p.high for p in found)
    print(f"corrected interval held the true score: {share(covered, args.runs)}; {above} were better")
    print(f"mean error of the naive score {naive:+.4f}, of the corrected one {corrected:+.4f}")
    if args.kind == "noise":
        chance = sum(p.low <= CHANCE <= p.high for p in found)
        print(f"corrected interval held chance: {share(chance, args.runs)}")


if __name__ == "__main__":
    main()
