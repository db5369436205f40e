"""Configurations of learners fitted on one holdout of each of many tables, kept for `portfolio.py`."""

from __future__ import annotations

import argparse
import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from milepost.data.infer import infer_schema
from milepost.data.read import read
from milepost.data.recipe import Recipe
from milepost.data.split import Fold
from milepost.digest import digest
from milepost.learners.base import learners
from milepost.learners.boosting import sized
from milepost.learners.portfolios import BOOSTED, OBLIVIOUS, Portfolio
from milepost.learners.space import Params, draw
from milepost.tasks.base import Head
from milepost.tasks.infer import infer
from milepost.training.fit import Config, Fit, run
from milepost.training.material import Material

DRAWN: Mapping[str, int] = {"lightgbm": 18, "catboost": 9, "linear": 5}
"""How many random configurations of each learner are tried beside its portfolio."""
JUDGES = 3_000
"""Rows that validate, at most."""
WRITTEN: Mapping[str, Portfolio] = {"lightgbm": BOOSTED, "catboost": OBLIVIOUS}
MANY = 1_000_000
"""Rows that limit no configuration."""
TABLES = """
create table if not exists fits (place text, learner text, asked text, settled text, loss real, seconds real,
    rounds int, prediction blob, primary key (place, learner, asked));
create table if not exists places (place text primary key, naive real, task text, truth blob);
"""


def place(frame: pl.DataFrame, entry: Mapping[str, Any], drop: Sequence[str], rows: int) -> Material:
    """A holdout of a table: so many training rows, at most 3,000 that validate."""
    targets = [entry["target"]] if entry["target"] in frame.columns else entry["target"].split(",")
    gone = [name.split(".", 1)[1] for name in drop if name.split(".", 1)[0] == entry["name"]]
    frame = frame.drop(gone).drop_nulls(targets)
    if frame.height > rows + JUDGES:
        frame = frame.sample(rows + JUDGES, seed=0, shuffle=True)
    task, _ = infer(frame.select(targets), entry.get("task"), entry.get("positive") or "")
    schema = infer_schema(frame, targets)
    order = np.random.default_rng(0).permutation(frame.height)
    cut = min(rows, frame.height * 2 // 3)
    fold = Fold(np.sort(order[:cut]), np.sort(order[cut:]), 0)
    recipe, truth = Recipe.of(frame, schema), task.encode(frame.select(task.targets))
    return Material(frame, truth, task, recipe, (fold,), None, None, 0, digest(entry["name"], rows))


def candidates(name: str, head: Head) -> list[Params]:
    """What is written down first, then random configurations, the same for every table."""
    listed = WRITTEN[name].configs if name in WRITTEN else learners[name].portfolio(MANY, 20, head)
    generator, space = np.random.default_rng(1), learners[name].space(4_000, 20, head)
    drawn = [{k: _short(v) for k, v in draw(space, generator).items()} for _ in range(DRAWN[name])]
    return [*listed, *drawn]


def today(name: str, rows: int, written: int) -> list[int]:
    """The places of the configurations that are tried today with so many rows, the first one first."""
    return list(WRITTEN[name].order(rows)) if name in WRITTEN else list(range(written))


def settled(name: str, params: Params, rows: int) -> Params:
    """A configuration as it is fitted on so many rows."""
    return sized(params, rows) if name == "lightgbm" else learners[name].settle(params, rows)


def _short(value: Any) -> Any:
    return float(f"{value:.2g}") if isinstance(value, float) else value


def fit(given: argparse.Namespace) -> None:
    """Fits every configuration that is not in the file yet."""
    base = sqlite3.connect(given.results, timeout=60)
    base.executescript(TABLES)
    for rows in given.sizes:
        for entry in json.loads(given.index.read_text(encoding="utf-8")):
            if entry["name"] in given.skip or (given.only and entry["name"] not in given.only):
                continue
            frame = read(str(given.index.parent / entry["file"])).frame
            if frame.height >= 1.2 * rows or rows == min(given.sizes):
                _table(base, f"{entry['name']}/{rows}", place(frame, entry, given.drop, rows), given)


def _table(base: sqlite3.Connection, name: str, material: Material, given: argparse.Namespace) -> None:
    task, (fold,) = material.task, material.folds
    truth, rows = material.truth[fold.valid], len(fold.train)
    naive = task.losses(truth, task.repeat(task.naive(material.truth[fold.train]), len(truth))).mean()
    told = json.dumps({"name": task.name, "plain": dict(task.plain())})
    seen = (name, float(naive), told, np.asarray(truth, np.float64).tobytes())
    base.execute("insert or ignore into places values (?, ?, ?, ?)", seen)
    for learner in given.learners:
        if learners[learner].objection(rows, 20, task.head(material.truth)):
            continue
        for asked in candidates(learner, task.head(material.truth)):
            _one(base, (name, learner, json.dumps(asked, sort_keys=True)), material, given.limit)
        print(f"{name:32} {learner}", flush=True)


def _one(base: sqlite3.Connection, key: tuple[str, str, str], material: Material, limit: float) -> None:
    """Fits one configuration, or takes the result of another one that rows make the same."""
    if base.execute("select 1 from fits where place=? and learner=? and asked=?", key).fetchone():
        return
    (fold,), task = material.folds, material.task
    params = settled(key[1], json.loads(key[2]), len(fold.train))
    told = json.dumps(params, sort_keys=True)
    same = "select loss, seconds, rounds, prediction from fits where place=? and learner=? and settled=?"
    row = base.execute(same, (key[0], key[1], told)).fetchone()
    if row is None:
        material.prepared(0, learners[key[1]].view)
        start = time.process_time()
        found = run(material, Fit(Config(key[1], params), 0, seconds=limit))
        spent = time.process_time() - start
        loss = float(task.losses(material.truth[fold.valid], found.prediction).mean())
        row = (loss, spent, found.rounds, np.asarray(found.prediction, np.float32).tobytes())
    base.execute("insert or ignore into fits values (?, ?, ?, ?, ?, ?, ?, ?)", (*key, told, *row))
    base.commit()
