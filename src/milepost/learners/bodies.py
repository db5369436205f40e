"""The form of a deep network: a body for each signal, joined with other features, and one last layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from milepost.learners.encoder import Encoder
from milepost.learners.ops import Ops, Scale, T
from milepost.modalities.base import Block

Array = np.ndarray[Any, Any]
SMALL = 10
"""Pictures are halved until the shorter side has no more places than this."""
LARGE = 40
"""A shorter side of more places than this is halved by the first convolution already."""
MOST = 4
"""Channels grow to so many times the first layer's."""
LETTERS = 32
"""Numbers that stand for a byte."""


@dataclass(frozen=True)
class Form:
    """The form of a network.

    Args:
        blocks: its signals.
        scales: how each of them is scaled; None for bytes.
        columns: the features that are no signals.
        encoder: what it makes of those.
        channels: channels of the first layer.
        depth: residual blocks a stage.
        width: units of the joint layer.
        outputs: number of raw scores.
    """

    blocks: tuple[Block, ...]
    scales: tuple[Scale | None, ...]
    columns: Array
    encoder: Encoder
    channels: int
    depth: int
    width: int
    outputs: int


def forward(ops: Ops[T], form: Form) -> T:
    """Raw scores (rows, outputs): the bodies' vectors and the other features, a joint layer, the last one.

    Other features have a straight way to the scores too, as in "wide and deep" networks (Cheng et al. 2016):
    a few numbers would be lost among hundreds that the bodies find.
    """
    parts = [
        texts(ops, f"{at} ", block, form) if scale is None else pictures(ops, f"{at} ", (block, scale), form)
        for at, (block, scale) in enumerate(zip(form.blocks, form.scales, strict=True))
    ]
    beside = ops.others(form.columns, form.encoder) if len(form.columns) else None
    if beside is not None:
        parts.append(beside)
    h = ops.join(parts) if len(parts) > 1 else parts[0]
    h = ops.relu(ops.dense("joint", ops.drop(h), form.width))
    raw = ops.dense("last", ops.drop(h), form.outputs)
    return raw if beside is None else ops.add(raw, ops.dense("beside", beside, form.outputs))


def pictures(ops: Ops[T], name: str, signal: tuple[Block, Scale], form: Form) -> T:
    """A small residual network (He et al. 2016) on pixels or on a spectrogram as a picture of one channel."""
    block, scale = signal
    side = min(block.shape[:2])
    first = 2 if side > LARGE else 1
    h = ops.relu(ops.conv(f"{name}stem", ops.planes(block, scale), form.channels, (3, first)))
    side = -(-side // first)
    units, stage = form.channels, 0
    while side > SMALL or not stage:
        units, stage, side = min(2 * units, MOST * form.channels), stage + 1, -(-side // 2)
        h = ops.relu(ops.conv(f"{name}{stage} down", h, units, (3, 2)))
        for place in range(form.depth):
            h = _residual(ops, f"{name}{stage} {place} ", h, (units, 3))
    return ops.course(h) if block.kind == "spectrogram" else ops.pool(h)


def texts(ops: Ops[T], name: str, block: Block, form: Form) -> T:
    """Convolutions over embedded bytes (Zhang, Zhao & LeCun 2015): what two stages find, wherever it is."""
    values, mask = ops.bytes(block)
    h = ops.mul(ops.embed(f"{name}table", values, LETTERS), mask)
    pooled = []
    for stage in range(2):
        units = form.channels * 2 ** (stage + 1)
        mask = ops.thin(mask)
        h = ops.mul(ops.relu(ops.conv(f"{name}{stage} down", h, units, (7 - 2 * stage, 2))), mask)
        for place in range(form.depth):
            h = _residual(ops, f"{name}{stage} {place} ", h, (units, 5), mask)
        pooled.append(ops.pool(h, mask))
    return ops.join(pooled)


def _residual(ops: Ops[T], name: str, h: T, form: tuple[int, int], mask: T | None = None) -> T:
    """A residual block; under a mask nothing stands beyond the end of a text, in between neither."""
    units, size = form
    inner = ops.relu(ops.conv(f"{name}first", h, units, (size, 1)))
    inner = inner if mask is None else ops.mul(inner, mask)
    found = ops.relu(ops.add(h, ops.conv(f"{name}second", inner, units, (size, 1), last=True)))
    return found if mask is None else ops.mul(found, mask)
