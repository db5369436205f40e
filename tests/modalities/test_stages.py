"""Frozen stages of images: their statistics are what numpy says, their pixels whole numbers."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import polars as pl
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.session import session
from milepost.modalities import kept, lite, media
from milepost.modalities.base import Facts, modalities
from milepost.modalities.stages import Embedding, Maps, Pixels
from milepost.testing.modalities import features

PIL = pytest.importorskip("PIL.Image", reason="Pillow is not installed (extra [image])")
IMAGE = modalities["image"]
Array = np.ndarray[Any, Any]


def referred(pixels: Array, kind: str = "PNG") -> str:
    stream = io.BytesIO()
    PIL.fromarray(pixels).save(stream, kind)
    return media.reference("image", media.put(stream.getvalue()))


def test_statistics_are_what_numpy_says() -> None:
    generator = np.random.default_rng(3)
    drawn = generator.integers(0, 256, (24, 16, 3), dtype=np.uint8)
    frame = pl.DataFrame({"p": [referred(drawn)] * 2})
    facts = {"p": Facts("p", "image", 100_000, 0, 2, 24, 24, channels=3)}
    fitted = IMAGE.vectorizer("trees", facts).fit(frame, np.array([0.0, 1.0]), None)
    named = dict(zip(fitted.features, features(fitted, frame, {"p": "pixels"})[0], strict=True))
    small = np.asarray(PIL.fromarray(drawn).resize((16, 16), PIL.BILINEAR)).astype(float) / 255
    grey = small @ [0.299, 0.587, 0.114]
    red, green, blue = np.moveaxis(small, 2, 0)
    first, second = red - green, (red + green) / 2 - blue
    colour = np.hypot(first.std(), second.std()) + 0.3 * np.hypot(first.mean(), second.mean())
    assert named["p brightness"] == pytest.approx(grey.mean(), abs=2e-3)
    assert named["p contrast"] == pytest.approx(grey.std(), abs=2e-3)
    assert named["p colourfulness"] == pytest.approx(colour, abs=2e-3)
    assert named["p size"] == pytest.approx(np.log2(np.sqrt(24 * 16)), abs=1 / 30)
    assert named["p aspect"] == pytest.approx(np.log2(16 / 24), abs=1 / 30)


@pytest.mark.skipif(not lite.installed(), reason="the weights are not installed (extra [image])")
def test_the_embedding_has_its_statistics_beside_it() -> None:
    drawn = np.random.default_rng(4).integers(0, 256, (50, 200, 3), dtype=np.uint8)
    stage = Embedding(96)
    (answer,) = kept.Kept().answers(stage, pl.Series([referred(drawn)]), "pixels")
    named = dict(zip(stage.plain, answer[lite.WIDTH :], strict=True))
    assert named["aspect"] == pytest.approx(2)
    assert named["size"] == pytest.approx(np.log2(100))
    small = np.asarray(PIL.fromarray(drawn).resize((96, 96), PIL.BILINEAR)).astype(float) / 255
    assert named["brightness"] == pytest.approx((small @ [0.299, 0.587, 0.114]).mean(), abs=2e-3)
    builder = Builder()
    raw = builder.input("x", "float", stage.width)
    builder.output(stage.statistics(builder, raw), "y", "float", len(stage.plain))
    (found,) = session(builder.model()).run(None, {"x": answer[None]})
    assert np.array_equal(found[0], answer[lite.WIDTH :])


def test_stages_of_other_sizes_are_kept_apart() -> None:
    names = {
        stage.name
        for stage in (
            *(Pixels(16, 1), Pixels(16, 3), Pixels(24, 1)),
            *(Embedding(96), Embedding(224), Maps(96), Maps(224)),
        )
    }
    assert len(names) == 7


@pytest.mark.skipif(not lite.installed(), reason="the weights are not installed (extra [image])")
def test_maps_and_embedding_share_their_first_blocks_in_one_graph() -> None:
    """Together they are hardly larger than the embedding alone, and each is as it would be alone."""
    both, alone = Builder(), Builder()
    for builder, stages in ((both, (Maps(96), Embedding(96))), (alone, (Embedding(96),))):
        raw = builder.input("p", "pixels")
        for stage in stages:
            builder.output(stage.emit(builder, (raw,)), type(stage).__name__, "float", stage.width)
    count = [sum(node.op_type == "Conv" for node in builder.model().graph.node) for builder in (both, alone)]
    assert count[0] == count[1]
    drawn = np.random.default_rng(4).integers(0, 256, (3, 50, 60, 3), dtype=np.uint8)
    maps, embedding = session(both.model()).run(["Maps", "Embedding"], {"p": drawn})
    (single,) = session(alone.model()).run(None, {"p": drawn})
    assert np.array_equal(embedding, single)
    assert maps.shape == (3, Maps(96).width)
    assert np.array_equal(maps, maps.astype(np.float16).astype(np.float32)), "16 bits hold them"
    assert np.abs(maps[:, : Maps(96).cells]).max() > 1


def test_the_shape_of_maps_follows_from_the_size() -> None:
    assert [Maps(size).shape[0] for size in (224, 160, 128, 96)] == [7, 5, 4, 3]


def test_pixels_of_the_longest_and_smallest_fit_into_bytes() -> None:
    stage = Pixels(8, 3)
    sizes = [(1, 1), (1, 8000), (8000, 1), (300, 300)]
    column = pl.Series([referred(np.full((*size, 3), 255, np.uint8)) for size in sizes])
    found = kept.Kept().answers(stage, column, "pixels")
    assert np.array_equal(found, found.round())
    assert (found[:, : stage.cells] == 255).all()
    octaves = found[:, -1] / 16 - 8
    assert octaves[:2].tolist() == [0, pytest.approx(127 / 16)], "the aspect is cut where a byte ends"
