"""Which rows people are asked to label, and which of them stay sealed: drawn by unit, once, with a salt."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.data.divide import groups as grouping
from milepost.data.split import commitment, join_groups
from milepost.digest import Json
from milepost.errors import InputError
from milepost.labels.labels import Labels
from milepost.steps.divided import ROW, repeats, unlike
from milepost.steps.labelled import QUEUE, SEAL, keys
from milepost.steps.source import bare
from milepost.steps.together import KEY
from milepost.steps.work import Work
from milepost.store.stock import NewItem

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Assigned:
    """Rows for people to label.

    Args:
        rows: those without a target, in an order of chance: the table's columns without the target.
        keys: their keys as items.
        units: the unit of each.
        sealed: which of them are sealed (rows,).
        apart: rows that are a copy of rows on both sides of the seal, and so on neither.
        known: rows to develop with that came with a label, from which questions that test people are made.
        known_keys: their keys.
    """

    rows: pl.DataFrame
    keys: tuple[str, ...]
    units: tuple[str, ...]
    sealed: Array
    apart: int
    known: pl.DataFrame
    known_keys: tuple[str, ...]

    def items(self, labels: int, reason: str = "random") -> Iterator[NewItem]:
        """The rows as items of a queue; sealed ones want a fixed number of labels, so that nothing is told.

        Args:
            labels: labels that a sealed item wants.
            reason: why they are wanted.
        """
        for place, row in enumerate(self.rows.iter_rows(named=True)):
            content = {name: plainly(value) for name, value in row.items() if value is not None}
            hidden = bool(self.sealed[place])
            yield NewItem(
                content, self.keys[place], self.units[place], reason, wanted=labels if hidden else 0,
                sealed=hidden,
            )  # fmt: skip


def assign(work: Work, share: float) -> Assigned:
    """Draws the rows of the source that were not drawn before, and writes the draw down before anyone looks.

    Rows that were drawn and did not reach the queue, since the process ended in between, come with them.

    Rows of one unit (copies of each other, or of one group) lie on one side: where one of them is sealed or
    developed with already, on that; else a salted hash of the unit decides. So no label, and no row that
    comes later, moves a row to the other side. In time it is the last window that is sealed.

    Args:
        work: work of `collect`.
        share: the share of units to seal.

    Raises:
        InputError: there is no row without a label.
    """
    table = bare(work).with_row_index(ROW).with_columns(pl.col(ROW).cast(pl.Int64))
    targets = list(work.brief.target.columns)
    last = work.ledger.rows.last(SEAL, QUEUE)
    before = work.blobs.get_frame(last.body["frame"]) if last else _none()
    salt = str(last.body["salt"]) if last else secrets.token_hex(16)
    share = float(last.body["share"]) if last else share
    side = _Side(work, table, before, share, salt)
    untold = table.select(pl.any_horizontal(pl.col(targets).is_null())).to_series().to_numpy()
    fresh = side.fresh & (side.sides >= 0)
    asked = Labels(work.ledger.rows, QUEUE).answers.numbers(side.keys) if last else {}
    missing = np.array([key not in asked for key in side.keys]) & (side.sides >= 0)
    wanted = np.flatnonzero(untold & missing & side.first)
    if not len(wanted) and last is None:
        raise InputError(
            "every row has a label already, so that nobody need be asked.",
            expected="Rows whose target is empty.",
            todo="Run the road: milepost run",
        )
    order = sorted(wanted.tolist(), key=lambda at: _chance(salt, "order", side.keys[at]))
    made = pl.DataFrame(
        {KEY: side.keys, "unit": side.units, "sealed": side.sides == 1}, schema=_none().schema
    ).filter(pl.Series(fresh & side.first))
    whole = pl.concat([before, made])
    behind = sorted(whole.filter("sealed")[KEY].to_list())
    body: dict[str, Json] = {
        "frame": work.keep(whole), "salt": salt, "share": share, "how": side.how, "cut": side.cut,
        "commitment": commitment(np.array(behind), salt), "by": work.talk.by,
    }  # fmt: skip
    if last is None or made.height:
        work.ledger.rows.append(SEAL, QUEUE, body)
    rows = table[order].drop([*targets, ROW])
    names = [side.keys[at] for at in order], [side.units[at] for at in order]
    told = np.flatnonzero(~untold & side.first & (side.sides == 0))
    told = np.array(sorted(told.tolist(), key=lambda at: _chance(salt, "known", side.keys[at])), np.int64)
    return Assigned(
        rows, tuple(names[0]), tuple(names[1]), side.sides[order] == 1, int((side.sides < 0).sum()),
        table[told].drop(ROW), tuple(side.keys[at] for at in told),
    )  # fmt: skip


class _Side:
    """The side of each row: 1 sealed, 0 not, -1 neither; a copy of an item lies where the item lies."""

    def __init__(
        self, work: Work, table: pl.DataFrame, before: pl.DataFrame, share: float, salt: str
    ) -> None:
        targets, data = list(work.brief.target.columns), work.brief.data
        self.keys = keys(table, targets)
        self.first = pl.Series(self.keys).is_first_distinct().to_numpy()
        known = dict(zip(before[KEY], before["sealed"], strict=True))
        self.fresh = np.array([key not in known for key in self.keys])
        apart = {*targets, ROW, *unlike(work.brief)}
        inputs = [name for name in table.columns if name not in apart]
        found = repeats(work, table, inputs, None).ids
        groups = join_groups(found, pl.Series(self.keys).rank("dense").cast(pl.Int64).to_numpy())
        if data.group:
            groups = join_groups(groups, grouping(table, data.group))
        self.how = data.split or ("time" if data.time else "group" if data.group else "random")
        said = np.array([int(known.get(key, -1)) for key in self.keys])
        said = np.where((said < 0) & self.fresh, _sealed(work, table), said)
        self.said = said
        high, low = np.full(groups.max() + 1, -1), np.full(groups.max() + 1, 2)
        np.maximum.at(high, groups, said)
        np.minimum.at(low, groups[said >= 0], said[said >= 0])
        smallest = pl.DataFrame({"g": groups, "k": self.keys}).group_by("g").agg(pl.col("k").min()).sort("g")
        units = smallest["k"].to_list()
        self.units = [units[group] for group in groups]
        drawn, self.cut = self._drawn(work, table, groups, units, (share, salt))
        mixed = (high == 1) & (low == 0)
        side = np.where(high >= 0, np.where(mixed, -1, high), drawn)
        self.sides = np.where(said >= 0, said, side[groups])

    def _drawn(
        self, work: Work, table: pl.DataFrame, groups: Array, units: list[str], draw: tuple[float, str]
    ) -> tuple[Array, Json]:
        """The side of each unit by chance or, in time, by the last window; and where that begins."""
        share, salt = draw
        if work.brief.data.test:
            return np.zeros(len(units), np.int64), None
        if self.how != "time":
            return np.array([int(_chance(salt, unit) < share) for unit in units]), None
        last, moment = work.ledger.rows.last(SEAL, QUEUE), _moments(table[work.brief.data.time])
        behind = moment[self.said == 1]
        cut = float(behind.min() if len(behind) else np.quantile(moment[np.isfinite(moment)], 1 - share))
        cut = float(last.body["cut"]) if last else cut
        found = np.ones(len(units), np.int64)
        np.minimum.at(found, groups, (moment >= cut).astype(np.int64))
        return found, cut


def _moments(column: pl.Series) -> Array:
    """Times as numbers, (rows,): microseconds since 1970, or the numbers themselves; gaps are the oldest."""
    place = column.dt.epoch("us") if column.dtype.is_temporal() else column
    return place.cast(pl.Float64).fill_null(float("-inf")).to_numpy()


def _sealed(work: Work, table: pl.DataFrame) -> Array:
    """The side of rows that came with a label and were divided by `collect` before: 1, 0, or -1 for none."""
    found = np.full(table.height, -1)
    collected = work.evidence.get("collect")
    if collected is None or "test" not in collected.artifacts or work.brief.data.test:
        return found
    for part, side in (("development", 0), ("test", 1)):
        numbers = work.blobs.get_frame(collected.artifacts[part])[ROW].to_numpy()
        found[numbers] = side
    return found


def _none() -> pl.DataFrame:
    return pl.DataFrame(schema={KEY: pl.String, "unit": pl.String, "sealed": pl.Boolean})


def _chance(salt: str, *words: str) -> float:
    """A number from 0 to 1 that nobody can foretell without the salt."""
    return int(hmac.new(salt.encode(), "\n".join(words).encode(), "sha256").hexdigest()[:13], 16) / 16**13


def plainly(value: Any) -> Json:
    """A cell as plain JSON: moments as text, sizes as they are.

    >>> plainly(1.5), plainly(np.float32(2))
    (1.5, 2.0)
    """
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list):
        return [plainly(part) for part in value]
    return str(value)
