"""Queues in which people label a column that is not the target: their names, and what fills a cell."""

from __future__ import annotations

from milepost.errors import UsageError
from milepost.store.labels import COLUMN

CELLS = ("choice", "tags", "number", "pair", "like")
"""Kinds of which one value fits one cell of a table; others stay in the queue, and go out as files."""
LONGEST = 200 - len(COLUMN)


def queue_of(column: str) -> str:
    """The name of the queue in which a column is labelled.

    Raises:
        UsageError: the name of the column is too long, or empty.

    >>> queue_of("quality"), column_of("column:quality"), column_of("labels")
    ('column:quality', 'quality', '')
    """
    if not column.strip() or len(column) > LONGEST or column.startswith("__"):
        raise UsageError(
            f"the column '{column[:60]}' cannot be labelled by that name.",
            expected=f"A name of at most {LONGEST} characters that does not begin with '__'.",
        )
    return COLUMN + column


def column_of(queue: str) -> str:
    """The column that is labelled in a queue; "" for the target's, and for others."""
    return queue.removeprefix(COLUMN) if queue.startswith(COLUMN) else ""
