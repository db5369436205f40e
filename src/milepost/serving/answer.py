"""Answers rows: every field checked, the graph run, its outputs named like the columns of `predict`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from milepost.digest import Json
from milepost.errors import did_you_mean
from milepost.modalities.doors import BLANKS
from milepost.shipping.manifest import Package
from milepost.shipping.runner import Runner
from milepost.shipping.wire import Array, Refused, quote

MOST = 10_000
"""Rows in one request, unless said otherwise."""


class Answerer:
    """A package, ready to answer.

    Args:
        package: the opened package.
        most: rows accepted at once.
        threads: threads within one run of the graph.

    Raises:
        Corrupt: the graph does not fit the manifest.
    """

    def __init__(self, package: Package, most: int = MOST, threads: int = 1) -> None:
        self.manifest = package.manifest
        self.runner = Runner(package, threads)
        self.most = most
        self.described = {column.name: column for column in self.manifest.columns}
        self.columns = tuple(self.described)
        self.keys = tuple(key for key in self.manifest.keys if key not in self.columns)
        self.media = {c.name: c.dtype for c in self.manifest.columns if c.wire in BLANKS}
        self._known = frozenset((*self.columns, *self.keys))
        place = {name: i for i, name in enumerate(self.runner.outputs)}
        self._label, self._proba = place.get("label"), place.get("proba")
        self._value, self._signed = place.get("value"), "decision" in place
        self._labels = self.manifest.labels
        self._probas = tuple(f"proba_{label}" for label in self.manifest.labels)
        targets = self.manifest.targets
        alone = len(targets) <= 1
        self._values = ("prediction",) if alone else tuple(f"prediction_{target}" for target in targets)

    def answer(self, rows: Sequence[Any]) -> list[dict[str, Json]]:
        """Answers rows, each an object by column name; keys are passed through.

        A class task gives `prediction` (the likeliest label), `proba_<label>` and, with a signed threshold,
        `decision` (the label decided on); where a row may have several labels both are lists of those that
        apply. A regression gives `prediction`, or one `prediction_<target>` for each of several targets.

        Raises:
            Refused: a row or a value that cannot be answered; it names the field.
        """
        return self.shape(self.run(rows), rows)

    def run(self, rows: Sequence[Any]) -> list[Array]:
        """Checks rows and runs them; the graph's outputs in the order of `runner.outputs`.

        Raises:
            Refused: a row or a value that cannot be answered.
        """
        count = len(rows)
        self._limit(count)
        for number, row in enumerate(rows):
            if type(row) is not dict:
                what = f"row {number} is {quote(row)}."
                raise Refused(what, "rows", expected="An object by column name.", row=number)
            if not row.keys() <= self._known:
                self._unknown(row, number)
        try:
            if count == 1:
                outputs = self.runner.one(rows[0])
            else:
                outputs = self.runner.many({name: [row[name] for row in rows] for name in self.columns})
        except KeyError:
            raise self._absent(rows) from None
        for key in self.keys:
            self._plain_key(key, [row.get(key) for row in rows])
        return outputs

    def run_columns(self, columns: Mapping[str, Sequence[Json]]) -> list[Array]:
        """The same from columns of values; all are as long as each other.

        Raises:
            Refused: a column or a value that cannot be answered.
        """
        if not columns.keys() <= self._known:
            self._unknown(columns, None)
        for name in self.columns:
            if name not in columns:
                raise self._missing(name, None)
        heights = {name: len(values) for name, values in columns.items()}
        height = next(iter(heights.values()), 0)
        for name, length in heights.items():
            if length != height:
                raise Refused(f"'{name}' has {length} values.", name, expected=f"{height}, like the others.")
        self._limit(height)
        for key in self.keys:
            self._plain_key(key, columns.get(key, ()))
        return self.runner.many(columns)

    def shape(self, outputs: Sequence[Array], rows: Sequence[Mapping[str, Json]]) -> list[dict[str, Json]]:
        """Outputs of the graph as one object a row, with the keys of the rows."""
        answers: list[dict[str, Json]] = [{} for _ in rows]
        for key in self.keys:
            for answer, row in zip(answers, rows, strict=True):
                if key in row:
                    answer[key] = row[key]
        if self._value is not None:
            for answer, values in zip(answers, outputs[self._value].tolist(), strict=True):
                answer.update(zip(self._values, values, strict=True))
        if self._label is not None and self._proba is not None:
            probas = outputs[self._proba].tolist()
            for answer, names, proba in zip(answers, outputs[self._label].tolist(), probas, strict=True):
                label = names[0] if self.manifest.exclusive else [name for name in names if name]
                likely = self.manifest.exclusive and self._signed
                answer["prediction"] = self._labels[proba[1] >= 0.5] if likely else label
                answer.update(zip(self._probas, proba, strict=True))
                if self._signed:
                    answer["decision"] = label
        return answers

    def _limit(self, count: int) -> None:
        if count == 0:
            raise Refused("there are no rows.", "rows", expected="At least one row.")
        if count > self.most:
            expected = f"At most {self.most} in one request."
            raise Refused(f"there are {count} rows.", "rows", expected=expected, status=413)

    def _unknown(self, names: Mapping[str, Any], row: int | None) -> None:
        name = next(str(name) for name in names if name not in self._known)
        where = "" if row is None else f"row {row}: "
        what = f"{where}there is no column {quote(name)}."
        raise Refused(what, name[:200], expected=did_you_mean(name[:200], self._known_in_order()), row=row)

    def _known_in_order(self) -> tuple[str, ...]:
        return (*self.columns, *self.keys)

    def _absent(self, rows: Sequence[Mapping[str, Json]]) -> Refused:
        pairs = (
            (number, name) for number, row in enumerate(rows) for name in self.columns if name not in row
        )
        number, name = next(pairs)
        return self._missing(name, number)

    def _missing(self, name: str, row: int | None) -> Refused:
        where = "" if row is None else f"row {row}: "
        expected = f"{self.runner.entries[name].expected}; send null where it is not known."
        return Refused(f"{where}the column '{name}' is missing.", name, expected=expected, row=row)

    @staticmethod
    def _plain_key(key: str, values: Sequence[Json]) -> None:
        for number, value in enumerate(values):
            if isinstance(value, list | dict):
                what = f"'{key}' cannot be {quote(value)}."
                raise Refused(what, key, expected="A key is text, a number, true, false or null.", row=number)
