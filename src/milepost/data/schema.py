"""What the columns of a table are: their kind, their role, and how they enter the graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from milepost.errors import InputError, did_you_mean

Role = Literal["input", "target", "key", "time", "group", "weight", "ignored"]
Wire = Literal["float", "double", "int64", "string", "bytes", "pixels", "wave"]
"""The tensor type a raw column has at the graph's door; tensors of the first four have shape (rows, 1).

float and double carry numbers, NaN is missing; int64 carries moments as seconds since 1970 UTC, the smallest
int64 is missing; string carries categories, "" is missing. bytes carries texts as UTF-8, uint8 (rows, bytes),
0 beyond their end; pixels carries images of one size, RGB, uint8 (rows, height, width, 3); wave carries
sounds, float (rows, 1 + samples): the rate in Hz, then samples between -1 and 1. A missing image is one black
pixel, a missing sound one silent sample.
"""


@dataclass(frozen=True)
class Column:
    """One column of the table.

    Args:
        name: its name in the source.
        dtype: "float", "int", "bool", "text", "date", "datetime", "image" or "sound".
        modality: the kind of its values: "number", "category", "moment", "place", "text" or another.
        role: what it does in the task.
        wire: the tensor type at the graph's door.
        why: the reason for role and modality, one sentence.
        pair: for a place, the name shared by its latitude and longitude columns.
        monotone: 1 where answers may never fall as the number grows, -1 where they may never rise, else 0.
    """

    name: str
    dtype: str
    modality: str
    role: Role
    wire: Wire
    why: str = ""
    pair: str = ""
    monotone: int = 0


@dataclass(frozen=True)
class Field:
    """The unit a modality reads: one column, or the two columns of a place (latitude first)."""

    name: str
    modality: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its raw columns."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True)
class Schema:
    """The columns of a table, in source order."""

    columns: tuple[Column, ...]

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise InputError(f"there is no column '{name}'.", todo=did_you_mean(name, self.names))

    def __contains__(self, name: object) -> bool:
        return any(column.name == name for column in self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(column.name for column in self.columns)

    @property
    def inputs(self) -> tuple[Column, ...]:
        """The columns a model may read."""
        return tuple(column for column in self.columns if column.role == "input")

    def of_role(self, role: Role) -> tuple[str, ...]:
        """The names of the columns with a role."""
        return tuple(column.name for column in self.columns if column.role == role)

    def fields(self) -> tuple[Field, ...]:
        """The fields of the inputs: columns of one place joined, all others alone, in source order."""
        fields: dict[str, Field] = {}
        for column in self.inputs:
            name = column.pair or column.name
            joined = (*fields[name].columns, column) if column.pair and name in fields else (column,)
            fields[name] = Field(name, column.modality, joined)
        return tuple(fields.values())

    @property
    def monotone(self) -> tuple[str, ...]:
        """The inputs as which grow answers may go one way only."""
        return tuple(column.name for column in self.inputs if column.monotone)

    def without(self, names: Iterable[str], why: str) -> Schema:
        """Returns the schema with columns taken out of the inputs, with the reason."""
        out = set(names)
        partners = {c.pair for c in self.columns if c.name in out and c.pair}
        return Schema(
            tuple(
                replace(c, role="ignored", why=why)
                if c.name in out
                else replace(c, modality="number", pair="")
                if c.pair in partners
                else c
                for c in self.columns
            )
        )

    def plain(self) -> list[dict[str, Any]]:
        """The schema as plain JSON."""
        return [asdict(column) for column in self.columns]

    @classmethod
    def of(cls, plain: Iterable[Mapping[str, Any]]) -> Schema:
        """The schema from plain JSON."""
        return cls(tuple(Column(**column) for column in plain))
