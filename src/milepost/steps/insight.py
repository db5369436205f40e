"""What `explain` finds: the expectation, what the model listens to, its failures, its groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from milepost.report.blocks import Table
from milepost.report.gallery import Failure
from milepost.statistics.reliability import Reliability
from milepost.statistics.slices import Slice
from milepost.statistics.weak import Weak
from milepost.steps.doubts import Doubts
from milepost.steps.expect import Expected
from milepost.steps.hypotheses import Hypothesis
from milepost.tasks.base import Cut
from milepost.training.attribute import Effect, Importance


@dataclass(frozen=True)
class Asked:
    """What a member of the ensemble said when it was asked.

    Args:
        probe: its name.
        learnt: rows it was fitted on.
        rows: rows it was asked about.
        importances: permutation importance of each field, or of fields that are alike.
        effects: effect of the most important columns.
        gallery: surprising failures.
    """

    probe: str
    learnt: int
    rows: int
    importances: tuple[Importance, ...]
    effects: tuple[Effect, ...]
    gallery: tuple[Failure, ...]


@dataclass(frozen=True)
class Findings:
    """What may be expected of the model.

    Args:
        threshold: the signed threshold, or one a label; None where none is needed.
        signed_by, signed_at, because: who signed it, when, and how it was found.
        expected: counts a day, or errors, at that threshold.
        expectations: the same as plain JSON for the package.
        asked: what the model listens to, its effects and failures.
        calibration: how far probabilities are from what happened, out of fold; None for numbers.
        slices: score by group, a tuple a column.
        rates: what decisions do to the people groups.
        weak: groups with losses above the others'.
        notes: what could not be compared.
        hypotheses: the two hypotheses and what became of them.
        card: the model card in Markdown.
        doubts: labels that are probably wrong; None where rows do not bear one label of several.
    """

    threshold: Cut | None
    signed_by: str
    signed_at: str
    because: str
    expected: Expected
    expectations: Mapping[str, Any]
    asked: Asked
    calibration: Reliability | None
    slices: Mapping[str, tuple[Slice, ...]]
    rates: tuple[Table, ...]
    weak: tuple[Weak, ...]
    notes: tuple[str, ...]
    hypotheses: tuple[Hypothesis, ...]
    card: str
    doubts: Doubts | None = None

    @property
    def importances(self) -> tuple[Importance, ...]:
        """Permutation importance of each field."""
        return self.asked.importances
