"""Whether everything about a queue of labels adds up."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa

from milepost.store import labels as t
from milepost.store.turn import QueueRows

_I, _M, _D = t.items.c, t.marks.c, t.decisions.c
_MOST = 20
"""Problems of one kind that are told."""


class Audit(QueueRows):
    """Holds the counts of a queue against what they count; see `QueueRows`."""

    def problems(self) -> list[str]:
        """What does not add up, one sentence each; nothing where all is well."""
        with self.rows.reading() as connection:
            return [*self._places(connection), *self._counts(connection), *self._journal(connection)]

    def _places(self, connection: sa.Connection) -> list[str]:
        def marked(states: tuple[str, ...]) -> sa.ScalarSelect[int]:
            count = sa.select(sa.func.count()).where(_M.item == _I.id, _M.state.in_(states))
            return count.correlate(t.items).scalar_subquery()

        taken, answered = marked((*t.HELD, *t.COUNTED)), marked(t.COUNTED)
        free = sa.case((_I.gold.is_(None), _I.wanted - taken), else_=0)
        query = (
            sa.select(_I.id, _I.wanted, _I.free, free.label("places"), _I.done, answered.label("answers"))
            .where(_I.queue == self.queue)
            .where(sa.or_(_I.free != free, _I.done != answered, _I.free < 0))
            .limit(_MOST)
        )
        return [
            f"the item {row.id} wants {row.wanted}, says {row.free} free and {row.done} done, and has "
            f"{row.places} free and {row.answers} done."
            for row in connection.execute(query)
        ]

    def _counts(self, connection: sa.Connection) -> list[str]:
        plain = sa.and_(_I.queue == self.queue, _I.gold.is_(None))
        whole = {
            "items": (sa.func.count(), plain),
            "wanted": (sa.func.sum(_I.wanted), plain),
            "done": (sa.func.sum(_I.done), plain),
            "full": (sa.func.count(), sa.and_(plain, _I.done >= _I.wanted)),
            "gold": (sa.func.count(), sa.and_(_I.queue == self.queue, _I.gold.is_not(None))),
            "review": (sa.func.count(), sa.and_(_I.queue == self.queue, _I.review == t.WAITING)),
            "settled": (sa.func.count(), sa.and_(_I.queue == self.queue, _I.review == t.SETTLED)),
        }
        counted: Counter[tuple[int, str]] = Counter()
        for name, (what, where) in whole.items():
            counted[0, name] = connection.scalar(sa.select(what).where(where)) or 0
        query = sa.select(_M.person, _M.state, sa.func.count()).where(_M.queue == self.queue)
        for person, state, count in connection.execute(query.group_by(_M.person, _M.state)):
            counted[person, state] = count
        c = t.tallies.c
        kept = {
            (p, w): n
            for p, w, n in connection.execute(
                sa.select(c.person, c.what, c.count).where(c.queue == self.queue)
            )
        }
        return [
            f"person {key[0]}: {key[1]} is kept as {kept.get(key, 0)} and counts {counted[key]}."
            for key in sorted({*kept, *counted})
            if kept.get(key, 0) != counted[key]
        ]

    def _journal(self, connection: sa.Connection) -> list[str]:
        """Each mark that counts has its own decision, of that person on that item."""
        own = sa.and_(_D.id == _M.decision, _D.item == _M.item, _D.person == _M.person, _D.act == _M.state)
        query = (
            sa.select(_M.item, _M.person, _M.state)
            .select_from(t.marks.outerjoin(t.decisions, own))
            .where(_M.queue == self.queue, _M.state.in_(t.COUNTED), _D.id.is_(None))
            .limit(_MOST)
        )
        return [
            f"the item {row.item} is {row.state} by person {row.person} without a decision."
            for row in connection.execute(query)
        ]
