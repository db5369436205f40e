"""Frozen stages of sounds: a log-mel spectrogram of one length, or its statistics over the whole sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from milepost.graphs.builder import Builder
from milepost.modalities import mel
from milepost.modalities.base import Array, Frozen
from milepost.modalities.waves import FULL, LONGEST

PLAIN = ("seconds", "loudness", "zero crossings", "centroid", "clipped")
"""Length, log(1 + mean square / 1e-7), sign changes a sample, mean frequency in kHz, share at full scale."""
QUIET = 1e-7
HOP = 256
FAR = 2**62
"""Beyond any end."""


@dataclass(frozen=True)
class Spectrogram(Frozen):
    """Log-mel energies of the first seconds of a sound, silence beyond its end: frames, each with its bands.

    Args:
        seconds: how many.
        hop: samples at 16 kHz between two frames.
    """

    seconds: float
    hop: int

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return mel.frames_of(self.count, self.hop)

    @property
    def count(self) -> int:
        """Samples at 16 kHz."""
        return max(mel.WINDOW, round(self.seconds * mel.RATE))

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"log-mel {mel.BANDS} bands {self.count} samples every {self.hop}"

    @property
    def width(self) -> int:  # type: ignore[override]
        return self.frames * mel.BANDS

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        """Adds the spectrogram, frame after frame in one row."""
        samples, _ = mel.samples_of(builder, raw[0], self.seconds)
        energy = mel.energies(builder, mel.fit(builder, samples, self.count), self.hop)
        return builder.node("Flatten", mel.logs(builder, energy), axis=1)


@dataclass(frozen=True)
class Pooled(Frozen):
    """Mean, standard deviation and maximum of each log-mel band over 30 seconds at most; plain ones last."""

    name: str = f"pooled log-mel {mel.BANDS} bands"
    width: int = 3 * mel.BANDS + len(PLAIN)

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        """Adds the statistics: float (rows, 3 bands + 5)."""
        node, const = builder.node, builder.const
        samples, length = mel.samples_of(builder, raw[0], LONGEST)
        energy = mel.energies(builder, samples, HOP)
        logs = mel.logs(builder, energy)
        frames = const(np.array([1], np.int64))
        mean = node("ReduceMean", logs, frames, keepdims=1)
        away = node("Sub", logs, mean)
        spread = node("Sqrt", node("ReduceMean", node("Mul", away, away), frames, keepdims=0))
        high = node("ReduceMax", logs, frames, keepdims=0)
        mean = node("Squeeze", mean, frames)
        square = node("ReduceMean", node("Mul", samples, samples), frames, keepdims=1)
        louder = node("Mul", square, const(np.float32(1 / QUIET)))
        loud = node("Log", node("Add", louder, const(np.float32(1))))
        seconds = node("Add", node("Mul", loud, const(np.float32(0))), length)
        full = builder.cast(node("GreaterOrEqual", node("Abs", samples), const(np.float32(FULL))), "float")
        plain = (seconds, loud, self._crossings(builder, samples), self._centroid(builder, energy),
                 node("ReduceMean", full, frames, keepdims=1))  # fmt: skip
        return node("Concat", mean, spread, high, *plain, axis=1)

    def _crossings(self, builder: Builder, samples: str) -> str:
        """Share of neighbours of which one is negative and one is not."""
        node, const = builder.node, builder.const
        below = builder.cast(node("Less", samples, const(np.float32(0))), "float")
        before, after = (cut(builder, below, *ends) for ends in ((0, -1), (1, FAR)))
        change = node("Abs", node("Sub", after, before))
        return node("ReduceMean", change, const(np.array([1], np.int64)), keepdims=1)

    def _centroid(self, builder: Builder, energy: str) -> str:
        """Mean frequency by energy in kHz; silence has 0."""
        node, const = builder.node, builder.const
        axis = const(np.array([1], np.int64))
        mean = node("ReduceMean", energy, axis, keepdims=0)
        total = node("ReduceSum", mean, axis, keepdims=1)
        kilo = np.linspace(0, mel.RATE / 2_000, mel.WINDOW // 2 + 1, dtype=np.float32)[:, None]
        return node(
            "Div", node("MatMul", mean, const(kilo)), node("Add", total, const(np.float32(mel.FLOOR)))
        )


def names(column: str) -> tuple[str, ...]:
    """The names of the pooled statistics of a column, plain ones last."""
    bands = (
        f"{column} {kind} of band {band}" for kind in ("mean", "spread", "peak") for band in range(mel.BANDS)
    )
    return (*bands, *(f"{column} {plain}" for plain in PLAIN))


def cut(builder: Builder, tensor: str, start: int, end: int) -> str:
    """Adds a cut of columns."""
    return builder.node(
        "Slice", tensor, *(builder.const(np.array([place], np.int64)) for place in (start, end, 1))
    )


def spreads(answers: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of each column over rows, float32; 1 where a column hardly varies."""
    middle = answers.mean(axis=0, dtype=np.float64)
    spread = answers.std(axis=0, dtype=np.float64)
    return middle.astype(np.float32), np.where(spread < 1e-5, 1.0, spread).astype(np.float32)
