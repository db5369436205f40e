"""Requests of production that people label: audits drawn at random, and hard cases, each with its reason."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from milepost.data.traffic import OWN, Traffic
from milepost.digest import Json
from milepost.errors import UsageError
from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.ledger import Ledger
from milepost.modalities import media
from milepost.modalities.base import text
from milepost.steps.assign import plainly
from milepost.steps.labelled import KINDS, begun, cell, present
from milepost.steps.outcomes import Naming, batches, record
from milepost.steps.team import TERMS, terms
from milepost.steps.together import KEY, Truths
from milepost.steps.work import Work
from milepost.store.blobs import Blobs
from milepost.store.relabelling import STREAM
from milepost.store.rows import Rows
from milepost.store.stock import NewItem
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]
QUEUE, PICKS = "production", "production picks"
"""The queue of requests, and the stream of the log that holds which were picked, and why."""
AUDIT, MARGIN, UNSEEN, DISAGREEMENT = "audit", "margin", "unseen", "disagreement"
NOBODY: Array = np.zeros(0, np.int64)
LEVELS = 50
"""Categories with more levels than this in development meet unseen ones all the time."""
SCHEMA: Mapping[str, Any] = {KEY: pl.String, "reason": pl.String, "chance": pl.Float64}


@dataclass(frozen=True)
class Picked:
    """Requests for people to label.

    Args:
        rows: their numbers.
        reasons: audit, disagreement, margin or unseen.
        chance: the probability with which an audit was drawn; null for hard cases, which nobody drew.
    """

    rows: Array
    reasons: tuple[str, ...]
    chance: float

    def frame(self, names: pl.Series) -> pl.DataFrame:
        """Name, reason and chance of each."""
        drawn = [self.chance if reason == AUDIT else None for reason in self.reasons]
        return pl.DataFrame({KEY: names[self.rows], "reason": self.reasons, "chance": drawn}, schema=SCHEMA)


def pick(
    made: Traffic, learnt: pl.DataFrame, share: float, hard: int, salt: str, doubted: Array = NOBODY
) -> Picked:
    """Picks audits by a salted hash of the request's name, and the hardest of the others.

    An audit is drawn whatever the request holds, with the same probability for each, so that audits alone
    say how good the model is. Hard cases say nothing of that.

    Args:
        made: the requests, with their answers for margins.
        learnt: development rows, for values that they do not hold.
        share: probability of an audit.
        hard: hard cases at most, half of them for a value that is unseen, half of the rest disagreements.
        salt: kept secret, so that nobody can send what will not be audited.
        doubted: requests on which model and outcome disagree, the worst first.
    """
    drawn = np.array([_chance(salt, name) < share for name in made.id.to_list()], dtype=bool)
    left = ~drawn
    strange = np.flatnonzero(_unseen(made.frame, learnt) & left)[: hard // 2]
    left[strange] = False
    against = doubted[left[doubted]][: (hard - len(strange) + 1) // 2]
    left[against] = False
    taken = len(strange) + len(against)
    gap = _margins(made)
    close = np.zeros(0, np.int64)
    if gap is not None:
        order = np.argsort(gap, kind="stable")
        close = order[left[order]][: hard - taken]
    rows = np.concatenate([np.flatnonzero(drawn), strange, against, close])
    hows = (
        (AUDIT, int(drawn.sum())),
        (UNSEEN, len(strange)),
        (DISAGREEMENT, len(against)),
        (MARGIN, len(close)),
    )
    reasons = [reason for reason, times in hows for _ in range(times)]
    return Picked(rows, tuple(reasons), share)


def _margins(made: Traffic) -> Array | None:
    """How near each answer is to another one (requests,), or None where there are no probabilities."""
    if made.answers is None:
        return None
    names = [name for name in made.answers.columns if name.startswith("proba_")]
    if not names:
        return None
    p = made.answers.select(names).cast(pl.Float64, strict=False).fill_null(1.0).to_numpy()
    if p.shape[1] == 1:
        return np.asarray(np.abs(2 * p[:, 0] - 1))
    best = np.sort(p, axis=1)
    return np.asarray(best[:, -1] - best[:, -2])


def _unseen(frame: pl.DataFrame, learnt: pl.DataFrame) -> Array:
    """Which requests hold a category that no development row does."""
    found = np.zeros(frame.height, dtype=bool)
    for name in frame.columns:
        if name not in learnt.columns or learnt[name].dtype != pl.String or media.kind_of(learnt[name]):
            continue
        known = learnt[name].drop_nulls().unique()
        if len(known) <= LEVELS:
            found |= (~text(frame[name]).is_in(known.implode())).fill_null(False).to_numpy()
    return found


def give(work: Work, made: Traffic, picked: Picked) -> int:
    """Puts picked requests into the queue of production, audits first; returns how many are new.

    Args:
        work: work of a step on the road.
        made: the requests.
        picked: which of them.
    """
    rows, by = work.ledger.rows, work.talk.by
    labels = _queue(rows, work.task, by)
    frame = work.keep(picked.frame(made.id))
    hard = picked.rows[[reason != AUDIT for reason in picked.reasons]]
    kept = work.keep(made.frame[hard])
    rows.append(PICKS, QUEUE, {"frame": frame, "hard": kept, "share": picked.chance, "by": by})
    return labels.add_items(_items(made, picked), by)


def _items(made: Traffic, picked: Picked) -> Iterator[NewItem]:
    rows = made.frame[picked.rows]
    for name, reason, row in zip(
        made.id[picked.rows], picked.reasons, rows.iter_rows(named=True), strict=True
    ):
        content: dict[str, Json] = {n: plainly(value) for n, value in row.items() if value is not None}
        yield NewItem(content, name, reason=reason, priority=int(reason == AUDIT), wanted=1)


def _queue(rows: Rows, task: Task, by: str) -> Labels:
    """The queue of production, with the labels of the project's own."""
    labels = Labels(rows, QUEUE)
    if rows.last(STREAM, QUEUE) is None:
        own = begun(rows)
        names = task.labels or (task.targets if task.name == "vector" else ())
        made = LabelSet.start("labels", KINDS[task.name], names) if own is None else own.set
        active = tuple(label for label in made.labels if not label.retired)
        labels.start(replace(made, version=1, labels=active), by)
        rows.append(TERMS, QUEUE, {**terms(Ledger(rows)), "by": by})
    return labels


