"""From JSON values to the tensors at a graph's door: the one conversion that server and proof share."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from milepost.digest import Json
from milepost.errors import InputError, did_you_mean
from milepost.modalities import doors
from milepost.shipping import inline
from milepost.shipping.manifest import Column

Array = np.ndarray[Any, Any]
MISSING = np.iinfo(np.int64).min
"""What stands for a missing moment."""
FLOAT_MAX = float(np.finfo(np.float32).max)
MOMENTS = (-62135596800, 253402300799)
"""Seconds since 1970 of the first and the last second that a date of four digits can name."""
TYPES: Mapping[str, Any] = {"float": np.float32, "double": np.float64, "int64": np.int64, "string": object}
"""Element types of the doors that are one column wide."""
BLANKS: Mapping[str, Any] = {"float": math.nan, "double": math.nan, "int64": MISSING, "string": ""}


class Refused(InputError):
    """Rows that cannot be answered; `field` names the column or the part of the request, `row` the row.

    Args:
        what: what is wrong, quoting the value.
        field: the column's name, or the part of the request.
        expected: what would have been right.
        row: the number of the row from 0, where there is one.
        status: the HTTP status that says it best.
    """

    def __init__(
        self, what: str, field: str, *, expected: str = "", row: int | None = None, status: int = 400
    ) -> None:
        super().__init__(what, expected=expected)
        self.field, self.row, self.status = field, row, status

    def __reduce__(self) -> tuple[object, ...]:
        return (_refused, (self.what, self.field, self.expected, self.row, self.status))


def _refused(what: str, field: str, expected: str, row: int | None, status: int) -> Refused:
    return Refused(what, field, expected=expected, row=row, status=status)


@dataclass(frozen=True)
class Entry:
    """A column, compiled: `scalar` turns one JSON value into one number or text, or raises.

    Of a wide door, one of `modalities.doors`, `scalar` makes the bytes of a text, or one row of the tensor.

    >>> column = Column("day", "date", "moment", "int64")
    >>> Entry.of(column).scalar("1970-01-02")
    86400
    """

    name: str
    expected: str
    dtype: Any
    scalar: Callable[[Json], Any]
    wire: str = ""

    @classmethod
    def of(cls, column: Column) -> Entry:
        """Compiles a column.

        Raises:
            InputError: the wire type is unknown.
        """
        if column.wire in doors.WIDE:
            return cls._wide(column)
        if column.wire == "int64":
            return cls(
                column.name, "an ISO 8601 date or time, seconds since 1970, or null", np.int64, _moment
            )
        if column.wire == "string":
            expected, text = _TEXTS.get(column.dtype, _TEXTS["text"])
            return cls(column.name, expected, object, text)
        if column.wire not in TYPES:
            raise InputError(
                f"'{column.name}' has the wire type '{column.wire}'.",
                todo=did_you_mean(column.wire, (*TYPES, *sorted(doors.WIDE))),
            )
        if column.dtype == "bool":
            return cls(column.name, "true, false or null", TYPES[column.wire], _flag)
        scalar = _single if column.wire == "float" else _number
        return cls(column.name, "a number or null", TYPES[column.wire], scalar)

    @classmethod
    def _wide(cls, column: Column) -> Entry:
        if column.wire == "bytes":
            return cls(column.name, "text or null", np.uint8, _utf8, column.wire)
        kind = next(kind for kind, wire in inline.KINDS.items() if wire == column.wire)
        dtype = np.uint8 if column.wire == "pixels" else np.float32
        return cls(
            column.name, inline.expected(kind), dtype, lambda value: inline.row(value, kind), column.wire
        )

    def one(self, value: Json, row: int = 0) -> Any:
        """Converts one value.

        Raises:
            Refused: the value is of the wrong type or out of range.
        """
        try:
            return self.scalar(value)
        except (TypeError, ValueError, OverflowError) as problem:
            raise Refused(
                f"'{self.name}' cannot be {quote(value)}{_why(problem)}.",
                self.name,
                expected=self.expected,
                row=row,
            ) from None

    def many(self, values: Sequence[Json]) -> Array:
        """Converts a column of values to a tensor (rows, 1); of a wide door they must fit into one tensor.

        Raises:
            Refused: a value is of the wrong type or out of range; it names the first such row.
        """
        scalar = self.scalar
        try:
            converted = [scalar(value) for value in values]
        except (TypeError, ValueError, OverflowError):
            converted = [self.one(value, row) for row, value in enumerate(values)]
        if self.wire:
            return doors.Column(self.wire, (), self.scalar).tensor(converted)
        tensor = np.empty((len(converted), 1), self.dtype)
        tensor[:, 0] = converted
        return tensor


def quote(value: Json, most: int = 60) -> str:
    """A JSON value in an error message, cut where it is long."""
    if isinstance(value, list | dict):
        return f"a list of {len(value)}" if isinstance(value, list) else f"an object of {len(value)} fields"
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}…"


def _why(problem: Exception) -> str:
    said = str(problem)
    return f": {said}" if said.startswith("it ") else ""


def _number(value: Json) -> float:
    kind = type(value)
    if kind is float or kind is int:
        if -math.inf < value < math.inf:
            return float(value)
        raise ValueError("it is not finite")
    if value is None:
        return math.nan
    raise TypeError


def _single(value: Json) -> float:
    if type(value) is float and -FLOAT_MAX <= value <= FLOAT_MAX:
        return value
    number = _number(value)
    if number > FLOAT_MAX or number < -FLOAT_MAX:
        raise ValueError("it is too large for a 32-bit float")
    return number


def _flag(value: Json) -> float:
    if value is None:
        return math.nan
    if type(value) is bool or (type(value) is int and value in (0, 1)):
        return float(value)
    raise TypeError


def _moment(value: Json) -> int:
    if value is None:
        return int(MISSING)
    if type(value) is str:
        moment = datetime.fromisoformat(value)
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return math.floor(aware.timestamp())
    if type(value) is not int and type(value) is not float:
        raise TypeError
    if not MOMENTS[0] <= value <= MOMENTS[1]:
        raise ValueError("it is outside of the years 1 to 9999 (seconds, not milliseconds)")
    return math.floor(value)


def _text(value: Json) -> str:
    if type(value) is str:
        value.encode()  # a lone surrogate is no text, and would stop the runtime
        return value
    if value is None:
        return ""
    raise TypeError


def _utf8(value: Json) -> bytes:
    if type(value) is str:
        try:
            return doors.encode(value, "strict")
        except UnicodeEncodeError:
            raise ValueError("it holds half a surrogate pair, which is no character") from None
    if value is None:
        return b""
    raise TypeError


def _truth(value: Json) -> str:
    number = _flag(value)
    return "" if number != number else ("true" if number else "false")


def _code(value: Json) -> str:
    """A number that stands for a category: 5 and 5.0 are "5"."""
    if type(value) is int:
        return str(value)
    number = _number(value)
    if number != number:
        return ""
    return str(int(number)) if number.is_integer() else repr(number)


_TEXTS: Mapping[str, tuple[str, Callable[[Json], str]]] = {
    "text": ("text or null", _text),
    "bool": ("true, false or null", _truth),
    "int": ("a number or null", _code),
    "float": ("a number or null", _code),
}


def tensors(columns: Sequence[Column], rows: Mapping[str, Sequence[Json]]) -> dict[str, Array]:
    """Converts columns of JSON values to tensors (rows, 1).

    Raises:
        Refused: a value that its column cannot take.

    >>> tensors([Column("x", "float", "number", "float")], {"x": [1, None]})["x"].tolist()
    [[1.0], [nan]]
    """
    return {column.name: Entry.of(column).many(rows[column.name]) for column in columns}
