"""Fields that one set of nodes turns into features together: fewer nodes, and the same bits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from typing import Any, ClassVar

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.lookup import emit_lain


class Kin(ABC):
    """What fitted transforms share that go through one set of nodes; equal ones do, so it is hashable."""

    least: ClassVar[int] = 2
    """From so many on, one set of nodes is quicker than a set for each."""

    @abstractmethod
    def emit(self, builder: Builder, several: Sequence[Any], raw: Sequence[tuple[str, ...]]) -> str:
        """Adds the nodes of several fitted transforms, bit by bit what the `emit` of each would add.

        Args:
            builder: the graph.
            several: the fitted transforms.
            raw: the raw tensors of each.

        Returns:
            A float tensor (all features, rows), as the runtime is quick where constants meet long rows: the
            first feature of each, then the second of each that has one, ...
        """


def emit_all(builder: Builder, fitted: Sequence[Any], raw: Sequence[tuple[str, ...]]) -> str:
    """Adds the nodes of all fitted transforms, kin together; returns float (rows, features) in their order.

    Args:
        builder: the graph.
        fitted: `modalities.base.Fitted` of the fields.
        raw: the raw tensors of each field.
    """
    groups: dict[Hashable, list[int]] = {}
    for at, one in enumerate(fitted):
        kin = one.kin
        groups.setdefault(at if kin is None else kin, []).append(at)
    several = [places for places in groups.values() if _shared(fitted[places[0]].kin, len(places))]
    alone = sorted({*range(len(fitted))} - {at for places in several for at in places})
    parts = [fitted[at].emit(builder, raw[at]) for at in alone]
    if not several:
        return joined(builder, parts, 1) if parts else ""
    lie = []
    if len(parts) > 1 and all(len(fitted[at].features) == 1 for at in alone):
        lie = [emit_lain(builder, parts)]
    elif parts:
        lie = [builder.node("Transpose", joined(builder, parts, 1))]
    for places in several:
        kin = fitted[places[0]].kin
        lie.append(kin.emit(builder, [fitted[at] for at in places], [raw[at] for at in places]))
    made, order = joined(builder, lie, 0), _order(fitted, alone, several)
    if order != sorted(order):
        made = builder.node("Gather", made, builder.const(np.argsort(order)), axis=0)
    return builder.node("Transpose", made)


def _shared(kin: Kin | None, many: int) -> bool:
    return kin is not None and many >= kin.least


def interleaved(widths: Sequence[int]) -> list[tuple[int, int]]:
    """Places and features of a kin as they are made: the first of each, then the second of each, ...

    >>> interleaved([2, 1])
    [(0, 0), (1, 0), (0, 1)]
    """
    return [(at, i) for i in range(max(widths)) for at, width in enumerate(widths) if i < width]


def _order(fitted: Sequence[Any], alone: Sequence[int], several: Sequence[Sequence[int]]) -> list[int]:
    """The place of each feature as it is made: of those alone, then of each kin, its first ones first."""
    ends = np.cumsum([0, *(len(one.features) for one in fitted)]).tolist()
    order = [place for at in alone for place in range(ends[at], ends[at + 1])]
    for places in several:
        widths = [len(fitted[at].features) for at in places]
        order += [ends[places[at]] + i for at, i in interleaved(widths)]
    return order


def joined(builder: Builder, tensors: Sequence[str], axis: int) -> str:
    """Adds a Concat of several tensors; a single one is returned as it is."""
    return tensors[0] if len(tensors) == 1 else builder.node("Concat", *tensors, axis=axis)
