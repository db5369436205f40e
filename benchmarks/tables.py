"""milepost and its peers on the same tables, rows, threads and seconds, each in a process of its own.

    bash benchmarks/peers.sh PEERS
    python benchmarks/tables.py INDEX.json --peers PEERS --keep RESULTS --budgets 10 60 240
    python benchmarks/tables.py INDEX.json --keep RESULTS --record results.csv --page tables.md

INDEX.json is a list of objects with `name`, `file` (relative to the index), `target`, `task` and `metric`;
`drop` lists columns that nobody gets, such as leaks. A quarter of the rows is held out, chosen by a hash of
what they hold beside the target, so that copies of a row lie on one side: else who remembers rows wins. For
each table and budget all contenders run one after the other, another one first each time, so that a noisy
machine hits all alike. What has run is kept in RESULTS and not run again, failures too; `--record` adds it
to a CSV file of results, `--page` tells what both know. Peers that know no budget run once a table, as part
of the smallest.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from records import joined, record, recorded
from standings import page, scored

Entry = Mapping[str, Any]
TIMED = ("milepost", "autogluon-medium", "autogluon-best", "flaml")
PLAIN = ("catboost", "lightgbm", "histgb", "realmlp", "tabm")
HOME = {"autogluon-medium": "ag", "autogluon-best": "ag"}
"""The environment of a peer, where it is not "kit"."""
SLACK, LONGEST = 4.0, 300.0
"""A process is ended after so many budgets and so many seconds more."""


def divided(entry: Entry, base: Path, folder: Path, most: int | None) -> dict[str, Any]:
    """Writes the rows to learn from and those held out, targets apart; returns what a job says of them."""
    from milepost.data.read import read

    frame = read(str(base / entry["file"])).frame.drop(entry.get("drop", []))
    frame = frame.drop_nulls(entry["target"])
    if most and frame.height > most:
        frame = frame.sample(most, seed=0)
    if entry["task"] != "regression":
        frame = frame.with_columns(pl.col(entry["target"]).cast(pl.String))
    out = frame.drop(entry["target"]).hash_rows(seed=0) % 4 == 0
    train, held = frame.filter(~out), frame.filter(out)
    labels: list[str] = []
    if entry["task"] != "regression":
        held = held.filter(pl.col(entry["target"]).is_in(train[entry["target"]].unique().implode()))
        counts = train[entry["target"]].value_counts().sort("count", descending=True)
        labels = counts[entry["target"]].to_list() if entry["task"] == "binary" else []
        labels = labels or sorted(train[entry["target"]].unique().to_list())
    folder.mkdir(parents=True, exist_ok=True)
    train.write_parquet(folder / "train.parquet")
    held.drop(entry["target"]).write_parquet(folder / "held.parquet")
    held.select(entry["target"]).write_parquet(folder / "truth.parquet")
    paths = {name: str(folder / f"{name}.parquet") for name in ("train", "held", "truth")}
    shape = {"rows": train.height, "columns": train.width - 1}
    kept = ("name", "target", "task", "metric")
    return {**paths, **shape, **{k: entry[k] for k in kept}, "labels": labels}


class Watch(threading.Thread):
    """Memory of a process and all it starts, as proportional set size, four times a second."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root, self.peak, self.over = root, 0, threading.Event()

    def run(self) -> None:
        """Looks until told that it is over."""
        while not self.over.wait(0.25):
            self.peak = max(self.peak, sum(_memory(pid) for pid in _family(self.root)))


