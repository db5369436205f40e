"""Log-mel energies of sounds as nodes of a graph: resampling, windows, Fourier transform, filters, logarithm.

The formulas are those of torchaudio's `MelSpectrogram` with the HTK scale: Hann windows of 512 samples at
16 kHz, squared magnitudes, triangular filters without a norm; then log(1 + energy / 1e-4): silence is 0.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from milepost.graphs.builder import Builder

Array = np.ndarray[Any, Any]
RATE = 16_000
"""Samples a second that every sound is brought to."""
WINDOW = 512
BANDS = 40
FLOOR = 1e-4
"""Energy that begins to show: what rounding makes of loud sounds in quiet bands stays below."""


@cache
def filters() -> Array:
    """Triangular filters at equal distances on the mel scale, float32 (frequencies, bands).

    mel = 2595 log10(1 + f / 700) (O'Shaughnessy 1987), from 0 to 8,000 Hz.
    """
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, BANDS + 2) / 2595) - 1)
    frequencies = np.linspace(0, RATE / 2, WINDOW // 2 + 1)
    slopes = edges[None, :] - frequencies[:, None]
    widths = np.diff(edges)
    down, up = -slopes[:, :-2] / widths[:-1], slopes[:, 2:] / widths[1:]
    return np.maximum(0.0, np.minimum(down, up)).astype(np.float32)


@cache
def waves() -> Array:
    """Cosines, then sines of each frequency under a Hann window, float32 (2 frequencies, 1, window)."""
    places, frequencies = np.arange(WINDOW), np.arange(WINDOW // 2 + 1)[:, None]
    turns = 2 * np.pi * ((places * frequencies) % WINDOW) / WINDOW
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * places / WINDOW)
    return (np.concatenate([np.cos(turns), np.sin(turns)]) * hann)[:, None, :].astype(np.float32)


def frames_of(samples: int, hop: int) -> int:
    """How many windows fit into so many samples at 16 kHz.

    >>> frames_of(16_000, 160)
    97
    """
    return 1 + max(0, samples - WINDOW) // hop


def samples_of(builder: Builder, raw: str, seconds: float) -> tuple[str, str]:
    """Adds what cuts a sound and brings it to 16 kHz: float (rows, samples), and its length in seconds.

    Resampling is linear under a triangle as wide as the coarser step, so that what is too high is damped.
    All rows have the rate of the first: others go in apart. At least one window comes out.

    Args:
        raw: float (rows, 1 + samples): the rate, then samples.
        seconds: what comes after is cut off.
    """
    node, const = builder.node, builder.const
    first = node("Slice", raw, *(const(np.array(ends, np.int64)) for ends in ([0, 0], [1, 1], [0, 1])))
    rate = node("Clip", node("Reshape", first, const(np.array([1], np.int64))),
                const(np.float32(1_000)), const(np.float32(400_000)))  # fmt: skip
    one, axis = const(np.array([1], np.int64)), const(np.array([1], np.int64))
    most = builder.cast(node("Ceil", node("Mul", rate, const(np.array([seconds], np.float32)))), "int64")
    own = node("Slice", raw, one, node("Add", most, one), axis)
    count = node("Shape", own, start=1, end=2)
    length = node("Div", builder.cast(count, "float"), rate)
    # So many samples are a window at 16 kHz, and one more for what rounding takes.
    need = node("Ceil", node("Mul", rate, const(np.array([(WINDOW + 1) / RATE], np.float32))))
    lacking = node("Max", node("Sub", builder.cast(need, "int64"), count), const(np.array([0], np.int64)))
    ends = node("Concat", const(np.array([0, 0, 0], np.int64)), lacking, axis=0)
    wide = node("Unsqueeze", node("Pad", own, ends), const(np.array([1, 2], np.int64)))
    scale = node(
        "Concat",
        const(np.ones(3, np.float32)),
        node("Div", const(np.array([RATE], np.float32)), rate),
        axis=0,
    )
    even = node(
        "Resize", wide, "", scale, mode="linear", antialias=1, coordinate_transformation_mode="half_pixel"
    )
    return node("Squeeze", even, const(np.array([1, 2], np.int64))), length


def fit(builder: Builder, samples: str, count: int) -> str:
    """Adds a cut, or silence at the end: float (rows, count)."""
    node, const = builder.node, builder.const
    longer = node("Pad", samples, const(np.array([0, 0, 0, count], np.int64)))
    return node("Slice", longer, *(const(np.array([end], np.int64)) for end in (0, count, 1)))


def energies(builder: Builder, samples: str, hop: int) -> str:
    """Adds energies of each frequency in windows every `hop` samples: float (rows, frames, frequencies)."""
    node = builder.node
    wide = node("Unsqueeze", samples, builder.const(np.array([1], np.int64)))
    both = node("Conv", wide, builder.const(waves()), kernel_shape=[WINDOW], strides=[hop])
    halves = builder.const(np.array([WINDOW // 2 + 1] * 2, np.int64))
    real, imaginary = builder.nodes_out("Split", [both, halves], 2, axis=1)
    energy = node("Add", node("Mul", real, real), node("Mul", imaginary, imaginary))
    return node("Transpose", energy, perm=[0, 2, 1])


def logs(builder: Builder, energy: str) -> str:
    """Adds the filters and the logarithm: float (rows, frames, bands), 0 for silence."""
    bands = builder.node("MatMul", energy, builder.const(filters() / np.float32(FLOOR)))
    return builder.node("Log", builder.node("Add", bands, builder.const(np.float32(1))))
