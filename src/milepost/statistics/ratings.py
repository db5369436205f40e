"""Labels of many people on many items as three aligned columns of codes: what agreement is computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, Integers

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Ratings:
    """Who gave which item which value; one line a label, so that missing cells cost nothing.

    Args:
        item: number of the item of each label (n,), labels of one item side by side.
        person: number of the person (n,).
        value: number of the value (n,).
        items: names of the items.
        people: names of the people.
        values: the values, sorted; numbers where there is an order to them.
    """

    item: Integers
    person: Integers
    value: Integers
    items: Array
    people: Array
    values: Array

    def __len__(self) -> int:
        return len(self.item)

    def per(self, what: str) -> Integers:
        """How many labels each has, by "item", "person" or "value"."""
        many = {"item": self.items, "person": self.people, "value": self.values}[what]
        return np.bincount(getattr(self, what), minlength=len(many))

    def counts(self) -> Integers:
        """How often each item got each value (items, values)."""
        wide = len(self.values)
        flat = np.bincount(self.item * wide + self.value, minlength=len(self.items) * wide)
        return flat.reshape(len(self.items), wide)

    def table(self) -> Floats:
        """The number of the value (items, people), nan where a person gave an item none."""
        found = np.full((len(self.items), len(self.people)), np.nan)
        found[self.item, self.person] = self.value
        return found

    def some(self, rows: Array) -> Ratings:
        """The labels at some places, in their order; names and numbers stay."""
        at = np.flatnonzero(rows) if rows.dtype == bool else np.sort(rows)
        return Ratings(self.item[at], self.person[at], self.value[at], self.items, self.people, self.values)

    def shared(self) -> Ratings:
        """The labels of those items that have at least two."""
        return self.some(self.per("item")[self.item] > 1)


def ratings(
    items: Sequence[Any] | Array,
    people: Sequence[Any] | Array,
    values: Sequence[Any] | Array,
    classes: Sequence[Any] | Array | None = None,
) -> Ratings:
    """Returns labels, given one a line, as codes.

    Args:
        items: the item of each label (n,).
        people: the person of each (n,).
        values: the value of each (n,).
        classes: every value there may be, in order; None takes those that occur, sorted.

    Raises:
        InputError: the columns differ in length, are empty, a person labels an item twice, or a value is not
            among the classes.

    >>> ratings(["b", "a", "b"], ["ann", "ann", "bob"], ["yes", "no", "no"]).counts().tolist()
    [[1, 0], [1, 1]]
    """
    columns = [np.asarray(column) for column in (items, people, values)]
    lengths = [len(column) for column in columns]
    if len(set(lengths)) > 1 or not lengths[0]:
        raise InputError(
            f"items, people and values hold {lengths[0]}, {lengths[1]} and {lengths[2]} entries.",
            expected="One of each a label, and at least one label.",
        )
    (names, item), (who, person), (kinds, value) = (_coded(column) for column in columns)
    if classes is not None:
        kinds, value = _among(kinds, value, np.asarray(classes))
    order = np.lexsort((person, item))
    item, person, value = item[order], person[order], value[order]
    twice = np.flatnonzero((np.diff(item) == 0) & (np.diff(person) == 0))
    if len(twice):
        at = twice[0]
        raise InputError(
            f"'{who[person[at]]}' gave the item '{names[item[at]]}' more than one label"
            f" ({len(twice)} such label(s)).",
            expected="A person's last label of an item counts, and only that.",
            todo="Leave earlier ones out.",
        )
    return Ratings(item, person, value, names, who, kinds)


def from_table(table: npt.ArrayLike, classes: Sequence[Any] | Array | None = None) -> Ratings:
    """Returns the ratings of a table (items, people) of numbers, nan where a cell is missing.

    >>> len(from_table([[1, 2], [float("nan"), 2]]))
    3
    """
    wide = np.asarray(table, np.float64)
    if wide.ndim != 2:
        raise InputError(f"The table has {wide.ndim} axes.", expected="Two: items and people.")
    at, who = np.nonzero(~np.isnan(wide))
    return ratings(at, who, wide[at, who], classes)


def _coded(column: Array) -> tuple[Array, Integers]:
    names, codes = np.unique(column, return_inverse=True)
    return names, codes.ravel().astype(np.int64)


def _among(kinds: Array, value: Integers, classes: Array) -> tuple[Array, Integers]:
    """The classes, and the codes of values among them."""
    place = {name: at for at, name in enumerate(classes.tolist())}
    unknown = [name for name in kinds.tolist() if name not in place]
    if unknown:
        raise InputError(
            f"{len(unknown)} value(s) are not among the classes, the first of them '{unknown[0]}'.",
            expected="Every label must be one of the label set.",
        )
    return classes, np.array([place[name] for name in kinds.tolist()], np.int64)[value]
