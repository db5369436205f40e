"""Pictures are resized in the graph as Pillow resizes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.session import session
from milepost.modalities.raster import grey, resize, whole

Array = np.ndarray[Any, Any]


def resized(pixels: Array, height: int, width: int, shades: bool = False) -> Array:
    builder = Builder()
    planes = resize(builder, builder.input("x", "pixels"), height, width)
    channels = 1 if shades else 3
    planes = whole(builder, grey(builder, planes)) if shades else planes
    builder.output(builder.node("Flatten", planes, axis=1), "y", "float", channels * height * width)
    found = session(builder.model()).run(None, {"x": pixels})[0]
    return np.asarray(found.reshape(len(pixels), channels, height, width).transpose(0, 2, 3, 1))


SIZES = [(256, 256), (512, 340), (1, 4000), (28, 28), (1, 1), (225, 223), (3, 900), (2000, 7)]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_it_is_the_filter_of_pillow(size: tuple[int, int]) -> None:
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(0).integers(0, 256, (2, *size, 3), dtype=np.uint8)
    for height, width in ((224, 224), (32, 32), (20, 50)):
        found = resized(pixels, height, width)
        expected = [
            np.asarray(image.fromarray(one).resize((width, height), image.BILINEAR)) for one in pixels
        ]
        # Pillow rounds after each of its two passes.
        assert np.abs(found - np.stack(expected)).max() < 1.01


def test_the_mean_stays_and_its_own_size_changes_nothing() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (1, 64, 96, 3), dtype=np.uint8)
    assert np.abs(resized(pixels, 64, 96) - pixels).max() < 1e-4
    assert resized(pixels, 1, 1) == pytest.approx(pixels.mean((1, 2)).reshape(1, 1, 1, 3), abs=8)
    assert resized(pixels, 16, 24).mean() == pytest.approx(pixels.mean(), abs=0.5)


def test_shades_are_whole_numbers_as_pillow_makes_them() -> None:
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(2).integers(0, 256, (1, 8, 8, 3), dtype=np.uint8)
    found = resized(pixels, 8, 8, shades=True)[0, :, :, 0]
    assert np.array_equal(found, found.round())
    assert np.abs(found - np.asarray(image.fromarray(pixels[0]).convert("L"))).max() <= 1
