"""Carries tables down the whole road and sets each model beside a LightGBM with default settings.

Run: python benchmarks/road.py INDEX.json [--budget 60s] [--only NAME,..] [--rows N] [--keep DIR]
INDEX.json is a list of objects with `name`, `file` (relative to the index) and `target` (several separated
by commas); `task`, `metric`, `time`, `group` and `positive` are optional. A quarter of the rows, chosen by
a hash of place and content, is held out before the road begins. LightGBM learns from the same rows, once
from the columns that milepost kept and once from all of them, leaks too; categories as such. `ratio` is the
gain over the naive answer, milepost's by LightGBM's, and `z` milepost's gain over LightGBM in paired standard
errors: above 1 and above 0 milepost is better. Each table runs in a process of its own, so that one failure
or peak says nothing of the others. `--table FILE` writes the tables of the documentation.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rivals import default

from milepost import Project, metrics
from milepost.data.read import read
from milepost.serving.answer import Answerer
from milepost.shipping.batch import batches, task_of
from milepost.shipping.manifest import Package, open_package
from milepost.steps.clock import SHARES
from milepost.steps.margin import margin
from milepost.tasks.base import Task
from milepost.tasks.infer import infer

sys.path.insert(0, str(Path(__file__).parent))

Array = np.ndarray[Any, Any]
Entry = Mapping[str, Any]
OPTIONS = ("task", "metric", "time", "group", "positive")
HEAD = f"{'table':22} {'metric':17} {'score':>9} {'naive':>9} {'LightGBM':>9} {'ratio':>6} {'z':>6} "
HEAD += (
    f"{'s':>6} {'cpu s':>6} {'budgeted':>8} {'package':>8} {'row ms':>6} {'differs':>8} {'MiB':>5}  verdicts"
)


def load(entry: Entry, base: Path, most: int | None) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """Rows to learn from, labelled rows held out by a hash of their content, and the target columns."""
    frame = read(str(base / entry["file"])).frame
    targets = [entry["target"]] if entry["target"] in frame.columns else entry["target"].split(",")
    if most and frame.height > most:
        step = np.linspace(0, frame.height - 1, most).astype(int)
        frame = frame[step]
    out = frame.with_row_index("place of a row").hash_rows(seed=0) % 4 == 0
    held = frame.filter(out).drop_nulls(targets)
    return frame.filter(~out), held, targets


def answers(project: Project, package: Package, held: pl.DataFrame, task: Task) -> Array:
    """What the package predicts, as an array."""
    found = pl.concat(list(batches(package, held, project.brief.budget.threads)))
    if task.labels:
        proba = found.select([f"proba_{label}" for label in task.labels]).to_numpy()
        return np.asarray(proba[:, 1] if task.family == "binary" else proba)
    names = [name for name in found.columns if name.startswith("prediction")]
    values = found.select(names).to_numpy()
    return np.asarray(values if len(task.targets) > 1 else values[:, 0])


def latency(package: Package, held: pl.DataFrame) -> float:
    """Median milliseconds of one row in process."""
    answerer = Answerer(package)
    rows = json.loads(held.select(answerer.columns).head(50).write_json())
    spent = []
    for row in (rows * 10)[:300]:
        start = time.perf_counter()
        answerer.answer([row])
        spent.append(time.perf_counter() - start)
    return 1000 * statistics.median(spent)


def carry(entry: Entry, base: Path, folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """One table down the road: everything that the line and a reader of --keep need."""
    train, held, targets = load(entry, base, given.rows)
    train.write_parquet(folder / "train.parquet")
    held.write_parquet(folder / "held.parquet")
    guessed, why = infer(train.select(targets).drop_nulls(), None, "")
    options = {name: entry[name] for name in OPTIONS if entry.get(name)}
    start, processor = time.perf_counter(), time.process_time()
    project = Project.new(
        folder / "project", folder / "train.parquet", ",".join(targets), budget=given.budget,
        threads=given.threads, refit="all", **options,
    )  # fmt: skip
    status = project.run(yes=True, waive_all="a benchmark goes on to its end")
    miles = {m.step: {"state": m.state, "reason": m.reason, "seconds": m.seconds} for m in status.miles}
    line: dict[str, Any] = {"name": entry["name"], "seconds": time.perf_counter() - start, "miles": miles}
    line["processor"] = time.process_time() - processor
    line["guessed"] = f"{guessed.name}: {why}"
    line["budgeted"] = sum(m.seconds for m in status.miles if m.step in SHARES)
    if not status.done:
        return {**line, "error": status.next}
    package = open_package(project.package)
    kept = [c.name for c in package.manifest.columns]
    line["dropped"] = [n for n in train.columns if n not in kept and n not in targets]
    line["bytes"] = sum(f.stat().st_size for f in project.package.iterdir())
    line["difference"] = project.found("ship").difference
    line["latency"] = latency(package, held)
    report = time.perf_counter()
    project.report()
    line["report"] = time.perf_counter() - report
    return {**line, **compared(project, package, (train.drop_nulls(targets), held), given.threads)}


def compared(
    project: Project, package: Package, rows: tuple[pl.DataFrame, pl.DataFrame], threads: int
) -> dict[str, Any]:
    """The scores on the rows held out: of the package, of the naive answer and of LightGBM."""
    task, (train, held) = task_of(package), rows
    targets, metric = list(task.targets), metrics.get(project.brief.success.metric)
    if task.labels:
        held = held.filter(pl.col(targets[0]).is_in(train[targets[0]].unique().implode()))
    truth = task.encode(held.select(targets))
    mine = answers(project, package, held, task)
    score = float(metric(truth, mine))
    constant = task.naive(task.encode(train.select(targets)))
    naive = float(metric(truth, task.repeat(constant, len(truth))))
    found: dict[str, Any] = {"metric": metric.name, "score": score, "naive": naive, "held": len(truth)}
    kept = [c.name for c in package.manifest.columns]
    for prefix, columns in (("", kept), ("all ", [n for n in train.columns if n not in targets])):
        other = default(task, columns, (train, held), targets, threads)
        rival = float(metric(truth, other))
        theirs = metric.gain(rival, naive)
        found[f"{prefix}lightgbm"] = rival
        found[f"{prefix}ratio"] = metric.gain(score, naive) / theirs if theirs > 0 else float("nan")
        gain, error = margin(metric, truth, [mine, other], np.arange(len(truth)))
        found[f"{prefix}z"] = gain / error if error > 0 else 0.0
    return found


def alone(entry: Entry, base: Path, folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """The same with errors as facts, and the peak of the memory."""
    try:
        line = carry(entry, base, folder, given)
    except Exception as problem:
        line = {
            "name": entry["name"],
            "error": f"{type(problem).__name__}: {problem}",
            "trace": traceback.format_exc(),
        }
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {**line, "memory": peak / 1024}


def shown(line: Mapping[str, Any]) -> str:
    """A line for people."""
    miles = line.get("miles", {})
    states = " ".join(f"{n}:{m['state']}" for n, m in miles.items() if m["state"] not in ("passed", "noted"))
    if "error" in line:
        return f"{line['name'][:22]:22} {line['error']} {states}"
    text = f"{line['name'][:22]:22} {line['metric'][:17]:17} {line['score']:9.4g} {line['naive']:9.4g} "
    text += f"{line['lightgbm']:9.4g} {line['ratio']:6.3f} {line['z']:6.2f} "
    text += f"{line['seconds']:6.1f} {line['processor']:6.1f} {line['budgeted']:8.1f} "
    text += f"{line['bytes'] / 1e6:6.2f}MB {line['latency']:6.3f} {line['difference']:8.1e} "
    return text + f"{line['memory']:5.0f}  {states or 'all passed'}"


def summary(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """On how many tables milepost keeps up, and how it does on average."""
    ended = [line for line in lines if "error" not in line]
    said = [f"{len(ended)} of {len(lines)} tables came to the end of the road."]
    for prefix, where in (("", "the columns that milepost kept"), ("all ", "all columns")):
        if not ended:
            break
        level = sum(line[f"{prefix}z"] >= -1 for line in ended)
        better = sum(line[f"{prefix}z"] > 1 for line in ended)
        ratios = [line[f"{prefix}ratio"] for line in ended if np.isfinite(line[f"{prefix}ratio"])]
        said.append(
            f"Beside LightGBM on {where}: not worse by more than one paired standard error on {level} of "
            f"{len(ended)}, better by more than one on {better}; gain over the naive answer by LightGBM's: "
            f"mean {np.mean(ratios):.3f}, median {np.median(ratios):.3f}."
        )
    return said


def page(lines: Sequence[Mapping[str, Any]], budget: float) -> str:
    """The tables of the documentation, in Markdown."""
    head = ("table", "metric", "milepost", "naive", "LightGBM", "z", "on all columns", "z")
    more = ("table", *SHARES, "whole road s", "budgeted s", "package MB", "row ms", "differs")
    ended = [line for line in lines if "error" not in line]
    scores = [
        (e["name"], e["metric"], *(f"{e[k]:.4g}" for k in ("score", "naive", "lightgbm")), f"{e['z']:+.1f}",
         f"{e['all lightgbm']:.4g}", f"{e['all z']:+.1f}")
        for e in ended
    ]  # fmt: skip
    costs = [
        (e["name"], *(f"{e['miles'][n]['seconds']:.1f}" for n in SHARES), f"{e['seconds']:.0f}",
         f"{e['budgeted']:.1f}", f"{e['bytes'] / 1e6:.2f}", f"{e['latency']:.2f}", f"{e['difference']:.0e}")
        for e in ended
    ]  # fmt: skip
    failed = [f"* {line['name']}: {line['error']}" for line in lines if "error" in line]
    said = [f"* {sentence}" for sentence in summary(lines)]
    parts = [
        f"Budget {budget:g} s a table.",
        *said,
        *failed,
        "",
        *_grid(head, scores),
        "",
        *_grid(more, costs),
    ]
    return "\n".join(parts) + "\n"


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]


def child(entry: Entry, base: Path, folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Runs a table in a process of its own and reads what it found."""
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / "line.json"
    job = json.dumps([dict(entry), str(base), str(folder), vars(given)])
    done = subprocess.run([sys.executable, __file__, "--job", job], capture_output=True, text=True)
    (folder / "said.txt").write_text(done.stdout + done.stderr)
    if not out.exists():
        return {
            "name": entry["name"],
            "error": f"the process ended with {done.returncode}: {done.stderr[-300:]}",
        }
    return dict(json.loads(out.read_text()))


