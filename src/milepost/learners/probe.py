"""Linear models on what a pretrained network, or a table of word vectors, makes of a column."""

from __future__ import annotations

from typing import ClassVar

from milepost.learners.base import Params, learners
from milepost.learners.linear import Linear
from milepost.learners.space import Knob, Space
from milepost.modalities.base import View
from milepost.tasks.base import Head

STRENGTHS = (1.0, 0.1, 10.0, 0.03, 0.3, 3.0, 0.01)
"""Strengths of regularisation, the most useful first."""


class Probe(Linear):
    """A linear probe: logistic regression or ridge on frozen embeddings (Alain & Bengio 2016).

    Embeddings keep the scale that their network gave them, so that the strength means the same from one
    data set to the next; other columns are standardised beside them.
    """

    name: ClassVar[str] = "probe"
    title: ClassVar[str] = "linear probe of pretrained embeddings"
    view: ClassVar[View] = "embedded"
    needs: ClassVar[frozenset[str]] = frozenset({"text", "image", "sound"})
    wide: ClassVar[int] = 256
    tolerance: ClassVar[float] = 1e-6

    def portfolio(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """Seven strengths of regularisation, evenly spread in the logarithm."""
        return tuple({"C": c} for c in STRENGTHS)

    def space(self, rows: int, features: int, head: Head) -> Space:  # noqa: ARG002
        """The strength of regularisation."""
        return (Knob("C", 1e-4, 1e3, log=True),)


learners.add(Probe.name, Probe())