def salt(rows: Rows) -> str:
    """The salt of this project's audits, made once."""
    last = rows.last("audit salt", QUEUE)
    if last is None:
        rows.append("audit salt", QUEUE, {"salt": secrets.token_hex(16)})
        last = rows.last("audit salt", QUEUE)
    assert last is not None
    return str(last.body["salt"])


def picks(ledger: Ledger, blobs: Blobs) -> pl.DataFrame:
    """Every request that was picked: its name, why, and an audit's greatest chance of being drawn.

    A request that was drawn once stays an audit. One that was picked for being hard becomes one only by a
    later draw, whose chance counts.
    """
    frames = [blobs.get_frame(entry.body["frame"]) for entry in ledger.rows.select(PICKS, QUEUE)]
    whole = pl.concat([pl.DataFrame(schema=SCHEMA), *frames])
    first = whole.sort(pl.col("reason") != AUDIT, maintain_order=True)
    return first.group_by(KEY, maintain_order=True).agg(pl.col("reason").first(), pl.col("chance").max())


def returned(ledger: Ledger, blobs: Blobs, targets: Sequence[str]) -> pl.DataFrame:
    """Labelled requests: name, reason, chance, the target as people say it together, and the row.

    Args:
        ledger: the project's ledger.
        blobs: its bytes.
        targets: the target columns.

    Raises:
        UsageError: no request was ever picked.
    """
    if ledger.rows.last(STREAM, QUEUE) is None:
        raise UsageError("no request was given to people to label.", todo="Begin: milepost labels ask")
    labels = Labels(ledger.rows, QUEUE)
    found: Truths = present(labels)
    said = {KEY: list(found.keys)}
    said |= {name: [cell(v, targets, at) for v in found.values] for at, name in enumerate(targets)}
    content = dict(labels.answers.contents())
    rows = pl.DataFrame([{KEY: key, **content[key]} for key in found.keys] or None, infer_schema_length=None)
    made = picks(ledger, blobs).join(pl.DataFrame(said, strict=False), on=KEY) if found.keys else None
    return pl.DataFrame(schema=SCHEMA) if made is None else made.join(rows, on=KEY)


def outcomes_of(ledger: Ledger, blobs: Blobs, made: pl.DataFrame, targets: Sequence[str]) -> pl.DataFrame:
    """The audits among labelled requests that are no outcome yet, as `outcomes` takes them.

    Hard cases are not among them: they were picked for being hard, and would make the model look worse.
    """
    audits = made.filter(pl.col("reason") == AUDIT).select(pl.col(KEY).alias(OWN), *targets)
    known: dict[str, tuple[str, ...]] = {}
    for batch in batches(ledger, (OWN,)):
        for name, *truth in blobs.get_frame(batch["frame"]).select(KEY, *targets).iter_rows():
            known[name] = tuple(map(str, truth))
    new = [known.get(name) != tuple(map(str, truth)) for name, *truth in audits.iter_rows()]
    return audits.filter(pl.Series(new, dtype=pl.Boolean))


def settle(work: Work) -> tuple[pl.DataFrame, int]:
    """Records labelled audits as outcomes; returns all labelled requests, and how many outcomes are new.

    Raises:
        UsageError: no request was ever picked.
    """
    targets = list(work.brief.target.columns)
    made = returned(work.ledger, work.blobs, targets)
    new = outcomes_of(work.ledger, work.blobs, made, targets)
    if new.height:
        with work.ledger.rows.lock("outcomes"):
            record(work.ledger, work.blobs, work.task, new, Naming((OWN,)))
    return made, new.height


def collecting(rows: Rows) -> bool:
    """Whether people label in this project, rows or requests, so that requests may be given to them."""
    return begun(rows) is not None or rows.last(STREAM, QUEUE) is not None


def answers(rows: Rows) -> int:
    """How many answers of people about requests there are; it rises with each."""
    if rows.last(STREAM, QUEUE) is None:
        return 0
    return int(Labels(rows, QUEUE).answers.counts().get(0, {}).get("done", 0))


def _chance(salt: str, name: str) -> float:
    return int(hmac.new(salt.encode(), name.encode(), "sha256").hexdigest()[:13], 16) / 16**13
