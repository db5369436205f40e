"""What was answered, as arrays for statistics and rows for export, under the newest label set.

This is the boundary of the seal: `final` is the one door to labels of sealed items, it asks who comes, and it
writes down each opening. All else here leaves sealed items out: values, histories, the journal, and counts by
label. Progress counts them, but says only how many items were answered, never how. Sealed items of a column
that is no target hold no truth: `every` reads them to fill the column, and nothing shows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from milepost.digest import Json
from milepost.labels import values
from milepost.labels.versions import Versions
from milepost.store.readings import Decision, Label, Readings

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Answered:
    """Answers that count, one row an answer, in the order of items.

    Args:
        items: numbers of items (n,).
        people: numbers of people (n,).
        values: answers in canonical form, n of them; None where the item was discarded.
        seconds: how long each took (n,), NaN where nobody knows.
        keys: keys of items, n of them.
        at: when each was given, ISO 8601, UTC.
        known: the known answers of questions that test people, n of them, else None.
        alone: which were given unaided (n,): no suggestion and no answer of others was shown, it was not one
            of many answered together, and not picked for a doubtful label. Agreement is of these alone.
    """

    items: Array
    people: Array
    values: tuple[Json, ...]
    seconds: Array
    keys: tuple[str, ...]
    at: tuple[str, ...]
    known: tuple[Json, ...]
    alone: Array

    def __len__(self) -> int:
        return len(self.values)

    def coded(self) -> tuple[Array, tuple[str, ...]]:
        """Answers as numbers (n,), equal ones with equal numbers, -1 for a discard, and the text of each."""
        texts = [None if value is None else values.text(value) for value in self.values]
        names = tuple(sorted({text for text in texts if text is not None}))
        number = {name: i for i, name in enumerate(names)}
        return np.array([-1 if text is None else number[text] for text in texts], dtype=np.int64), names


class Answers:
    """Reads what was answered.

    Args:
        readings: its rows.
        versions: the label set.
    """

    def __init__(self, readings: Readings, versions: Versions) -> None:
        self._readings, self._versions = readings, versions

    def all(self) -> Answered:
        """Every answer that counts, but those on sealed items and on questions that test people."""
        return _answered(self._newest(self._readings.labels()))

    def tests(self) -> Answered:
        """The answers to questions that test people, each beside the answer that is known.

        An answer that names a label which was split since is wrong all the same: its value is what is left.
        """
        self._versions.newest()
        translate = self._versions.translate
        return _answered(
            replace(
                label,
                value=None if label.value is None else translate(label.value, label.version)[0],
                gold=translate(label.gold, 1)[0],
            )
            for label in self._readings.known()
        )

    def final(self, by: str) -> Answered:
        """The answers on sealed items, for the step `final`, and for `renew`, which compares two models.

        Args:
            by: the name of the step that asks; each opening is a row of the log.

        Raises:
            Sealed: it is any other step.
        """
        return _answered(self._newest(self._readings.sealed(by)))

    def every(self, by: str) -> Answered:
        """Every answer that counts, those on sealed items too: for filling a column that is no target.

        Args:
            by: the name of the step that asks.

        Raises:
            Sealed: the queue is of the target, and it is neither `final` nor `renew`.
        """
        sealed = self._readings.sealed(by)
        return _answered(self._newest([*self._readings.labels(), *sealed]))

    def hidden(self) -> dict[str, int]:
        """Keys of the sealed items that were answered, with the newest decision on each; not what it was."""
        return self._readings.answered()

    def numbers(self, keys: Sequence[str]) -> dict[str, int]:
        """The numbers of items by their keys; a key that is not there is left out."""
        return self._readings.numbers(keys)

    def contents(self, waiting: bool = False, everything: bool = False) -> Iterator[tuple[str, Json]]:
        """Keys and contents of items that are neither sealed nor tests, or of all that still want labels.

        Args:
            waiting: instead those that still want labels.
            everything: instead all there are, to know what answers from elsewhere are about.
        """
        return self._readings.contents(waiting, everything)

    def newest(self) -> int:
        """The number of the newest decision of the journal; 0 where there is none."""
        return self._readings.newest()

    def settled(self) -> dict[int, Json]:
        """What reviewers settled, by item."""
        found = ((item, self._newer(label)) for item, label in self._readings.settled().items())
        return {item: label.value for item, label in found if label is not None}

    def settled_keys(self) -> dict[int, str]:
        """The keys of the items that reviewers settled, by item."""
        return {item: label.key for item, label in self._readings.settled().items()}

    def history(self, item: int, person: int | None = None) -> list[Decision]:
        """All that was decided about an item, or what one person decided, oldest first, as it was given.

        Raises:
            InputError: there is no such item.
            Sealed: it is sealed.
        """
        found = self._readings.history(item)
        return [decision for decision in found if person is None or decision.person == person]

    def since(self, decision: int = 0, limit: int = 10_000) -> list[Decision]:
        """The journal from after a decision on, oldest first, without sealed items, as it was given."""
        return self._readings.journal(decision, limit)

    def counts(self) -> dict[int, dict[str, int]]:
        """How many items are what, by person; 0 is the whole queue: items, wanted, done, full, review, ..."""
        return self._readings.counts()

    def by_label(self) -> dict[str, int]:
        """How many answers name each label of the set; sealed items are not counted."""
        newest = self._versions.newest()
        found = dict.fromkeys(newest.active, 0)
        for label in self._newest(self._readings.labels()):
            for id in () if label.value is None else values.mentioned(newest.kind, label.value):
                found[id] = found.get(id, 0) + 1
        return found

    def _newest(self, labels: Iterable[Label]) -> Iterator[Label]:
        self._versions.newest()
        return (newer for newer in map(self._newer, labels) if newer is not None)

    def _newer(self, label: Label) -> Label | None:
        """An answer under the newest label set, or None where it says too little since."""
        value, enough = label.value, True
        if value is not None:
            value, enough = self._versions.translate(value, label.version)
        return replace(label, value=value) if enough else None


def _answered(labels: Iterable[Label]) -> Answered:
    found = list(labels)
    return Answered(
        np.array([label.item for label in found], dtype=np.int64),
        np.array([label.person for label in found], dtype=np.int64),
        tuple(label.value for label in found),
        np.array([np.nan if x.seconds is None else x.seconds for x in found], dtype=float),
        tuple(label.key for label in found),
        tuple(label.at for label in found),
        tuple(label.gold for label in found),
        np.array([not label.aid for label in found], dtype=bool),
    )
