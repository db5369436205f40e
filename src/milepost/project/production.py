"""Requests of production go to people who label, and their labels come back as outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from milepost.data.traffic import traffic
from milepost.errors import InputError
from milepost.steps.returns import AUDIT, give, pick, salt, settle
from milepost.steps.together import KEY
from milepost.steps.work import Work


@dataclass(frozen=True)
class Asked:
    """Requests given to people to label.

    Args:
        requests: that were looked at.
        audits: drawn at random.
        hard: picked for being hard.
        added: of both, those that are new in the queue.
    """

    requests: int
    audits: int
    hard: int
    added: int


@dataclass(frozen=True)
class Returned:
    """Labels of requests that came back.

    Args:
        audits: labelled audits.
        hard: labelled hard cases, which say nothing of how good the model is.
        recorded: outcomes that are new.
    """

    audits: int
    hard: int
    recorded: int


def ask(work: Work, data: str, share: float, hard: int, time: str = "") -> Asked:
    """Gives requests to people to label; see `ProjectLabels.ask`.

    Raises:
        InputError: the share is none, or there are no requests.
    """
    if not 0 < share <= 1 or hard < 0:
        raise InputError(
            f"a share of {share} and {hard} hard cases were asked for.",
            expected="A share above 0 and at most 1, and a number from 0.",
        )
    path = Path(data) if Path(data).exists() else work.folder / data
    made = traffic(path, time, keys=work.brief.data.keys, home=work.folder)
    picked = pick(made, work.rows("development"), share, hard, salt(work.ledger.rows))
    added, audits = give(work, made, picked), picked.reasons.count(AUDIT)
    return Asked(made.frame.height, audits, len(picked.reasons) - audits, added)


def returns(work: Work, out: str | Path = "") -> Returned:
    """Records labelled audits as outcomes; see `ProjectLabels.returns`."""
    made, new = settle(work)
    if out:
        made.drop(KEY, "reason", "chance").write_parquet(out)
    audits = made.filter(pl.col("reason") == AUDIT).height
    return Returned(audits, made.height - audits, new)
