"""Sounds: log-mel energies, as a spectrogram or pooled over time, and a few plain statistics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import numpy as np
import polars as pl

from milepost.errors import InputError
from milepost.graphs.builder import Builder
from milepost.modalities import kept, media, mel
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
from milepost.modalities.hearing import PLAIN, Pooled, Spectrogram, cut, names, spreads
from milepost.modalities.numeric import QUANTILES
from milepost.modalities.scored import Scores, ScoreVectorizer
from milepost.modalities.waves import LONGEST, Sound, examine, pcm

LENGTH = 10.0
"""Seconds of a sound that its spectrogram shows, at most."""
SHORTEST = 0.25
HOPS = (160, 256, 512, 1_024)
FRAMES = 320
"""A spectrogram has no more frames, unless its sounds are long."""
CELLS = 180_000_000
"""Most numbers of a matrix of spectrograms."""
LOUD = 20.0
"""What log energies reach."""
SAMPLE = 128
"""Sounds of a column that are looked at."""


@dataclass(frozen=True, eq=False)
class Heard(Fitted):
    """Scores of the target if there are any, then pooled statistics, scaled or as they are.

    Args:
        features: their names.
        start: the first of the pooled statistics that are handed on.
        middle, spread: what is taken off each of them, and what it is divided by then; float32.
        scores: the scores, or None.
        frozen: the stage.
    """

    features: tuple[str, ...]
    start: int
    middle: Array
    spread: Array
    scores: Fitted | None = None
    frozen: Frozen | None = None

    def finish(self, builder: Builder, frozen: str) -> str:
        """Adds a product for the scores, and scaled statistics beside them."""
        plain = cut(builder, frozen, self.start, Pooled.width)
        moved = builder.node("Sub", plain, builder.const(self.middle[None, :]))
        scaled = builder.node("Div", moved, builder.const(self.spread[None, :]))
        if self.scores is None:
            return scaled
        return builder.node("Concat", self.scores.finish(builder, frozen), scaled, axis=1)


@dataclass(frozen=True)
class HeardVectorizer(Vectorizer):
    """Linear scores of the target from pooled statistics, see `ScoreVectorizer`, and plain statistics.

    Args:
        name: the column.
        scaled: whether plain statistics are scaled to unit variance over training rows; without scores all
            statistics are divided by what they reach.
        uses_target: whether there are scores; without them all pooled statistics are features.
    """

    name: str
    scaled: bool
    uses_target: bool = True

    @property
    def _scores(self) -> ScoreVectorizer:
        return ScoreVectorizer(self.name, Pooled(), "wave")

    def fit(self, columns: pl.DataFrame, target: Array | None, weight: Array | None) -> Fitted:
        scores = self._scores.fit(columns, target, weight) if self.uses_target else None
        start = Pooled.width - len(PLAIN) if self.uses_target else 0
        middle, spread = np.zeros(Pooled.width - start, np.float32), np.ones(Pooled.width - start, np.float32)
        if self.scaled and self.uses_target:
            middle, spread = spreads(kept.answers(Pooled(), columns[self.name], "wave")[:, start:])
        elif self.scaled:
            spread = np.array([*[LOUD] * 3 * mel.BANDS, LONGEST, LOUD, 1, mel.RATE / 2_000, 1], np.float32)
        own = (*(scores.features if scores else ()), *names(self.name)[start:])
        return Heard(own, start, middle, spread, scores, Pooled())

    def refit(
        self, fitted: Fitted, columns: pl.DataFrame, target: Array | None, weight: Array | None
    ) -> Fitted:
        """Learns the scores anew from other rows; plain statistics keep their scale."""
        if not isinstance(fitted, Heard) or not isinstance(fitted.scores, Scores):
            return fitted
        return replace(fitted, scores=self._scores.refit(fitted.scores, columns, target, weight))


@dataclass(frozen=True, eq=False)
class Signal(Fitted):
    """A spectrogram as it is."""

    features: tuple[str, ...]
    blocks: tuple[Block, ...] = ()
    frozen: Frozen | None = None


@dataclass(frozen=True)
class SignalVectorizer(Vectorizer):
    """Learns nothing: a spectrogram as a signal.

    Args:
        name: the column.
        frozen: the stage.
    """

    name: str
    frozen: Spectrogram

    def fit(self, columns: pl.DataFrame, target: Array | None, weight: Array | None) -> Fitted:  # noqa: ARG002
        form = (self.frozen.frames, mel.BANDS)
        own = tuple(f"{self.name} frame {at} band {band}" for at in range(form[0]) for band in range(form[1]))
        return Signal(own, (Block("spectrogram", 0, form),), self.frozen)


class SoundClips(Modality):
    """Recordings: speech, music, machines, animals."""

    name = "sound"
    becomes = (
        "log-mel energies at 16 kHz, as a spectrogram of the first seconds and pooled over time, out-of-fold "
        "linear scores of these, length, loudness, zero crossings, mean frequency and clipping"
    )

    def recognize(self, facts: Facts) -> tuple[float, str]:
        if facts.dtype != "sound":
            return 0.0, f"it holds {facts.dtype}, not sounds."
        long = f", {facts.low:.2g} to {facts.high:.2g} seconds long" if facts.high else ""
        return 1.0, f"it holds sounds{long}."

    def measure(self, known: pl.Series) -> Mapping[str, Any]:
        """Returns the shortest and longest length of a sample in seconds."""
        seconds = [sound.seconds for sound in sample(known)]
        return {"low": min(seconds), "high": max(seconds)} if seconds else {}

    def wire(self, facts: Facts) -> str:  # noqa: ARG002
        return "wave"

    def summarize(self, column: pl.Series) -> Mapping[str, Any]:
        """Returns counts, lengths, rates, channels, formats, silence and clipping of a sample."""
        known = column.drop_nulls()
        counts = {"rows": len(column), "missing": len(column) - len(known), "distinct": known.n_unique()}
        seen = sample(known)
        if not seen:
            return {**counts, "looked_at": 0}
        found = np.quantile([sound.seconds for sound in seen], QUANTILES)
        return {
            **counts,
            "looked_at": len(seen),
            "seconds": {f"{q:g}": round(float(s), 4) for q, s in zip(QUANTILES, found, strict=True)},
            "rates": _counts([str(sound.rate) for sound in seen]),
            "channels": _counts([str(sound.channels) for sound in seen]),
            "formats": _counts([sound.format for sound in seen]),
            "silent": sum(sound.loudest == 0 for sound in seen),
            "clipped": sum(sound.clipped > 0.001 for sound in seen),
        }

    def views(self, facts: Mapping[str, Facts]) -> frozenset[View]:  # noqa: ARG002
        return frozenset({"signals", "embedded"})

    def vectorizer(self, view: View, facts: Mapping[str, Facts]) -> Vectorizer:
        (one,) = facts.values()
        if view == "signals":
            return SignalVectorizer(one.name, spectrogram(one))
        return HeardVectorizer(one.name, view != "trees", view != "embedded")

    def examples(self, column: pl.Series) -> list[Any]:  # noqa: ARG002
        """Returns a missing sound and made ones: silence, clipping, tones, odd rates, a sample, a minute."""
        return [None, *examples()]


def spectrogram(facts: Facts) -> Spectrogram:
    """As long as the longest sound, 10 seconds at most, and as fine as rows allow."""
    seconds = float(np.clip(np.ceil(4 * (facts.high or LENGTH)) / 4, SHORTEST, LENGTH))
    most = max(8, min(FRAMES, CELLS // max(1, facts.rows) // mel.BANDS))
    every = [Spectrogram(seconds, hop) for hop in HOPS]
    return next((one for one in every if one.frames <= most), every[-1])


@lru_cache(maxsize=100_000)
def look(value: str) -> Sound | None:
    """Looks at the sound that a reference names; None where it is not there or cannot be read."""
    try:
        found = examine(media.load(value))
    except InputError:
        return None
    return None if isinstance(found, str) else found


def sample(column: pl.Series) -> list[Sound]:
    """Looks at up to 128 distinct sounds of a column, the same ones in whatever order rows come."""
    values = column.drop_nulls().unique().sort()
    places = np.unique(np.linspace(0, len(values) - 1, min(SAMPLE, len(values))).astype(np.int64))
    return [seen for value in values.gather(places) if (seen := look(value)) is not None]


def inspect(data: bytes) -> tuple[Mapping[str, Any], str]:
    """Facts of a sound's bytes that are collected, and why they cannot be used, or ""."""
    found = examine(data)
    return ({}, found.rstrip(".")) if isinstance(found, str) else (vars(found), "")


@cache
def examples() -> tuple[str, ...]:
    """References to sounds made by program, whose bytes are in memory from then on."""
    return tuple(media.reference("sound", media.put(data)) for data in _made())


def _made() -> list[bytes]:
    rng = np.random.default_rng(7)

    def tone(hertz: float, seconds: float, rate: int, loud: float = 0.5) -> Array:
        return loud * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)

    both = np.stack([tone(440, 0.7, 44_100), tone(660, 0.7, 44_100)], axis=1)
    return [
        pcm(np.zeros(16_000), 16_000),
        pcm(np.sign(tone(200, 0.5, 16_000)), 16_000),
        pcm(tone(440, 1.0, 16_000), 16_000),
        pcm(tone(1_000, 0.4, 11_025), 11_025),
        pcm(both, 44_100),
        pcm(tone(3_000, 0.3, 96_000), 96_000),
        pcm(0.1 * rng.normal(size=12_345), 22_050),
        pcm(np.array([0.3]), 8_000),
        pcm(tone(300, 61.0, 8_000), 8_000),
    ]


def _counts(values: list[str]) -> dict[str, int]:
    return dict(Counter(values).most_common())


modalities.add("sound", SoundClips())
examiner("sound", inspect)
