"""How often pure noise passes the baseline gate: the real steps on made tables whose labels mean nothing.

Run it with `python benchmarks/noise.py`; `--runs`, `--rows`, `--columns`, `--kind` change the tables. A gate
that keeps its word lets about one in twenty through; the upper end of the interval is what counts.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
import polars as pl

from milepost import metrics
from milepost.brief import Brief
from milepost.data.infer import infer_schema
from milepost.digest import digest, plain
from milepost.engines.local import Local
from milepost.ledger import Evidence, Ledger, now
from milepost.statistics.intervals import clopper_pearson
from milepost.steps.base import Outcome, Step
from milepost.steps.baseline import Baseline
from milepost.steps.clock import Clock
from milepost.steps.collect import Findings as Collected
from milepost.steps.frame import Findings as Framed
from milepost.steps.measure import Findings as Measured
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.understand import Findings as Understood
from milepost.steps.work import Work
from milepost.store.blobs import Blobs
from milepost.store.rows import Rows
from milepost.tasks.base import tasks

KINDS = ("binary", "multiclass", "number", "groups", "time", "tiny")


def blank(kind: Any, **known: Any) -> Any:
    """A findings dataclass with what is known, everything else empty."""
    empty = {"str": "", "int": 0, "float": 0.0, "bool": False, "tuple": (), "Mapping": {}, "dict": {}}
    made = dict(known)
    for part in fields(kind):
        if part.name in known or part.default is not MISSING or part.default_factory is not MISSING:
            continue
        hint = get_type_hints(kind)[part.name]
        optional = type(None) in get_args(hint)
        name = getattr(get_origin(hint) or hint, "__name__", "")
        made[part.name] = None if optional else blank(hint) if is_dataclass(hint) else empty.get(name)
    return kind(**made)


@dataclass
class Bench:
    """A road with development rows at its start: steps run on it one after another, without a project.

    Args:
        folder: where its store lies.
        brief: what is to be found out.
        frame: the development rows.
        groups: the group of each row; None for independent rows.
        shares: a step has its share of the budget, as on the road, instead of all of it.
    """

    folder: Path
    brief: Brief
    frame: pl.DataFrame
    groups: np.ndarray[Any, Any] | None = None
    shares: bool = False
    evidence: dict[str, Evidence] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.blobs = Blobs(self.folder / "blobs")
        self.ledger = Ledger(Rows(self.folder / "rows.db"))
        self.engine = Local(self.brief.budget.threads)
        brief, frame, data = self.brief, self.frame, self.brief.data
        task = tasks[brief.target.task].bind(frame.select(brief.target.columns))
        hypotheses = tuple(brief.problem.hypotheses)
        self._found("frame", blank(Framed, task=task.plain(), hypotheses=hypotheses))
        groups = np.arange(frame.height) if self.groups is None else self.groups
        kept = {"development": self.blobs.put_frame(frame), "groups": self.blobs.put_array(groups)}
        how = "time" if data.time else "group" if data.group else "random"
        near = 0 if data.group else frame.height - len(np.unique(groups))
        self._found("collect", blank(Collected, rows=frame.height, how=how, near=near), kept)
        schema = infer_schema(frame, task.targets, {}, data.time or None, data.group or None)
        self._found("understand", blank(Understood, schema=tuple(schema.plain())))
        metric = metrics.get(brief.success.metric)
        self._found("measure", blank(Measured, metric=metric.name, better=metric.better))

    def _found(self, step: str, findings: Any, artifacts: Mapping[str, str] | None = None) -> None:
        key, kept = digest(step), dict(artifacts or {})
        self.evidence[step] = Evidence(
            step, 1, key, {}, {}, plain(findings), kept, "passed", "", "", now(), 0.0
        )

    def work(self, step: Step) -> Work:
        """What the step can reach."""
        kinds: dict[str, type] = {}
        total = self.brief.budget.seconds
        clock = Clock.of(step.name, total, {}, None if self.shares else total)
        return Work(
            step.name,
            self.folder,
            self.brief,
            self.ledger,
            self.blobs,
            self.engine,
            clock,
            self.evidence,
            kinds,
        )

    def run(self, step: Step) -> Outcome:
        """Runs a step and keeps what it found for the next."""
        outcome = step.run(self.work(step))
        self._found(step.name, outcome.findings, outcome.artifacts)
        return outcome


@dataclass(frozen=True)
class Noise:
    """One kind of table without a relation.

    Args:
        kind: one of `KINDS`.
        rows: number of rows.
        columns: number of columns of numbers; a category comes with them.
    """

    kind: str
    rows: int
    columns: int

    def frame(self, seed: int) -> pl.DataFrame:
        """A table whose target follows from nothing."""
        rng, rows = np.random.default_rng((seed, 11)), self.rows
        table: dict[str, Any] = {f"x{i}": rng.normal(size=rows) for i in range(self.columns)}
        table["city"] = [("Wien", "Oslo", "Lima")[i] for i in rng.integers(0, 3, rows)]
        if self.kind == "groups":
            person = rng.integers(0, rows // 5, rows)
            table |= {name: table[name] + rng.normal(size=rows // 5)[person] for name in ("x0", "x1")}
            felt = rng.normal(size=rows // 5)[person] + rng.normal(size=rows)
            return pl.DataFrame(table | {"person": person, "y": np.where(felt > 0, "yes", "no")})
        if self.kind == "time":
            table["day"] = np.datetime64("2020-01-01") + np.arange(rows).astype("timedelta64[D]")
        if self.kind in ("number", "time"):
            return pl.DataFrame(table | {"y": rng.normal(size=rows)})
        names = ("a", "b", "c") if self.kind == "multiclass" else ("no", "yes")
        return pl.DataFrame(table | {"y": rng.choice(names, rows)})

    def brief(self) -> Brief:
        """What is to be found out."""
        task = "regression" if self.kind in ("number", "time") else "binary"
        task = "multiclass" if self.kind == "multiclass" else task
        metric = (
            "log_loss"
            if self.kind == "groups"
            else {"regression": "rmse", "multiclass": "log_loss", "binary": "roc_auc"}[task]
        )
        return Brief.of(
            {
                "target": {"columns": ["y"], "task": task},
                "success": {"metric": metric},
                "data": {
                    "time": "day" if self.kind == "time" else "",
                    "group": "person" if self.kind == "groups" else "",
                },
                "budget": {"seconds": 12.0, "threads": 1},
            }
        )

    def passes(self, seed: int) -> bool:
        """Whether the gate opens for a table of this kind."""
        frame = self.frame(seed)
        groups = frame["person"].to_numpy() if self.kind == "groups" else None
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(Path(folder), self.brief(), frame, groups, shares=True)
            for step in (Prepare(), Protocol(), Baseline()):
                outcome = bench.run(step)
        return bool(outcome.findings.beats)


def main() -> None:
    """Counts, and prints the share with its interval."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--rows", type=int, default=250)
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--kind", choices=KINDS, default="binary")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    args = parser.parse_args()
    noise = Noise(args.kind, 60 if args.kind == "tiny" else args.rows, args.columns)
    start = time.monotonic()
    passed = sum(noise.passes(seed) for seed in range(args.first, args.first + args.runs))
    span = clopper_pearson(passed, args.runs)
    print(
        f"{args.kind}: {passed} of {args.runs} tables of pure noise passed the gate "
        f"({passed / args.runs:.1%}, 95 % interval {span.low:.1%} to {span.high:.1%}), "
        f"{(time.monotonic() - start) / args.runs:.2f} s each"
    )


if __name__ == "__main__":
    main()
