"""Views of their own: what something that learns nothing makes of whole rows, before any learner."""

from __future__ import annotations

from abc import ABC, abstractmethod

from milepost.data.schema import Field, Schema
from milepost.modalities.base import Fitted
from milepost.registry import Registry


class Reader(ABC):
    """Reads raw columns for a view that is named like it."""

    @abstractmethod
    def part(self, schema: Schema) -> tuple[Field, Fitted]:
        """The columns that it reads, as one field, and what it makes of them.

        Raises:
            InputError: the table lacks a column that it reads, or has it as something else.
        """


readers: Registry[Reader] = Registry("reader", "milepost.data")