def _family(root: int) -> list[int]:
    """A process and its descendants."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        parents.setdefault(parent, []).append(int(path.parent.name))
    found, waiting = [], [root]
    while waiting:
        found.append(waiting.pop())
        waiting += parents.get(found[-1], [])
    return found


def _memory(pid: int) -> int:
    """Bytes of a process, pages that it shares counted in parts."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def contend(name: str, job: Mapping[str, Any], python: str) -> dict[str, Any]:
    """Runs a contender and says what it cost; failures are facts too."""
    folder = Path(job["folder"])
    folder.mkdir(parents=True)
    (folder / "job.json").write_text(json.dumps(job))
    threads = str(job["threads"])
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), threads)
    command = [python, str(Path(__file__).with_name("contenders.py")), name, str(folder / "job.json")]
    used, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with (folder / "said.txt").open("w") as said:
        child = subprocess.Popen(command, stdout=said, stderr=said, env={**os.environ, **limits})
        watch = Watch(child.pid)
        watch.start()
        try:
            child.wait(SLACK * job["budget"] + LONGEST)
        except subprocess.TimeoutExpired:
            for pid in _family(child.pid):
                os.kill(pid, 9)
            child.wait()
        watch.over.set()
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = spent.ru_utime + spent.ru_stime - used.ru_utime - used.ru_stime
    line = {"contender": name, "cpu_seconds": processor, "seconds": time.perf_counter() - start}
    line["memory"] = watch.peak
    facts = folder / "facts.json"
    if child.returncode or not facts.exists():
        return {**line, "error": (folder / "said.txt").read_text()[-500:] or f"ended with {child.returncode}"}
    return {**line, **json.loads(facts.read_text())}


def due(given: argparse.Namespace) -> list[tuple[float, str]]:
    """Budgets and contenders to run for a table; those without a clock once."""
    wanted = given.contenders or (*TIMED, *PLAIN)
    pairs = [(b, n) for b in given.budgets for n in TIMED if n in wanted]
    return pairs + [(0.0, n) for n in PLAIN if n in wanted]


def table(entry: Entry, at: int, given: argparse.Namespace) -> None:
    """All that is still to run on one table."""
    folder = given.keep / entry["name"]
    shape = folder / "shape.json"
    if not shape.exists():
        found = divided(entry, given.index.resolve().parent, folder, given.rows)
        shape.write_text(json.dumps(found))
    job = json.loads(shape.read_text())
    pairs = due(given)
    pairs = pairs[at % len(pairs) :] + pairs[: at % len(pairs)]
    for budget, name in pairs:
        own = folder / f"{name}-{budget:g}-{given.seed}"
        if (own / "line.json").exists():
            continue
        if own.exists():  # it was interrupted
            own.rename(own.with_name(f"{own.name}-broken-{time.time_ns()}"))
        python = sys.executable
        if name != "milepost":
            python = str((given.peers / HOME.get(name, "kit") / "bin" / "python").absolute())
        rest = {"budget": budget or given.budgets[0], "threads": given.threads, "seed": given.seed}
        line = contend(name, {**job, **rest, "folder": str(own.resolve())}, python)
        line |= {"table": entry["name"], "budget": budget, "seed": given.seed}
        (own / "line.json").write_text(json.dumps(line, indent=1))
        said = line.get("error", "")[-100:] or f"{line['fit_seconds']:.1f} s, {line['bytes'] / 1e6:.2f} MB"
        print(f"{entry['name']:22} {budget:4g} {name:17} {said}", flush=True)


def main() -> None:
    """Reads the arguments, runs what is due, and tells what there is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("index", type=Path, help="a list of tables as JSON")
    parser.add_argument("--peers", type=Path, help="where benchmarks/peers.sh made environments")
    parser.add_argument("--keep", type=Path, required=True, help="where results are kept")
    parser.add_argument("--budgets", type=float, nargs="+", default=[60.0], help="seconds")
    parser.add_argument("--contenders", nargs="+", help="only these")
    parser.add_argument("--only", nargs="+", help="only these tables")
    parser.add_argument("--rows", type=int, help="at most so many rows of a table")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", type=Path, help="a CSV file of results that these are added to")
    parser.add_argument("--page", type=Path, help="a Markdown file to write; nothing runs without --peers")
    given = parser.parse_args()
    entries = json.loads(given.index.read_text())
    entries = [e for e in entries if "," not in e["target"] and (not given.only or e["name"] in given.only)]
    if given.peers or given.contenders == ["milepost"]:
        for at, entry in enumerate(entries):
            table(entry, at, given)
    found = {entry["name"]: scored(given.keep, entry) for entry in entries}
    if given.record:
        found = joined(recorded(given.record), found)
        record(given.record, found)
    told = page({name: lines for name, lines in found.items() if lines})
    print(told)
    if given.page:
        given.page.write_text(told, encoding="utf-8")


if __name__ == "__main__":
    main()
