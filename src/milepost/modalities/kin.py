"""Fields that one set of nodes turns into features together: fewer nodes, and the same bits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from milepost.graphs.builder import Builder


class Kin(ABC):
    """What fitted transforms share that go through one set of nodes; equal ones do, so it is hashable."""

    @abstractmethod
    def emit(self, builder: Builder, several: Sequence[Any], raw: Sequence[tuple[str, ...]]) -> str:
        """Adds the nodes of several fitted transforms, bit by bit what the `emit` of each would add.

        Args:
            builder: the graph.
            several: the fitted transforms, all with as many features.
            raw: the raw tensors of each.

        Returns:
            A float tensor (all features, rows), as the runtime is quick where constants meet long rows: the
            first feature of each, then the second of each, ...
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
    several = [places for places in groups.values() if len(places) > 1]
    alone = sorted(at for places in groups.values() if len(places) == 1 for at in places)
    parts = [fitted[at].emit(builder, raw[at]) for at in alone]
    stand = _joined(builder, parts, 1) if parts else ""
    if not several:
        return stand
    lie = [builder.node("Transpose", stand)] if parts else []
    for places in several:
        kin = fitted[places[0]].kin
        lie.append(kin.emit(builder, [fitted[at] for at in places], [raw[at] for at in places]))
    made, order = _joined(builder, lie, 0), _order(fitted, alone, several)
    if order != sorted(order):
        made = builder.node("Gather", made, builder.const(np.argsort(order)), axis=0)
    return builder.node("Transpose", made)


def _order(fitted: Sequence[Any], alone: Sequence[int], several: Sequence[Sequence[int]]) -> list[int]:
    """The place of each feature as it is made: of those alone, then of each kin, its first ones first."""
    ends = np.cumsum([0, *(len(one.features) for one in fitted)]).tolist()
    order = [place for at in alone for place in range(ends[at], ends[at + 1])]
    for places in several:
        order += [ends[at] + i for i in range(len(fitted[places[0]].features)) for at in places]
    return order


def _joined(builder: Builder, tensors: Sequence[str], axis: int) -> str:
    return tensors[0] if len(tensors) == 1 else builder.node("Concat", *tensors, axis=axis)
