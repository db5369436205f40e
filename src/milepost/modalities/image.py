"""Images: what a pretrained network sees in them, their pixels, and a few plain statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import polars as pl

from milepost.graphs.builder import Builder
from milepost.modalities import kept, lite
from milepost.modalities.base import (
    Array,
    Block,
    Facts,
    Fitted,
    Frozen,
    Modality,
    Vectorizer,
    View,
    modalities,
)
from milepost.modalities.examine import examiner
from milepost.modalities.looks import examples, inspect, measure, summary
from milepost.modalities.scored import Scores, ScoreVectorizer
from milepost.modalities.stages import Embedding, Maps, Pixels, cut

SMALL = 64
"""Images whose longer side has no more pixels are small."""
FEW = 5_000
"""Up to so many small images go through the pretrained network too."""
SIZES: tuple[tuple[int, int], ...] = ((10_000, lite.SIZE), (25_000, 160), (50_000, 128))
"""Up to so many rows images are seen at such a size by the pretrained network; more at 96 pixels."""
LEAST = 96
SIDES = (64, 48, 32, 24, 20, 16)
CELLS, SCORED = 128_000_000, 1_024
"""Most numbers of a matrix of pixels, and most pixels that a linear score is made of."""
MAPPED, PART = 25_000, 4_096
"""Up to so many rows there are maps, 126 million numbers; so many rows are looked at together."""


@dataclass(frozen=True, eq=False)
class Cut(Fitted):
    """The first numbers of a frozen stage: an embedding or maps, brought to scale, or pixels as a signal.

    Args:
        features: their names.
        frozen: the stage.
        blocks: the signal or maps, or ().
        middle: what is taken off each number, float32 (features,), or None.
        factor: what it is multiplied by then.
    """

    features: tuple[str, ...]
    frozen: Frozen | None = None
    blocks: tuple[Block, ...] = ()
    middle: Array | None = None
    factor: Array | None = None

    def finish(self, builder: Builder, frozen: str) -> str:
        """Adds a cut, and a scale where there is one."""
        first = cut(builder, frozen, 0, len(self.features))
        if self.middle is None or self.factor is None:
            return first
        moved = builder.node("Sub", first, builder.const(self.middle[None, :]))
        return builder.node("Mul", moved, builder.const(self.factor[None, :]))


@dataclass(frozen=True)
class CutVectorizer(Vectorizer):
    """An embedding, maps, or pixels as a signal; all it learns is the scale of moments of inner channels.

    Args:
        name: the column.
        frozen: the stage.
    """

    name: str
    frozen: Embedding | Maps | Pixels

    def fit(self, columns: pl.DataFrame, target: Array | None, weight: Array | None) -> Fitted:  # noqa: ARG002
        if isinstance(self.frozen, Pixels):
            side, channels = self.frozen.side, self.frozen.channels
            names = tuple(f"{self.name} pixel {at}" for at in range(self.frozen.cells))
            return Cut(names, self.frozen, (Block("pixels", 0, (side, side, channels)),))
        if isinstance(self.frozen, Embedding):
            names = tuple(f"{self.name} embedding {at}" for at in range(lite.WIDTH))
            return Cut(names, self.frozen, (), *self._scale(columns, lite.HEAD, lite.WIDTH))
        cells, width = self.frozen.cells, self.frozen.width
        names = (
            *(f"{self.name} map {at}" for at in range(cells)),
            *(f"{self.name} moment {at}" for at in range(lite.EARLY)),
        )
        blocks = (Block("maps", 0, self.frozen.shape),)
        return Cut(names, self.frozen, blocks, *self._scale(columns, cells, width))

    def _scale(self, columns: pl.DataFrame, start: int, end: int) -> tuple[Array, Array]:
        """What is taken off each number and what it is multiplied by; nothing is done before `start`.

        Answers are looked at part by part, as maps are large and the moments beside them few.
        """
        column, found = columns[self.name], [np.empty((0, end - start), np.float32)]
        kept.look(self.frozen, column, "pixels")
        for at in range(0, len(column), PART):
            found.append(kept.answers(self.frozen, column[at : at + PART], "pixels")[:, start:end])
        middle, factor = np.zeros(end, np.float32), np.ones(end, np.float32)
        middle[start:], factor[start:] = lite.scale(np.concatenate(found))
        return middle, factor


@dataclass(frozen=True, eq=False)
class Portrait(Fitted):
    """Scores of the target, then plain statistics.

    Args:
        features: their names.
        scores: the scores.
        middle: what is taken off each statistic, float32 (statistics,).
        spread: what it is divided by then.
        frozen: the stage.
    """

    features: tuple[str, ...]
    scores: Fitted
    middle: Array
    spread: Array
    frozen: Embedding | Pixels | None = None

    def finish(self, builder: Builder, frozen: str) -> str:
        """Adds a product for the scores, and scaled statistics beside them."""
        assert self.frozen is not None
        plain = self.frozen.statistics(builder, frozen)
        moved = builder.node("Sub", plain, builder.const(self.middle[None, :]))
        scaled = builder.node("Div", moved, builder.const(self.spread[None, :]))
        return builder.node("Concat", self.scores.finish(builder, frozen), scaled, axis=1)


@dataclass(frozen=True)
class PortraitVectorizer(Vectorizer):
    """Linear scores of the target from a frozen stage, see `ScoreVectorizer`, and plain statistics.

    Args:
        name: the column.
        frozen: the stage.
        scaled: whether statistics are scaled to unit variance over training rows.
        uses_target: always true.
    """

    name: str
    frozen: Embedding | Pixels
    scaled: bool
    uses_target: bool = True

    @property
    def _scorer(self) -> ScoreVectorizer:
        return ScoreVectorizer(self.name, self.frozen, "pixels")

    def fit(self, columns: pl.DataFrame, target: Array | None, weight: Array | None) -> Fitted:
        scores = self._scorer.fit(columns, target, weight)
        count = len(self.frozen.plain)
        middle, spread = np.zeros(count, np.float32), np.ones(count, np.float32)
        names = (*scores.features, *(f"{self.name} {one}" for one in self.frozen.plain))
        found = Portrait(names, scores, middle, spread, self.frozen)
        if not self.scaled or not len(columns):
            return found
        values = _statistics(self.frozen, kept.answers(self.frozen, columns[self.name], "pixels"))
        deviation = values.std(0)
        spread = np.where(deviation > lite.FLAT, deviation, 1).astype(np.float32)
        return replace(found, middle=values.mean(0), spread=spread)

    def refit(
        self, fitted: Fitted, columns: pl.DataFrame, target: Array | None, weight: Array | None
    ) -> Fitted:
        """Learns the scores anew from other rows; the statistics stay."""
        if not isinstance(fitted, Portrait) or not isinstance(fitted.scores, Scores):
            return fitted
        scores = self._scorer.refit(fitted.scores, columns, target, weight)
        return replace(fitted, scores=scores)


def _statistics(frozen: Embedding | Pixels, answers: Array) -> Array:
    from milepost.graphs.session import run, session

    builder = Builder()
    first = builder.input("frozen", "float", frozen.width)
    builder.output(frozen.statistics(builder, first), "plain", "float", len(frozen.plain))
    (found,) = run(session(builder.model(), arena=False), {"frozen": answers}).values()
    return np.asarray(found)


class Image(Modality):
    """Photographs, scans, tiles of a map: pixels of any size."""

    name = "image"
    becomes = (
        "what EfficientNet-Lite0, trained on ImageNet, sees in them, out-of-fold linear scores of it, "
        "their brightness, contrast, colours and size; small ones as pixels"
    )

    def recognize(self, facts: Facts) -> tuple[float, str]:
        if facts.dtype != "image":
            return 0.0, f"it holds {facts.dtype}, not images."
        ends = dict.fromkeys(f"{size:.0f}" for size in (facts.low, facts.high) if size)
        sizes = f", {' to '.join(ends)} pixels long" if ends else ""
        return 1.0, f"it holds images{sizes}{', all of them grey' if facts.channels == 1 else ''}."

    def measure(self, known: pl.Series) -> Mapping[str, Any]:
        """Returns the smallest and largest size of a sample, and whether all of it is grey."""
        return measure(known)

    def wire(self, facts: Facts) -> str:  # noqa: ARG002
        return "pixels"

    def summarize(self, column: pl.Series) -> Mapping[str, Any]:
        """Returns counts, sizes, brightness, formats and modes of a sample."""
        return summary(column)

    def views(self, facts: Mapping[str, Facts]) -> frozenset[View]:
        """Pixels always, the embedding where the network is installed and images are worth it.

        Maps are of use where the last blocks can be trained: with PyTorch, and where all fit into memory.
        """
        (one,) = facts.values()
        own: frozenset[View] = frozenset({"signals"})
        if not embeds(one):
            return own
        trained = find_spec("torch") is not None and one.rows <= MAPPED
        return own | ({"embedded", "maps"} if trained else {"embedded"})

    def vectorizer(self, view: View, facts: Mapping[str, Facts]) -> Vectorizer:
        (one,) = facts.values()
        if view == "embedded" and embeds(one):
            return CutVectorizer(one.name, embedding(one))
        if view == "maps" and embeds(one):
            return CutVectorizer(one.name, maps(one))
        if view == "signals":
            return CutVectorizer(one.name, pixels(one, CELLS // max(1, one.rows)))
        frozen = embedding(one) if embeds(one) else pixels(one, SCORED)
        return PortraitVectorizer(one.name, frozen, view != "trees")

    def pretrained(self, facts: Facts) -> Frozen | None:
        """Returns EfficientNet-Lite0 where it is installed and images are worth it."""
        return embedding(facts) if embeds(facts) else None

    def examples(self, column: pl.Series) -> list[Any]:  # noqa: ARG002
        """Returns a missing image and made ones: one pixel, 8,000 in a row, grey, noise, turned, clear."""
        return [None, *examples()]


def embeds(facts: Facts) -> bool:
    """Whether images go through the pretrained network: installed, in time, and not for many small ones."""
    return (
        lite.installed() and facts.pretrained and (facts.rows <= FEW or not facts.high or facts.high > SMALL)
    )


def embedding(facts: Facts) -> Embedding:
    """The pretrained network, at a size that many rows can afford."""
    return Embedding(next((size for rows, size in SIZES if facts.rows <= rows), LEAST))


def maps(facts: Facts) -> Maps:
    """What the pretrained network sees before its last blocks, at the size of the embedding."""
    return Maps(embedding(facts).size)


def pixels(facts: Facts, most: int) -> Pixels:
    """The largest square of pixels with so many numbers at most; small images keep their own size."""
    channels = 1 if facts.channels == 1 else 3
    own = int(facts.high or 0)
    sides = (own, *(side for side in SIDES if side < own)) if 0 < own <= SMALL else SIDES
    return Pixels(
        next((side for side in sides if side * side * channels <= most), min(*sides, SIDES[-1])), channels
    )


modalities.add("image", Image())
examiner("image", inspect)
