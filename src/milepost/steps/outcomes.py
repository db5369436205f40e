"""Outcomes: truths that arrive after the answer, kept append-only, joined to their requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.data.fresh import fresh
from milepost.data.traffic import OWN, Traffic, keyed, moments, traffic
from milepost.errors import InputError, did_you_mean
from milepost.ledger import Ledger, now
from milepost.report.sentences import count, plural
from milepost.store.blobs import Blobs
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]
STREAM = "outcome"
KEY, AT = "__key__", "__at__"


@dataclass(frozen=True)
class Arrived:
    """What became of a file of outcomes.

    Args:
        rows: outcomes recorded.
        by: the columns whose values name a request; "request" is its own name.
        missing: rows without a truth, passed over.
        repeated: rows whose request has a later one in the same file; the last one counts.
        corrected: requests that had another outcome before.
        total: outcomes named in this way now, one a request.
    """

    rows: int
    by: tuple[str, ...]
    missing: int
    repeated: int
    corrected: int
    total: int

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        told = f"{plural(self.rows, 'outcome')} recorded by {' and '.join(self.by)}"
        more = [
            (self.missing, "without a truth, passed over"),
            (self.repeated, "repeated in the file, the last one counts"),
            (self.corrected, "correct an earlier one"),
        ]
        parts = [f"{plural(count, 'row')} {what}" for count, what in more if count]
        names = "names a request" if self.total == 1 else "name requests"
        told = "; ".join([told, *parts])
        return f"{told}. {count(self.total)} in all {names} in this way; `monitor` finds which were asked."


@dataclass(frozen=True)
class Naming:
    """How outcomes name their requests.

    Args:
        key: columns of the file that name a request; () finds them.
        at: the column that says when each outcome became known; "" is now.
        requests: a file of requests whose rows are in the same order.
        keys: the brief's key columns.
    """

    key: tuple[str, ...] = ()
    at: str = ""
    requests: str = ""
    keys: tuple[str, ...] = ()


def record(ledger: Ledger, blobs: Blobs, task: Task, data: Any, naming: Naming) -> Arrived:
    """Records a file of outcomes; nothing is recorded where something is wrong with it.

    Raises:
        InputError: the file cannot be read, has no target, names no request, or holds a label that is none.
    """
    frame = fresh(data)
    for name in (*task.targets, *([naming.at] if naming.at else [])):
        if name not in frame.columns:
            raise InputError(
                f"the outcomes have no column '{name}'.",
                expected=f"The target ({', '.join(task.targets)}) and what names each request.",
                todo=did_you_mean(name, frame.columns),
            )
    by, key = _named(frame, naming)
    arrived = moments(frame[naming.at]) if naming.at else None
    if naming.at and arrived is None:
        raise InputError(f"'{naming.at}' holds no moments.", expected="When each outcome became known.")
    stamp = arrived.dt.strftime("%Y-%m-%dT%H:%M:%S") if arrived is not None else pl.lit(now()[:19])
    made = frame.select(task.targets).with_columns(key.alias(KEY), stamp.alias(AT))
    whole = made.drop_nulls(list(task.targets))
    if not whole.height:
        raise InputError("no outcome holds a truth.", expected=f"Values in {', '.join(task.targets)}.")
    task.encode(whole.select(task.targets))
    kept = whole.unique(KEY, keep="last", maintain_order=True)
    known = {k for batch in batches(ledger, by) for k in blobs.get_frame(batch["frame"])[KEY]}
    digest = blobs.put_frame(kept)
    body = {"frame": digest, "by": list(by), "rows": kept.height}
    if not any(batch["frame"] == digest for batch in batches(ledger, by)[-1:]):  # the same file again
        ledger.rows.append(STREAM, "|".join(by), body)
    here = set(kept[KEY])
    return Arrived(
        rows=kept.height,
        by=by,
        missing=made.height - whole.height,
        repeated=whole.height - kept.height,
        corrected=len(known & here),
        total=len(known | here),
    )


def batches(ledger: Ledger, by: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Every file of outcomes that was recorded, oldest first; only those named by some columns."""
    found = [entry.body for entry in ledger.rows.select(STREAM)]
    return [body for body in found if by is None or body["by"] == list(by)]


def state(ledger: Ledger) -> int:
    """A number that rises with every file of outcomes."""
    return len(batches(ledger))


def _named(frame: pl.DataFrame, naming: Naming) -> tuple[tuple[str, ...], pl.Series]:
    """By which columns requests are named, and the name of each row's."""
    if naming.key:
        return naming.key, keyed(frame, naming.key)
    if naming.requests:
        asked = traffic(naming.requests, keys=naming.keys)
        if asked.frame.height != frame.height:
            raise InputError(
                f"{frame.height:,} outcomes for the {asked.frame.height:,} rows of '{naming.requests}'.",
                expected="One outcome a request, in the same order; leave its target empty where not known.",
            )
        return (OWN,), asked.id
    if naming.keys and all(name in frame.columns for name in naming.keys):
        return naming.keys, keyed(frame, naming.keys)
    if "id" in frame.columns:
        return ("id",), keyed(frame, ["id"])
    wanted = " or ".join(f"'{name}'" for name in ("id", *naming.keys))
    raise InputError(
        "nothing says which request each outcome belongs to.",
        expected=f"A column {wanted}, as the server's answers and its log have it.",
        todo="Name the column with --key, or the file of requests in the same order with --requests.",
    )


@dataclass(frozen=True)
class Truths:
    """Outcomes of requests.

    Args:
        rows: numbers of the requests that have one, rising.
        truth: their truth, as the task encodes it.
        at: when each arrived, microseconds since 1970.
        strange: outcomes that belong to none of the requests.
        corrected: requests whose outcome was corrected.
    """

    rows: Array
    truth: Array
    at: Array
    strange: int
    corrected: int


def joined(ledger: Ledger, blobs: Blobs, task: Task, made: Traffic) -> Truths | None:
    """The outcomes of requests, the last one of each; None where none was ever recorded.

    Raises:
        InputError: the requests lack a column by which outcomes are named.
    """
    targets = list(task.targets)
    parts: list[pl.DataFrame] = []
    strange = total = 0
    for by in dict.fromkeys(tuple(batch["by"]) for batch in batches(ledger)):
        frames = [blobs.get_frame(batch["frame"]) for batch in batches(ledger, by)]
        table = pl.concat(frames, how="vertical_relaxed")
        last = table.unique(KEY, keep="last", maintain_order=True)
        total += table.height - last.height
        if by not in (("id",), (OWN,)) and any(name not in made.frame.columns for name in by):
            strange += last.height
            continue
        asked = pl.DataFrame({KEY: made.key(by), "row": np.arange(made.frame.height)})
        found = asked.join(last, on=KEY, how="inner")
        strange += last.height - found[KEY].n_unique()
        parts.append(found)
    if not parts and not total and not strange:
        return None
    whole = pl.concat(parts, how="vertical_relaxed") if parts else None
    if whole is None or not whole.height:
        return Truths(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64), strange, total)
    whole = whole.unique("row", keep="last", maintain_order=True).sort("row")
    at = whole[AT].str.to_datetime(strict=False).dt.epoch("us").fill_null(0).to_numpy()
    return Truths(whole["row"].to_numpy(), task.encode(whole.select(targets)), at, strange, total)
