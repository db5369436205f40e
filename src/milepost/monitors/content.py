"""Drift of texts, images and sounds: how well new ones are told from those that are normal."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import polars as pl

from milepost.data.content import KINDS, drawn
from milepost.data.measured import measured
from milepost.monitors.base import Monitor, Reference, Signal, Window, monitors
from milepost.report.sentences import number
from milepost.statistics.distances import PRACTICAL
from milepost.statistics.effect import ks_excess


class Content(Monitor):
    """A classifier between normal and new texts, images or sounds; and which plain measure moved most."""

    name: ClassVar[str] = "content"

    def watch(self, window: Window, reference: Reference) -> list[Signal]:
        """One signal for each column of texts, images or sounds that the window has."""
        return [
            _column(column.name, column.modality, window, reference)
            for column in reference.watched
            if column.modality in KINDS and column.name in window.frame.columns
        ]


def _column(name: str, kind: str, window: Window, reference: Reference) -> Signal:
    found, _, now = reference.told_apart(window, name, kind)
    thing = {"text": "texts", "image": "images", "sound": "sounds"}[kind]
    says = f"the {thing} of '{name}' are told from those before with an AUC of {found.auc:.2f}"
    key = f"measures {name}"
    if key not in reference.memory:
        some = drawn(reference.frame.height, reference.seed)
        reference.memory[key] = measured(reference.frame[some].select(name), {name: kind})
    old, new = reference.memory[key], measured(window.frame[now].select(name), {name: kind})
    sizes = {what: ks_excess(np.sort(_known(old[what])), _known(new[what])) for what in old.columns}
    worst = max(sizes, key=lambda what: sizes[what])
    middles = [
        float(np.median(_known(side[worst]))) if len(_known(side[worst])) else 0.0 for side in (old, new)
    ]
    if sizes[worst] >= PRACTICAL:
        what = worst.partition(": ")[2]
        says += f"; the median of {what} went from {number(middles[0])} to {number(middles[1])}"
    size = max(found.size, sizes[worst])
    return Signal(f"drift {name}", name, size, PRACTICAL, middles[0], middles[1], says)


def _known(values: pl.Series) -> Any:
    return values.drop_nulls().to_numpy()


monitors.add(Content.name, Content())
