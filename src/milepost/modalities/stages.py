"""Frozen stages of images: a pretrained network, or a small square of pixels, each with plain statistics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from milepost.graphs.builder import Builder
from milepost.modalities import lite, raster
from milepost.modalities.base import Frozen

LOOKS = ("brightness", "contrast", "colourfulness")
EXTENT = ("size", "aspect")
STEP = 16.0
"""Size and aspect are kept in sixteenths of an octave beside pixels."""


@dataclass(frozen=True)
class Embedding(Frozen):
    """What EfficientNet-Lite0 makes of an image, and its plain statistics.

    Args:
        size: pixels of the square that the network sees.
    """

    size: int
    width: int = lite.WIDTH + len(LOOKS) + len(EXTENT)
    share: float = 0.6

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"{lite.NAME} with inner channels at {self.size} pixels"

    @property
    def plain(self) -> tuple[str, ...]:
        """The names of the statistics, which come last."""
        return (*LOOKS, *EXTENT)

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        """Adds the resized image through the network, beside its statistics."""
        planes = seen(builder, raw[0], self.size)
        looks = raster.looks(builder, planes, colours=True)
        return builder.node(
            "Concat", lite.emit(builder, planes), looks, raster.extent(builder, raw[0]), axis=1
        )

    def statistics(self, builder: Builder, frozen: str) -> str:
        """Adds a cut: the statistics."""
        return cut(builder, frozen, lite.WIDTH, self.width)


@dataclass(frozen=True)
class Maps(Frozen):
    """What EfficientNet-Lite0 sees before its last four blocks, place by place, then earlier moments.

    It is rounded to 16 bits in the graph as well, so that answers that were kept are those of the graph.

    Args:
        size: pixels of the square that the network sees.
    """

    size: int
    dtype: str = "float16"

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"{lite.NAME} before its last blocks at {self.size} pixels"

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of the maps."""
        side = -(-self.size // lite.SHRINKS)
        return side, side, lite.DEPTH

    @property
    def cells(self) -> int:
        """Numbers of the maps."""
        side, _, channels = self.shape
        return side * side * channels

    @property
    def width(self) -> int:  # type: ignore[override]
        return self.cells + lite.EARLY

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        """Adds the resized image through the first blocks; channels of the maps come last."""
        planes = seen(builder, raw[0], self.size)
        maps, moments = builder.once(("trunk", planes), lambda: lite.trunk(builder, planes))
        flat = builder.node("Flatten", builder.node("Transpose", maps, perm=[0, 2, 3, 1]), axis=1)
        both = builder.node("Concat", flat, moments, axis=1)
        return builder.cast(builder.cast(both, "float16"), "float")


@dataclass(frozen=True)
class Pixels(Frozen):
    """A small square of an image's pixels, whole numbers from 0 to 255, then size and aspect.

    Args:
        side: pixels of the square.
        channels: 3, or 1 of grey images.
    """

    side: int
    channels: int
    dtype: str = "uint8"

    @property
    def cells(self) -> int:
        """Numbers of the pixels."""
        return self.side * self.side * self.channels

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"pixels {self.side} x {self.side} x {self.channels}"

    @property
    def width(self) -> int:  # type: ignore[override]
        return self.cells + len(EXTENT)

    @property
    def plain(self) -> tuple[str, ...]:
        """The names of the statistics."""
        return (*LOOKS[: 3 if self.channels == 3 else 2], *EXTENT)

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        """Adds the resized image, one row of pixels after another, with its channels last."""
        planes = raster.resize(builder, raw[0], self.side, self.side)
        if self.channels == 1:
            planes = raster.grey(builder, planes)
        flat = builder.node("Flatten", builder.node("Transpose", planes, perm=[0, 2, 3, 1]), axis=1)
        scaled = builder.node("Mul", raster.extent(builder, raw[0]), builder.const(np.float32(STEP)))
        moved = builder.node("Add", scaled, builder.const(np.array([[0, 128]], np.float32)))
        return raster.whole(builder, builder.node("Concat", flat, moved, axis=1))

    def statistics(self, builder: Builder, frozen: str) -> str:
        """Adds the statistics of the pixels, and size and aspect as octaves again."""
        shape = builder.const(np.array([-1, self.side, self.side, self.channels]))
        square = builder.node("Reshape", cut(builder, frozen, 0, self.cells), shape)
        looks = raster.looks(
            builder, builder.node("Transpose", square, perm=[0, 3, 1, 2]), self.channels == 3
        )
        octaves = builder.node(
            "Div",
            builder.node(
                "Sub",
                cut(builder, frozen, self.cells, self.width),
                builder.const(np.array([[0, 128]], np.float32)),
            ),
            builder.const(np.float32(STEP)),
        )
        return builder.node("Concat", looks, octaves, axis=1)


def seen(builder: Builder, pixels: str, size: int) -> str:
    """Adds the square that the network sees; stages of one size share it."""
    return builder.once(("seen", pixels, size), lambda: raster.resize(builder, pixels, size, size))


def cut(builder: Builder, tensor: str, start: int, end: int) -> str:
    """Adds a cut of columns."""
    ends = (builder.const(np.array([at])) for at in (start, end, 1))
    return builder.node("Slice", tensor, *ends)
