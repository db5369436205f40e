"""Opens the seal: the promise is written down first, each opening is counted, the commitment is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from milepost.data.split import verify_commitment
from milepost.digest import Json
from milepost.errors import Corrupt
from milepost.modalities.base import text
from milepost.report.sentences import count
from milepost.steps.collect import Findings as Collected
from milepost.steps.columns import keyed
from milepost.steps.divided import ROW
from milepost.steps.labelled import revealed
from milepost.steps.work import Work


@dataclass(frozen=True)
class Opening:
    """What is known of the openings of a seal.

    Args:
        rows: the sealed rows.
        count: how often the seal was opened by now.
        others: how many other models had seen it before.
    """

    rows: pl.DataFrame
    count: int
    others: int


def open_seal(work: Work, before: Mapping[str, Json]) -> Opening:
    """Writes the promise into the ledger, then reads the sealed rows.

    An opening that was cut off before its result was recorded is taken up again with the same promise, and
    does not count twice.

    Args:
        work: the running step.
        before: what is promised; its "model" tells models apart.

    Raises:
        Corrupt: the rows are not those that were sealed.
    """
    earlier = work.ledger.openings(work.generation)
    if not _cut_off(work, earlier, before):
        work.ledger.opened(work.generation, before)
        earlier = work.ledger.openings(work.generation)
    rows = work.rows("test")
    collected = work.found("collect", Collected)
    _proven(rows, collected.salt, collected.commitment)
    rows = known(work, rows)
    models = {opening.get("model") for opening in earlier}
    return Opening(rows, len(earlier), len(models - {before["model"]}))


def open_again(work: Work, generation: int, before: Mapping[str, Json]) -> pl.DataFrame:
    """Opens the seal of any generation to compare two models on it; the same comparison counts once.

    Args:
        work: the running step.
        generation: whose sealed rows.
        before: what is written down first: both models, the metric, the rule.

    Raises:
        Corrupt: the rows are not those that were sealed.
    """
    last = {
        name: value for name, value in (work.ledger.openings(generation) or [{}])[-1].items() if name != "at"
    }
    if last != dict(before):
        work.ledger.opened(generation, before)
    rows, made = work.rows("test", generation), work.dataset(generation)
    _proven(rows, made.salt, made.commitment)
    return known(work, rows)


def known(work: Work, rows: pl.DataFrame) -> pl.DataFrame:
    """Sealed rows with the labels that people gave, but for classes that no development row has."""
    targets = list(work.brief.target.columns)
    made = revealed(work.ledger.rows, rows, targets, work.step, keyed(work, rows))
    if made is rows or not work.task.labels or not work.task.exclusive:
        return made
    strange = ~text(made[targets[0]]).is_in(list(work.task.labels))
    if strange.any():
        work.say(f"{count(int(strange.sum()))} sealed rows have a class that no other row has: left out")
    return made.filter(~strange)


def _proven(rows: pl.DataFrame, salt: str, promised: str) -> None:
    """Raises `Corrupt` where the rows are not those that were committed to."""
    if not verify_commitment(rows[ROW].to_numpy(), salt, promised):
        raise Corrupt(
            "the sealed rows do not match the commitment made when they were sealed.",
            expected="The rows that were sealed before anyone looked at data.",
            todo="Restore the project from a copy, or collect again: milepost run --from collect",
        )


def _cut_off(work: Work, earlier: list[dict[str, Any]], before: Mapping[str, Json]) -> bool:
    """Whether the last opening was of the same model and its result was never recorded."""
    if not earlier or earlier[-1].get("model") != before["model"] or "champion" in earlier[-1]:
        return False
    last = work.ledger.last("final")
    return last is None or _moment(last.at) < _moment(earlier[-1]["at"])


def _moment(at: datetime | str) -> datetime:
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
