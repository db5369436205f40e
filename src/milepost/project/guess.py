"""What a model says of items that nobody labelled: the shipped one, or a quick one of the labels so far."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from milepost.data.fresh import fresh
from milepost.digest import Json, digest
from milepost.errors import InputError
from milepost.labels.labels import Labels
from milepost.labels.next import COLD
from milepost.modalities.base import text
from milepost.shipping.batch import predictions
from milepost.shipping.manifest import Package, open_package
from milepost.steps.columns import keyed
from milepost.steps.labelled import QUEUE, SEAL, present
from milepost.steps.together import KEY, named
from milepost.steps.whereabouts import frame_of, places
from milepost.steps.work import Work

Array = np.ndarray[Any, Any]
LENGTH = 4.0
"""The length that places would have for a strength of 1."""
MOST = 20_000
"""Items at most that the policy looks at, and labels at most that a quick model learns from."""


@dataclass(frozen=True)
class Known:
    """Rows with a label, none of them sealed.

    Args:
        rows: what they hold beside the target.
        ids: the label of each, by its id; "" where labels are no choices.
        keys: their keys.
    """

    rows: pl.DataFrame
    ids: tuple[str, ...]
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guess:
    """What a model says of rows.

    Args:
        version: which model it is: "package 1a2b..." or "quick, 120 labels 3c4d...".
        ids: the labels, by their ids, in the order of the probabilities.
        table: their probabilities (rows, labels).
    """

    version: str
    ids: tuple[str, ...]
    table: Array

    @property
    def best(self) -> list[tuple[str, float]]:
        """The likeliest label of each row, and its probability."""
        at = self.table.argmax(1)
        return [(self.ids[place], float(row[place])) for place, row in zip(at, self.table, strict=True)]


def known(work: Work, labels: Labels) -> Known:
    """What has a label: as people say together, or as the rows came; of other kinds than choices only where.

    Args:
        work: work of `collect`.
        labels: the project's labels.
    """
    targets, ids = list(work.brief.target.columns), {name: id for id, name in named(labels.set).items()}
    choice = labels.set.kind == "choice" and len(targets) == 1
    found = present(labels)
    told = {k: ids[str(v)] if choice else "" for k, v in zip(found.keys, found.values, strict=True)}
    contents: dict[str, Json] = {key: row for key, row in labels.answers.contents() if key in told}
    collected = work.ledger.last("collect")
    if choice and collected is not None and "development" in collected.artifacts:
        rows = work.blobs.get_frame(collected.artifacts["development"])
        names, said = keyed(work, rows), text(rows[targets[0]]).to_list()
        bare = rows.drop(targets).select(pl.exclude("^__.*$"))
        behind = _sealed(work)
        for key, word, row in zip(names, said, bare.iter_rows(named=True), strict=True):
            id = ids.get(word if word not in ("True", "False") else word.lower())
            if key not in told and id is not None and key not in behind:
                told[key], contents[key] = id, row
    chosen = sorted(set(told) & contents.keys())[:MOST]
    rows = frame_of([contents[key] for key in chosen])
    return Known(rows, tuple(told[key] for key in chosen), tuple(chosen))


def _sealed(work: Work) -> frozenset[str]:
    """Keys of the rows that were sealed before people labelled any."""
    last = work.ledger.rows.last(SEAL, QUEUE)
    if last is None:
        return frozenset()
    return frozenset(work.blobs.get_frame(last.body["frame"]).filter("sealed")[KEY].to_list())


def shipped(folder: Path) -> Package | None:
    """The package that was shipped, or None."""
    made = folder / "package"
    return open_package(made) if (made / "manifest.json").is_file() else None


def by_package(package: Package, labels: Labels, frame: pl.DataFrame, threads: int = 1) -> Guess | None:
    """What the shipped model says; None where it knows no labels, or others than the label set.

    Args:
        package: the package.
        labels: the project's labels.
        frame: rows without the target; a column that is not there counts as missing.
        threads: threads of the graph runtime.
    """
    manifest = package.manifest
    ids = {name: id for id, name in named(labels.set).items()}
    names = [name if name in ids else name.lower() for name in manifest.labels]
    if not manifest.exclusive or not names or any(name not in ids for name in names):
        return None
    columns = {column.name: column.dtype for column in manifest.columns}
    found = predictions(package, fresh(frame, columns) if frame.width else frame, threads)
    table = np.column_stack([1 - found, found]) if found.ndim == 1 else found
    return Guess(f"package {manifest.version}", tuple(ids[name] for name in names), table)


def quick(place: Array, learnt: Array, ids: Sequence[str]) -> Guess | None:
    """What a logistic regression of the labels so far says; None with fewer than 10 labels a class.

    Args:
        place: where the rows lie (rows, width).
        learnt: where those with a label lie (labels, width), in the same coordinates.
        ids: the label of each.
    """
    names, codes = np.unique(np.array(ids, dtype=str), return_inverse=True)
    if len(names) < 2 or len(ids) < COLD * len(names):
        return None
    model = regression(learnt, codes)
    version = f"quick, {len(ids)} labels {digest(sorted(ids), round(float(np.abs(learnt).sum()), 3))[:8]}"
    return Guess(version, tuple(names.tolist()), model.predict_proba(place))


def regression(place: Array, codes: Array) -> Any:
    """A logistic regression on places, as `benchmarks/nextlabels.py` has it."""
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return LogisticRegression(C=LENGTH**2, max_iter=200, tol=1e-3).fit(place, codes)


def together(one: pl.DataFrame, other: pl.DataFrame) -> tuple[Array, Array]:
    """Where the rows of two tables lie in the same coordinates: columns that both have."""
    names = [name for name in one.columns if name in other.columns]
    if not other.height or not names:
        return places(one), np.empty((0, 1), np.float32)
    both = pl.concat([one.select(names), other.select(names)], how="vertical_relaxed")
    found = places(both)
    return found[: one.height], found[one.height :]


def model_of(
    work: Work, labels: Labels, frame: pl.DataFrame, have: Known
) -> tuple[Guess | None, Array, Array]:
    """What a model says of rows, and where they and the labelled ones lie.

    Args:
        work: work of `collect`.
        labels: the project's labels.
        frame: rows without the target.
        have: what has a label.
    """
    package = shipped(work.folder)
    place, learnt = together(frame, have.rows)
    found = None if package is None else by_package(package, labels, frame, work.threads)
    if found is None and len(learnt):
        found = quick(place, learnt, have.ids)
    return found, place, learnt


def label_of(labels: Labels, word: str) -> str:
    """The id of a label that is named by its id, its name or its place in the tree.

    Raises:
        InputError: there is none, or several.
    """
    newest, called = labels.set, named(labels.set)
    if word in newest.active:
        return word
    fits = [
        id for id in newest.active if word.casefold() in (called[id].casefold(), newest.shown(id).casefold())
    ]
    if len(fits) == 1:
        return fits[0]
    names: Mapping[str, str] = {id: called[id] for id in newest.active}
    raise InputError(
        f"there is no label '{word[:80]}'." if not fits else f"several labels are named '{word[:80]}'.",
        expected=f"One of {', '.join(list(names.values())[:20])}.",
    )
