"""Pages of a long table: which rows, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from milepost.web.forms import Form

T = TypeVar("T")
SIZES = (25, 50, 100, 250)


@dataclass(frozen=True)
class Paging:
    """A page of a table.

    Args:
        number: the page, from 1.
        size: rows on it.
        rows: rows in all.
        sort: the column that they are sorted by, or "".
        down: whether the largest come first.
        asked: what else the request asked for.
    """

    number: int
    size: int
    rows: int
    sort: str
    down: bool
    asked: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, query: Form, rows: int, columns: Sequence[str], sort: str = "") -> Paging:
        """The page that a request asks for; what cannot be is replaced by what comes nearest."""
        size = _whole(query.get("size", ""), SIZES[1])
        size = min(SIZES, key=lambda each: abs(each - size))
        last = max(1, -(-rows // size))
        number = min(max(1, _whole(query.get("page", ""), 1)), last)
        chosen = query.get("sort", "")
        rest = tuple(pair for pair in query.pairs if pair[0] not in ("page", "size", "sort", "down"))
        return cls(number, size, rows, chosen if chosen in columns else sort, query.get("down") == "1", rest)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.rows // self.size))

    @property
    def start(self) -> int:
        """How many rows stand before this page."""
        return (self.number - 1) * self.size

    def cut(self, rows: Sequence[T]) -> list[T]:
        """The rows of this page."""
        return list(rows[self.start : self.start + self.size])

    def sorted(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows in the order asked for; those without a value come last either way."""
        if not self.sort:
            return list(rows)
        there = [row for row in rows if row[self.sort] not in (None, "")]
        gone = [row for row in rows if row[self.sort] in (None, "")]
        return [*sorted(there, key=lambda row: row[self.sort], reverse=self.down), *gone]

    def link(self, **changed: object) -> str:
        """The question mark and what follows it, for another page or order of the same table."""
        present = {
            "page": self.number,
            "size": self.size,
            "sort": self.sort,
            "down": int(self.down),
            **changed,
        }
        return "?" + urlencode([*self.asked, *((name, value) for name, value in present.items() if value)])

    def by(self, column: str) -> str:
        """The link that sorts by a column, or turns the order where it is sorted by it already."""
        return self.link(sort=column, down=int(column == self.sort and not self.down), page=1)


def _whole(text: str, otherwise: int) -> int:
    return int(text) if text.isdigit() and len(text) < 10 else otherwise