def free(folder: Path) -> Path:
    """The folder, or one beside it with a number where it is taken."""
    return next(
        p
        for p in (folder, *(folder.with_name(f"{folder.name}-{i}") for i in range(2, 999)))
        if not p.exists()
    )


def seconds(text: str) -> float:
    """Seconds from "20s" or "20"."""
    return float(text.removesuffix("s"))


def main() -> None:
    """Reads the arguments and prints a line a table as they end."""
    if sys.argv[1:2] == ["--job"]:
        entry, base, folder, rest = json.loads(sys.argv[2])
        line = alone(entry, Path(base), Path(folder), argparse.Namespace(**rest))
        (Path(folder) / "line.json").write_text(json.dumps(line, indent=1))
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("index", type=Path, help="a list of tables as JSON")
    parser.add_argument("--budget", type=seconds, default=60.0, help="seconds a table")
    parser.add_argument("--only", default="", help="names separated by commas")
    parser.add_argument("--rows", type=int, help="at most so many rows of a table")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--table", type=Path, help="a Markdown file to write")
    parser.add_argument("--keep", type=Path, help="where projects are kept; else they are thrown away")
    given = parser.parse_args()
    base, only = given.index.resolve().parent, [n for n in given.only.split(",") if n]
    entries = [e for e in json.loads(given.index.read_text()) if not only or e["name"] in only]
    rest = {"budget": given.budget, "rows": given.rows, "threads": given.threads}
    print(HEAD)
    lines = []
    for entry in entries:
        with tempfile.TemporaryDirectory() as passing:
            folder = free((given.keep or Path(passing)) / entry["name"])
            line = child(entry, base, folder.resolve(), argparse.Namespace(**rest))
        lines.append(line)
        print(shown(line), flush=True)
        if given.table:
            given.table.write_text(page(lines, given.budget), encoding="utf-8")
    print("\n".join(summary(lines)))


if __name__ == "__main__":
    main()
