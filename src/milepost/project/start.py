"""A new project: what is not said is inferred, and each guess is explained in the brief."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from milepost import metrics
from milepost.brief import FILE, Brief
from milepost.data.divide import divides
from milepost.data.facts import facts_of
from milepost.data.files import Say, silent
from milepost.data.infer import names_rows
from milepost.data.read import beside, located, read, write
from milepost.errors import EnvironmentProblem, InputError, UsageError, did_you_mean
from milepost.modalities import media
from milepost.project.media import foldered, stored
from milepost.registry import load_plugins
from milepost.report.sentences import listed
from milepost.tasks.base import Task, tasks
from milepost.tasks.checks import LEAST
from milepost.tasks.infer import infer

OPTIONS: Mapping[str, str] = {
    "task": "target.task",
    "labels": "target.labels",
    "positive": "target.positive",
    "metric": "success.metric",
    "time": "data.time",
    "group": "data.group",
    "split": "data.split",
    "test": "data.test",
    "production": "data.production",
    "budget": "budget.seconds",
    "threads": "budget.threads",
    "seed": "budget.seed",
    "refit": "budget.refit",
}
"""The options of `new`, and the key of the brief each one sets."""


def start(
    folder: Path,
    data: str,
    target: str,
    options: Mapping[str, Any],
    like: Brief | None = None,
    say: Say = silent,
) -> Brief:
    """Writes a commented milepost.toml and returns the brief.

    Args:
        folder: the project's folder; made where it is missing.
        data: a file, a folder or an SQL URL.
        target: the target column, or several separated by commas; "" where folders are the classes.
        options: values by option name, see `OPTIONS`; None or "" leaves one to be inferred.
        like: a brief whose other content is taken over.
        say: told how far reading is.

    Raises:
        UsageError: the folder already holds a project.
        InputError: the data cannot be read, or the target is not in it.
    """
    fresh(folder)
    table = read(data, folder, say)
    frame = table.frame
    options = _asked(options)
    if options.get("labels") and target and target not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.String).alias(target))
        table = replace(table, frame=frame)
    columns = _targets(target or table.target, frame)
    task, values, notes = _task(frame.select(columns), options)
    values["data.source"] = _portable(folder, data)
    if not target:
        notes["target.columns"] = "the folders are the classes"
    for key, value, because in foldered(table, data, columns, options):
        values[key] = _portable(folder, value) if key == "data.test" else value
        notes[key] = because
    options = _carried(folder, options, task.family if task else str(values["target.task"]))
    for name, key in OPTIONS.items():
        if options.get(name) not in (None, "") and name not in ("task", "positive", "labels"):
            values[key] = options[name]
    for name in ("time", "group"):
        if options.get(name):
            divides(frame, str(options[name]), name, columns)
    if not options.get("time") and not options.get("split") and (guessed := guess_time(frame, columns))[0]:
        values["data.time"], notes["data.time"] = guessed
    if not (like and like.data.keys) and (named := guess_keys(frame, columns, table.names)):
        values["data.keys"] = named
        notes["data.keys"] = "identifiers of the rows, passed through to the answers and never learnt"
    if task and not options.get("metric"):
        truth = task.encode(task.meant(frame.select(columns)).drop_nulls())
        chosen, because = metrics.default(task.family, metrics.facts(task.family, truth))
        values["success.metric"] = chosen.name
        notes["success.metric"] = because
    brief = (like or Brief.of({})).changed(values)
    brief.write(folder, notes)
    return brief


def _asked(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options with the labels among which people shall choose as a tuple."""
    said = options.get("labels")
    names = [part.strip() for part in said.split(",")] if isinstance(said, str) else list(said or ())
    return {**options, "labels": tuple(name for name in names if name)}


def _task(
    target: pl.DataFrame, options: Mapping[str, Any]
) -> tuple[Task | None, dict[str, Any], dict[str, str]]:
    """The task, its keys of the brief and why; no task yet where people have to label rows first."""
    labels, known = options["labels"], target.drop_nulls()
    values: dict[str, Any] = {"target.columns": tuple(target.columns)}
    values |= {"target.labels": labels} if labels else {}
    name = options.get("task") or ("binary" if len(labels) == 2 else "multiclass" if labels else None)
    if known.height < LEAST <= target.height and name in tasks:
        values |= {"target.task": name, "target.positive": options.get("positive") or ""}
        return None, values, {"target.task": "people label the rows"}
    task, why = infer(known, options.get("task") or None, options.get("positive") or "")
    values["target.task"], notes = task.name, {"target.task": why}
    if task.positive:
        values["target.positive"] = task.positive
        notes["target.positive"] = f"{task.positive!r} is the class to find"
    return task, values, notes


