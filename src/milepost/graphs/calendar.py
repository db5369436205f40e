"""Calendar arithmetic on seconds since 1970, by integer operations in a graph."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from milepost.graphs.builder import Builder

DAY = 86_400


class Calendar:
    """The parts of moments; nodes are added when a part is first asked for.

    The proleptic Gregorian calendar by Hinnant's civil_from_days (2013); ONNX divides integers towards zero,
    so negative numbers go through Mod. Every part is an int64 tensor (rows, 1).

    Args:
        builder: the graph.
        seconds: int64 tensor (rows, 1), seconds since 1970-01-01T00:00:00 UTC.
    """

    def __init__(self, builder: Builder, seconds: str) -> None:
        self.builder, self.seconds = builder, seconds

    def _const(self, value: int) -> str:
        return self.builder.const(np.array([[value]], np.int64))

    def _op(self, op: str, one: str, other: str | int) -> str:
        return self.builder.node(op, one, self._const(other) if isinstance(other, int) else other)

    def _floor(self, value: str, by: int) -> str:
        """Division towards minus infinity."""
        return self._op("Div", self._op("Sub", value, self._op("Mod", value, by)), by)

    @cached_property
    def days(self) -> str:
        """Days since 1970-01-01."""
        return self._floor(self.seconds, DAY)

    @cached_property
    def second(self) -> str:
        """Second of the day, 0 to 86,399."""
        return self._op("Mod", self.seconds, DAY)

    @cached_property
    def minute(self) -> str:
        """Minute of the day, 0 to 1,439."""
        return self._op("Div", self.second, 60)

    @cached_property
    def hour(self) -> str:
        """Hour, 0 to 23."""
        return self._op("Div", self.second, 3600)

    @cached_property
    def weekday(self) -> str:
        """Day of the week, 0 is Monday."""
        return self._op("Mod", self._op("Add", self.days, 3), 7)

    @cached_property
    def _shifted(self) -> str:
        """Days since 0000-03-01."""
        return self._op("Add", self.days, 719_468)

    @cached_property
    def _day_of_era(self) -> str:
        return self._op("Mod", self._shifted, 146_097)

    @cached_property
    def _year_of_era(self) -> str:
        day = self._day_of_era
        leaps = self._op("Add", day, self._op("Div", day, 36_524))
        leaps = self._op("Sub", leaps, self._op("Div", day, 1_460))
        return self._op("Div", self._op("Sub", leaps, self._op("Div", day, 146_096)), 365)

    @cached_property
    def _march_day(self) -> str:
        """Day of the year that begins in March, from 0."""
        year = self._year_of_era
        passed = self._op("Add", self._op("Mul", year, 365), self._op("Div", year, 4))
        passed = self._op("Sub", passed, self._op("Div", year, 100))
        return self._op("Sub", self._day_of_era, passed)

    @cached_property
    def _march_month(self) -> str:
        return self._op("Div", self._op("Add", self._op("Mul", self._march_day, 5), 2), 153)

    @cached_property
    def _early(self) -> str:
        """Whether it is January or February."""
        return self._op("GreaterOrEqual", self._march_month, 10)

    def _early_or(self, early: str, late: str) -> str:
        return self.builder.node("Where", self._early, early, late)

    @cached_property
    def month(self) -> str:
        """Month, 1 to 12."""
        month = self._march_month
        return self._early_or(self._op("Sub", month, 9), self._op("Add", month, 3))

    @cached_property
    def year(self) -> str:
        """Year."""
        era = self._floor(self._shifted, 146_097)
        year = self._op("Add", self._op("Mul", era, 400), self._year_of_era)
        return self._early_or(self._op("Add", year, 1), year)

    @cached_property
    def day(self) -> str:
        """Day of the month, 1 to 31."""
        before = self._op("Div", self._op("Add", self._op("Mul", self._march_month, 153), 2), 5)
        return self._op("Add", self._op("Sub", self._march_day, before), 1)

    @cached_property
    def yearday(self) -> str:
        """Day of the year, 1 to 366."""
        zero = [self._op("Equal", self._op("Mod", self.year, by), 0) for by in (4, 100, 400)]
        leap = self.builder.node("Or", self.builder.node("Xor", zero[0], zero[1]), zero[2])
        late = self._op("Add", self._op("Add", self._march_day, 60), self.builder.cast(leap, "int64"))
        return self._early_or(self._op("Sub", self._march_day, 305), late)
