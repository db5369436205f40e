"""The table of what stood beside an item when somebody answered it: such an answer is no second opinion."""

from __future__ import annotations

import json
from dataclasses import dataclass

import sqlalchemy as sa

from milepost.digest import Json
from milepost.store.appendonly import protect

BULK, SUGGESTION, OTHERS, DOUBT = "bulk", "suggestion", "others", "doubt"
_metadata = sa.MetaData()
table = sa.Table(
    "label_aids",
    _metadata,
    sa.Column("decision", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("queue", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("accepted", sa.Boolean, nullable=True),
    sa.Column("value", sa.Text, nullable=True),
    sa.Column("score", sa.Float, nullable=True),
    sa.Index("label_aids_name", "queue", "kind", "name"),
)
"""Beside the journal, append-only as that is: a row for each decision that was not made unaided."""


@dataclass(frozen=True)
class Aid:
    """What stood beside an item.

    Args:
        kind: `bulk`: the item was one of many that were answered together; `suggestion`: a model's answer
            was shown; `others`: what other people had answered was shown; `doubt`: nothing was, but the item
            was asked about again since its label was doubted, and on such items people agree less.
        name: of a bulk its name, of a suggestion the model's version.
        value: the suggestion.
        score: the probability that the model gives it.
        accepted: whether the answer is the suggestion, or None.
    """

    kind: str
    name: str = ""
    value: Json = None
    score: float | None = None
    accepted: bool | None = None


def create(connection: sa.Connection) -> None:
    """Makes the table; its rows cannot be changed afterwards."""
    _metadata.create_all(connection, checkfirst=False)
    protect(connection, table.name)


def note(connection: sa.Connection, queue: int, decision: int, aid: Aid) -> None:
    """Notes what stood beside the item of a decision, in the transaction that makes it."""
    row = {
        "decision": decision, "queue": queue, "kind": aid.kind, "name": aid.name,
        "accepted": aid.accepted, "value": None if aid.value is None else json.dumps(aid.value),
        "score": aid.score,
    }  # fmt: skip
    connection.execute(table.insert(), row)
