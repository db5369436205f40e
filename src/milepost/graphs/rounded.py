"""Numbers of a model on coarse grids, which a package holds in fewer bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
SHARE = 0.02
"""Standard deviation of the summed rounding errors, as a share of what independent trees would add up to."""
LEVELS = 127
"""A weight is a whole number up to this size times the scale of its column."""
BITS = 12
"""Significant bits of a step or scale: few, so that whole multiples of it are exact in float32."""


def spacing(leaves: Array, rows: Array, trees: Array) -> float:
    """Returns the step of the grid on which the leaves of summed trees may lie.

    Rounding moves a leaf by up to half a step, each tree's by its own luck: T trees by sqrt(T / 12) steps.

    Args:
        leaves: what each leaf adds (leaves,).
        rows: rows that each has seen (leaves,).
        trees: the tree of each, from 0 (leaves,).
    """
    total = np.maximum(np.bincount(trees, rows), 1e-300)
    mean = np.bincount(trees, rows * leaves) / total
    spread = np.bincount(trees, rows * (leaves - mean[trees]) ** 2) / total
    return float(short(SHARE * np.sqrt(12 * spread.mean())))


def gridded(values: Array, width: float) -> Array:
    """The nearest multiples of a step; values as they are where it is 0.

    >>> gridded(np.array([0.3, -1.1]), 0.25).tolist()
    [0.25, -1.0]
    """
    return np.round(values / width) * width if width > 0 else values


def short(values: Any) -> Array:
    """Positive numbers rounded up to 12 significant bits.

    >>> float(short(0.1))
    0.100006103515625
    """
    part, power = np.frexp(np.asarray(values, np.float64))
    return np.asarray(np.ldexp(np.ceil(part * 2**BITS) / 2**BITS, power))


def coarse(weight: Array) -> Array:
    """A matrix with each column on a grid of 255 steps around 0, float32 (inputs, units)."""
    whole, scale = _codes(np.asarray(weight, np.float32))
    return whole.astype(np.float32) * scale


def codes(weight: Array) -> tuple[Array, Array] | None:
    """The whole numbers, int8, and scales (1, units) of a matrix that `coarse` made; None of any other."""
    whole, scale = _codes(weight)
    same = np.array_equal(whole.astype(np.float32) * scale, weight)
    return (whole, scale) if same else None


def _codes(weight: Array) -> tuple[Array, Array]:
    most = np.abs(weight.astype(np.float64)).max(axis=0, keepdims=True, initial=0.0)
    scale = np.where(most > 0, short(most / LEVELS), 1.0).astype(np.float32)
    return np.round(weight / scale).astype(np.int8), scale
