"""The tables in which labels are given: items, what each is to each person, the journal, accounts."""

from __future__ import annotations

import sqlalchemy as sa

from milepost.store.appendonly import protect

_metadata = sa.MetaData()
_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")

LEASED, DRAFT, RETURNED = "leased", "draft", "returned"
SUBMITTED, DISCARDED = "submitted", "discarded"
EXPIRED, STALE, LAPSED = "expired", "stale", "lapsed"
REVIEWING, REVIEWED = "reviewing", "reviewed"
HELD = (LEASED, DRAFT, RETURNED)
"""States in which a person holds one of the places of an item without having answered."""
COUNTED = (SUBMITTED, DISCARDED)
"""States in which an answer counts."""
AGAIN = (EXPIRED, STALE)
"""States in which the item may be given to the same person anew: a lease that ran out, a label split."""

COLUMN = "column:"
"""What the names of queues begin with in which a column is labelled that is no target."""

NO_REVIEW, WAITING, SETTLED, SENT_BACK = None, 1, 2, 3
"""Where an item stands with reviewers."""

queues = sa.Table(
    "label_queues",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(200), nullable=False, unique=True),
    sa.Column("version", sa.Integer, nullable=False),
)
"""Queues, with the version of the label set that answers are held against."""

lanes = sa.Table(
    "label_lanes",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("queue", sa.Integer, nullable=False),
    sa.Column("skill", sa.String(100), nullable=False),
    sa.Column("language", sa.String(35), nullable=False),
    sa.UniqueConstraint("queue", "skill", "language"),
)
"""What an item asks of a person; few, so that whoever lacks a skill never walks past its items."""

items = sa.Table(
    "label_items",
    _metadata,
    sa.Column("id", _BIG, primary_key=True, autoincrement=True),
    sa.Column("queue", sa.Integer, nullable=False),
    sa.Column("lane", sa.Integer, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("free", sa.Integer, nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("wanted", sa.Integer, nullable=False),
    sa.Column("review", sa.Integer, nullable=True),
    sa.Column("settled", sa.BigInteger, nullable=True),
    sa.Column("sealed", sa.Boolean, nullable=False),
    sa.Column("gold", sa.Text, nullable=True),
    sa.Column("key", sa.String(200), nullable=False),
    sa.Column("unit", sa.String(200), nullable=False),
    sa.Column("reason", sa.String(50), nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
"""`rank` is the priority turned round, so that the order is (rank, id); `free` the places nobody holds."""

_OPEN, _GOLD, _REVIEW = items.c.free > 0, items.c.gold.is_not(None), items.c.review.is_not(None)
sa.Index("label_items_key", items.c.queue, items.c.key, unique=True)
sa.Index(
    "label_items_open", items.c.queue, items.c.lane, items.c.rank, items.c.id,
    sqlite_where=_OPEN, postgresql_where=_OPEN,
)  # fmt: skip
sa.Index("label_items_gold", items.c.queue, items.c.id, sqlite_where=_GOLD, postgresql_where=_GOLD)
sa.Index(
    "label_items_review", items.c.queue, items.c.review, items.c.id,
    sqlite_where=_REVIEW, postgresql_where=_REVIEW,
)  # fmt: skip

marks = sa.Table(
    "label_marks",
    _metadata,
    sa.Column("item", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("person", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("queue", sa.Integer, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("decision", sa.BigInteger, nullable=True),
    sa.Column("until", sa.BigInteger, nullable=True),
    sa.Index("label_marks_person", "queue", "person", "state", "decision"),
    sqlite_with_rowid=False,
)
"""What an item is to a person; `until` is when a lease ends, in milliseconds since 1970."""
_LEASE = marks.c.until.is_not(None)
sa.Index("label_marks_until", marks.c.queue, marks.c.until, sqlite_where=_LEASE, postgresql_where=_LEASE)

decisions = sa.Table(
    "label_decisions",
    _metadata,
    sa.Column("id", _BIG, primary_key=True, autoincrement=True),
    sa.Column("queue", sa.Integer, nullable=False),
    sa.Column("item", sa.BigInteger, nullable=False),
    sa.Column("person", sa.Integer, nullable=False),
    sa.Column("act", sa.String(10), nullable=False),
    sa.Column("of", sa.BigInteger, nullable=True),
    sa.Column("value", sa.Text, nullable=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Float, nullable=True),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.UniqueConstraint("person", "client"),
    sa.Index("label_decisions_item", "item", "id"),
    sqlite_autoincrement=True,
)
"""The journal, append-only; `client` is the caller's own id of the act, `of` the decision it is about."""

cursors = sa.Table(
    "label_cursors",
    _metadata,
    sa.Column("queue", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("lane", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("person", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("item", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Up to where a person need not look: whatever was free there bears a mark of theirs."""

tallies = sa.Table(
    "label_tallies",
    _metadata,
    sa.Column("queue", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("person", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("what", sa.String(12), primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Counts kept beside what they count; person 0 is the whole queue."""

people = sa.Table(
    "label_people",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(100), nullable=False, unique=True),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("skills", sa.Text, nullable=False),
    sa.Column("languages", sa.Text, nullable=False),
    sa.Column("share", sa.Float, nullable=False),
    sa.Column("password", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
)
"""Accounts; roles, skills and languages are JSON lists, `password` is whatever hash its owner keeps."""

TABLES = tuple(_metadata.sorted_tables)
"""All of them."""


def create(connection: sa.Connection) -> None:
    """Makes the tables; the journal cannot be changed afterwards."""
    _metadata.create_all(connection, checkfirst=False)
    protect(connection, "label_decisions")
