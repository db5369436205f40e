"""The versions of a queue's label set, and answers of older versions read under the newest."""

from __future__ import annotations

from milepost.digest import Json, plain
from milepost.errors import InputError
from milepost.labels import migrations, values
from milepost.labels.labelset import LabelSet
from milepost.labels.migrations import Migration, Plan
from milepost.store.relabelling import STREAM, Relabelling


class Versions:
    """Every version of a label set, each one row of the log.

    Args:
        rows: the rows of its queue.
    """

    def __init__(self, rows: Relabelling) -> None:
        self._rows = rows
        self._sets: dict[int, LabelSet] = {}
        self._became: dict[str, str | None] = {}

    def start(self, labels: LabelSet, by: str) -> None:
        """Makes a queue's first label set.

        Raises:
            InputError: the queue has one already.
        """
        if labels.version != 1:
            raise InputError(f"the first label set has version {labels.version}.", expected="Version 1.")
        body = {"set": plain(labels), "migration": None, "by": by}
        self._rows.migrate(1, body)

    def newest(self) -> LabelSet:
        """The label set as it stands.

        Raises:
            InputError: there is none yet.
        """
        return self.at(self._rows.version())

    def known(self) -> LabelSet:
        """The newest label set that was read so far, which may have been followed by another."""
        return self._sets[max(self._sets)] if self._sets else self.newest()

    def at(self, version: int) -> LabelSet:
        """The label set at a version.

        Raises:
            InputError: there is no such version.
        """
        if version not in self._sets:
            self._read()
        if version not in self._sets:
            raise InputError(
                f"the label set of '{self._rows.name}' has no version {version}.",
                expected=f"Versions from 1 to {max(self._sets)}." if self._sets else "",
                todo="" if self._sets else "Give the queue a label set first.",
            )
        return self._sets[version]

    def plan(self, migration: Migration) -> Plan:
        """Says what a migration would touch; sealed items are not counted.

        Raises:
            InputError: it cannot be.
        """
        old = self.newest()
        migration.apply(old)
        ids = {*migration.became}

        def named(value: Json) -> set[str]:
            """The labels that an answer names, as they are called now."""
            return {self._became.get(id) or id for id in values.mentioned(old.kind, value)}

        uses = self._rows.uses(sorted(self._roots(ids)), named) if ids else {}
        return migrations.plan(old, migration, uses)

    def apply(self, plan: Plan, by: str) -> LabelSet:
        """Makes what was planned, as one row; items of a label that was split come back with it.

        Args:
            plan: the plan.
            by: who decided it.

        Raises:
            InputError: another version was made since the plan.
        """
        body = {"set": plain(plan.after), "migration": migrations.write(plan.migration), "by": by}
        gone = self._roots({id for id, new in plan.migration.became.items() if new is None})

        ended = {id for id in self.newest().active if id not in plan.after.active}
        mute = gone | self._roots(ended - {*plan.migration.became})

        def names(value: Json, ids: set[str]) -> bool:
            return bool(ids & {*values.mentioned(plan.after.kind, value)})

        self._rows.migrate(
            plan.after.version, body, sorted(gone), lambda value: names(value, gone),
            (lambda value: names(value, mute)) if mute else None,
        )  # fmt: skip
        return plan.after

    def translate(self, value: Json, version: int) -> tuple[Json, bool]:
        """A value of a version under the newest one, and whether it still says enough to count."""
        newest = self.known() if version in self._sets else self.newest()
        if version == newest.version:
            return value, True
        return migrations.translated(newest.kind, value, self._became)

    def newer(self, value: Json, version: int) -> Json:
        """A value that was just chosen from an older version, as one of the newest.

        Raises:
            InputError: it is no value of that version, or names a label that was split since.
        """
        found, enough = self.translate(self.at(version).check(value), version)
        if not enough:
            raise InputError(
                f"the answer names a label that was split since version {version} of the label set.",
                todo="Choose among the new labels.",
            )
        return found

    def _roots(self, ids: set[str]) -> set[str]:
        """Labels, and those that were merged into them before."""
        return ids | {old for old, new in self._became.items() if new in ids}

    def _read(self) -> None:
        sets: dict[int, LabelSet] = {}
        made: list[Migration] = []
        for entry in self._rows.rows.select(STREAM, self._rows.name):
            found = LabelSet.read(entry.body["set"])
            sets[found.version] = found
            if entry.body["migration"]:
                made.append(migrations.read(entry.body["migration"]))
        # ids are never given twice, so that one table serves answers of every version; other threads read
        # while this one writes, and must not see the newest set without its migration
        self._became = migrations.since(made)
        self._sets = sets