def _carried(folder: Path, options: Mapping[str, Any], family: str) -> Mapping[str, Any]:
    """The options with the files they name as the brief names them; the metric has to be for the task."""
    if options.get("metric"):
        _measured(folder, str(options["metric"]), family)
    for name in ("test", "production"):
        if options.get(name):
            if "://" not in str(options[name]) and not (path := located(str(options[name]))).exists():
                raise InputError(f"there is no file '{options[name]}' for --{name}.", todo=beside(path))
            options = {**options, name: _portable(folder, str(options[name]))}
    return options


def fresh(folder: Path) -> None:
    """Makes sure that a folder holds no project yet.

    Raises:
        UsageError: it does.
    """
    if (folder / FILE).exists():
        raise UsageError(
            f"'{folder}' already holds a project.", todo="Name another folder, or edit its milepost.toml."
        )


def keep(folder: Path, data: Any) -> Path:
    """Writes a table from memory as Parquet into a new project's folder, and returns the file.

    Raises:
        UsageError: the folder holds a project, or a file of that name.
        InputError: the data are no table.
        EnvironmentProblem: the folder cannot be written.
    """
    table = read(data, folder)
    fresh(folder)
    path = folder / "data.parquet"
    if path.exists():
        raise UsageError(
            f"'{path}' is there already, and is not written over.",
            todo="Name another folder, or give that file as the data.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise EnvironmentProblem(
            f"the folder '{folder}' cannot be made ({problem.strerror}).", todo="Check the rights there."
        ) from problem
    return write(stored(table, folder), path)


def _targets(target: str, frame: pl.DataFrame) -> list[str]:
    columns = [target] if target in frame.columns else [name.strip() for name in target.split(",")]
    if len(set(columns)) < len(columns):
        raise InputError(f"the target '{target}' names a column twice.", todo="Name each column once.")
    if not target.strip():
        raise InputError(
            "no target was named, and no folders are classes.",
            expected=f"One of the columns {listed([repr(name) for name in frame.columns], 20)}.",
            todo="Name it, or several separated by commas: --target COLUMN.",
        )
    for name in columns:
        if name not in frame.columns:
            raise InputError(
                f"there is no column '{name}' in the data.", todo=did_you_mean(name, frame.columns)
            )
    return columns


def _measured(folder: Path, name: str, family: str) -> None:
    """Makes sure that a metric exists, here or among the folder's plug-ins, and is for the task."""
    load_plugins(folder / "plugins")
    metric = metrics.get(name)
    if family not in metric.tasks:
        fitting = ", ".join(metrics.names(family))
        raise InputError(f"{name} is no metric for {family} tasks.", expected=f"One of: {fitting}.")


def _portable(folder: Path, source: str) -> str:
    """A source as the brief names it: files inside the project's folder move with it."""
    if "://" in source:
        return source
    path, home = located(source).resolve(), folder.resolve()
    return path.relative_to(home).as_posix() if path.is_relative_to(home) and path != home else str(path)


def guess_keys(frame: pl.DataFrame, targets: list[str], files: Sequence[str] = ()) -> tuple[str, ...]:
    """Returns the columns that plainly name a row: files, row numbers, and identifiers by their name."""
    kept = [c for c in frame.get_columns() if c.name not in targets and not c.dtype.is_nested()]
    kept = [column for column in kept if not media.kind_of(column) and not column.has_nulls()]
    found = [facts_of(column) for column in kept]
    return tuple(f.name for f in found if f.distinct == f.rows and (f.name in files or names_rows(f)))


def guess_time(frame: pl.DataFrame, targets: list[str]) -> tuple[str, str]:
    """Returns the column that orders the rows in time, if one plainly does, and why.

    It is a date or moment without gaps, the rows stand in its order, and it has at least 20 distinct values.
    """
    for name in frame.columns:
        column = frame[name]
        if name in targets or not column.dtype.is_temporal() or column.dtype == pl.Time:
            continue
        if column.null_count() == 0 and column.n_unique() >= 20 and column.is_sorted():
            return name, f"the rows stand in the order of '{name}', so the future is predicted from the past"
    return "", ""
