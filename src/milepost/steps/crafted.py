"""What was made of the columns, and what was kept: the part of `tune`'s findings that the recipe needs."""

from __future__ import annotations

from dataclasses import dataclass, field

from milepost.data.recipe import Recipe
from milepost.data.schema import Field
from milepost.modalities.made import title
from milepost.steps.sampled import Sampled


@dataclass(frozen=True)
class Gain:
    """What a quick model gained by a family of features.

    Args:
        learner: the model.
        gain: by how much its loss fell, as a share of the loss without them.
        low, high: its 95 % interval.
        p: one-sided p-value, corrected for the number of tests (Holm).
    """

    learner: str
    gain: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Judged:
    """One family of made features, and what the paired test says.

    Args:
        family: "pairs" or "groups".
        proposed: how many were proposed.
        made: kind and columns of each feature that the rows named.
        gains: what each quick model gained.
        kept: whether the features are part of the recipe.
    """

    family: str
    proposed: int
    made: tuple[tuple[str, tuple[str, ...]], ...]
    gains: tuple[Gain, ...]
    kept: bool


@dataclass(frozen=True)
class Features:
    """What was made of the columns, and what was kept.

    Args:
        judged: every family that was tried.
        why: why nothing was tried, or not every family, one sentence, or "".
    """

    judged: tuple[Judged, ...] = ()
    why: str = ""

    @property
    def kept(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Kind and columns of every feature that is part of the recipe."""
        return tuple(one for family in self.judged if family.kept for one in family.made)


@dataclass(frozen=True)
class Part:
    """The part of `tune`'s findings that says what was made of the columns, and how many rows trained."""

    features: Features = field(default_factory=Features)
    sample: Sampled = field(default_factory=Sampled)


def fields_of(recipe: Recipe, found: Features) -> tuple[Field, ...]:
    """The kept features as fields of the recipe's columns."""
    return tuple(
        Field(title(kind, names), kind, tuple(recipe.schema[name] for name in names))
        for kind, names in found.kept
    )
