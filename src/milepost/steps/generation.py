"""Generations of the dataset: what the ledger holds of each, and which one the champion is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
import polars as pl

from milepost.data.read import RESERVED
from milepost.digest import Digest, Json, digest, plain
from milepost.errors import UsageError
from milepost.ledger import OPEN, Ledger
from milepost.store.blobs import Blobs

K = TypeVar("K")
SEALINGS, DATASETS = "sealing", "dataset"
"""The streams of the ledger that hold them, keyed by the generation's number."""


@dataclass(frozen=True)
class Sealing:
    """New rows, a slice of which was sealed before anything looked at them.

    Args:
        generation: the generation they make.
        base: the generation that they are added to.
        source: digest of the new rows as they were read.
        origin: where they came from.
        files: name, digest and size of each file.
        share: the share that was to be sealed.
        fresh: digest of the labelled new rows, numbered, in the columns and types of the data.
        pool: digest of the new rows without a label.
        sealed: digest of the numbers of the sealed rows.
        how: "random", "time" or "group".
        reason: how they were drawn, half a sentence.
        commitment: hash of the numbers of the sealed rows with a salt.
        salt: the salt.
        known: new rows left out because they repeat a row that was there before.
        related: new rows that may not be sealed because their group was learnt from.
        hard: new rows that may not be sealed because they were picked for being hard.
        overlap: rows drawn for the seal and taken out of it: a copy of theirs was learnt from.
        added: columns that the data did not have.
        vanished: columns that the new rows no longer have.
        retyped: what became of columns whose kind changed, a sentence each.
    """

    generation: int
    base: int
    source: Digest
    origin: str
    files: tuple[tuple[str, ...], ...]
    share: float
    fresh: Digest
    pool: Digest
    sealed: Digest
    how: str
    reason: str
    commitment: str
    salt: str
    known: int
    related: int
    hard: int
    overlap: int
    added: tuple[str, ...]
    vanished: tuple[str, ...]
    retyped: tuple[str, ...]


@dataclass(frozen=True)
class Dataset:
    """The rows of a generation.

    Args:
        generation: its number, from 1.
        base: the generation that it grew from; 0 for the first.
        development: digest of the rows to develop with.
        pool: digest of the rows without a label.
        test: digest of the sealed rows.
        rows: numbers of these, in that order.
        how: how the sealed rows were divided from the others.
        reason: the same, half a sentence.
        commitment: hash of the numbers of the sealed rows with a salt.
        salt: the salt.
        origin: where its new rows came from.
        files: name, digest and size of each file of new rows.
        labels: every label of the target; empty for numbers.
        relation: pairs of a label of the base and the label that it became, where they differ.
        brief: keys of the brief that this generation changes.
        notes: what was decided on the way, a sentence each.
    """

    generation: int
    base: int
    development: Digest
    pool: Digest
    test: Digest
    rows: tuple[int, int, int]
    how: str
    reason: str
    commitment: str
    salt: str
    origin: str = ""
    files: tuple[tuple[str, ...], ...] = ()
    labels: tuple[str, ...] = ()
    relation: tuple[tuple[str, str], ...] = ()
    brief: Mapping[str, Json] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> Digest:
        """Digest of what the steps can see of it."""
        return digest(plain(self))

    def table(self, blobs: Blobs) -> pl.DataFrame:
        """The rows that are not sealed, as a source has them: without their numbers."""
        parts = [blobs.get_frame(name) for name in (self.development, self.pool)]
        return pl.concat(parts, how="vertical_relaxed").drop(RESERVED)


@dataclass(frozen=True)
class Against:
    """What a renewal is held against.

    Args:
        champion: digest of the champion's package.
        pool: digest of rows without a label to choose from; "" for those of the dataset.
    """

    champion: Digest = ""
    pool: Digest = ""


def sealing(ledger: Ledger, generation: int) -> Sealing | None:
    """The sealing of a generation's new rows, or None."""
    return _last(ledger, SEALINGS, generation, Sealing)


def dataset(ledger: Ledger, generation: int) -> Dataset:
    """The dataset of a generation.

    Raises:
        UsageError: there is none.
    """
    found = _last(ledger, DATASETS, generation, Dataset)
    if found is None:
        known = [str(number) for number in generations(ledger)]
        raise UsageError(
            f"there is no generation {generation} of the dataset.",
            expected=f"One of: {', '.join(known)}." if known else "The first is recorded by: milepost renew",
        )
    return found


def generations(ledger: Ledger) -> dict[int, Dataset]:
    """Every generation that is recorded, by number."""
    bodies = {int(entry.key): entry.body for entry in ledger.rows.select(DATASETS)}
    return {number: msgspec.convert(bodies[number], Dataset, strict=False) for number in sorted(bodies)}


def record(ledger: Ledger, thing: Sealing | Dataset, by: str) -> None:
    """Records a sealing or a dataset, unless the newest of its generation says the same."""
    stream = SEALINGS if isinstance(thing, Sealing) else DATASETS
    if _last(ledger, stream, thing.generation, type(thing)) != thing:
        ledger.rows.append(stream, str(thing.generation), {**plain(thing), "by": by})


def standing(ledger: Ledger) -> int:
    """The generation that the champion is of: the newest that was promoted, else the first."""
    promoted = [
        int(entry.body["generation"])
        for entry in ledger.rows.select("evidence", "renew")
        if entry.body["verdict"] in OPEN and entry.body["findings"].get("promoted")
    ]
    return max(promoted, default=1)


def undecided(ledger: Ledger) -> int | None:
    """The newest generation whose rows were sealed, where no decision was made of it yet; else None."""
    begun = [int(entry.key) for entry in ledger.rows.select(SEALINGS)]
    newest = max(begun, default=1)
    return None if newest == 1 or ledger.last("renew", newest) else newest


def came(ledger: Ledger, generation: int) -> int:
    """The row of the log with which a generation's dataset was first recorded; 0 for the first generation."""
    entries = ledger.rows.select(DATASETS, str(generation)) if generation > 1 else []
    return entries[0].id if entries else 0


def _last(ledger: Ledger, stream: str, generation: int, kind: type[K]) -> K | None:
    entry = ledger.rows.last(stream, str(generation))
    body: Any = entry.body if entry else None
    return None if body is None else msgspec.convert(body, kind, strict=False)
