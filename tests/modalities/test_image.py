"""Images: recognised, carried by reference, resized, embedded, scored, all in one graph."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import RidgeCV

from milepost.data.facts import facts_of
from milepost.data.infer import infer_schema
from milepost.data.recipe import Recipe
from milepost.modalities import image, kept, lite, media
from milepost.modalities.base import Facts, modalities
from milepost.modalities.image import embedding, embeds, pixels
from milepost.testing.modalities import check_modality, features

PIL = pytest.importorskip("PIL.Image", reason="Pillow is not installed (extra [image])")
IMAGE = modalities["image"]
Array = np.ndarray[Any, Any]


def referred(pixels: Array, kind: str = "PNG") -> str:
    stream = io.BytesIO()
    PIL.fromarray(pixels).save(stream, kind)
    return media.reference("image", media.put(stream.getvalue()))


def shades(rows: int, size: tuple[int, int] = (20, 30), seed: int = 0) -> tuple[pl.Series, Array]:
    """Grey images of a random brightness under noise, and that brightness."""
    generator = np.random.default_rng(seed)
    level = generator.uniform(30, 220, rows)
    noise = generator.normal(0, 15, (rows, *size))
    drawn = (level[:, None, None] + noise).clip(0, 255).astype(np.uint8)
    return pl.Series("p", [referred(one) for one in drawn]), level


@pytest.fixture(autouse=True)
def _afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "kept", kept.Kept())


def test_a_modality_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "SIZES", ())  # the smallest size is as good here, and five times as quick
    series, _ = shades(3)
    check_modality(IMAGE, pl.DataFrame({"p": series}))


@pytest.mark.skipif(not lite.installed(), reason="the weights are not installed (extra [image])")
def test_many_large_images_are_seen_smaller_and_few_small_ones_too() -> None:
    def facts(rows: int, high: float) -> Facts:
        return Facts("p", "image", rows, 0, rows, high, high, channels=3)

    assert [embedding(facts(rows, 300)).size for rows in (100, 20_000, 40_000, 10**6)] == [224, 160, 128, 96]
    assert embeds(facts(100, 28))
    assert not embeds(facts(60_000, 28))
    assert embeds(facts(60_000, 300))


def test_pixels_fit_into_memory() -> None:
    for rows in (10, 5_000, 30_000, 100_000):
        chosen = pixels(Facts("p", "image", rows, 0, rows, 224, 500, channels=3), 128_000_000 // rows)
        assert rows * chosen.cells <= 128_000_000
    grey = pixels(Facts("p", "image", 60_000, 0, 60_000, 28, 28, channels=1), 3_000)
    assert (grey.side, grey.channels) == (28, 1)


def test_facts_are_measured() -> None:
    series, _ = shades(5, (20, 30))
    facts = facts_of(series)
    assert (facts.dtype, facts.low, facts.high, facts.channels) == ("image", 30, 30, 1)
    assert IMAGE.recognize(facts)[1] == "it holds images, 30 pixels long, all of them grey."
    colour = np.zeros((9, 7, 3), np.uint8)
    colour[0, 0] = (200, 0, 0)
    facts = facts_of(series.append(pl.Series([referred(colour), None])))
    assert (facts.low, facts.high, facts.channels, facts.missing) == (9, 30, 3, 1)
    sure, why = IMAGE.recognize(facts)
    assert sure == 1
    assert "9 to 30 pixels" in why
    assert IMAGE.recognize(Facts("p", "text", 3, 0, 3))[0] == 0


def test_an_image_column_of_a_table_is_recognised() -> None:
    series, level = shades(20)
    frame = pl.DataFrame({"p": series, "y": level})
    schema = infer_schema(frame, ("y",))
    assert {c.name: (c.modality, c.wire) for c in schema.inputs} == {"p": ("image", "pixels")}


@pytest.mark.parametrize("view", ["trees", "dense", "signals", "embedded", "maps"])
def test_what_is_planted_is_found_in_every_view(view: Any) -> None:
    if view in ("embedded", "maps") and not lite.installed():
        pytest.skip("the weights are not installed (extra [image])")
    series, level = shades(160)
    frame = pl.DataFrame({"p": series, "y": level})
    recipe = Recipe.of(frame, infer_schema(frame, ("y",)))
    goal = (level - level.mean()) / level.std()
    transform, train = recipe.fit(frame[:110], view, goal[:110], seed=1)
    seen = transform.matrix(frame[110:])
    ridge = RidgeCV(np.logspace(-2, 6, 9)).fit(train, goal[:110])
    assert ridge.score(seen, goal[110:]) > 0.9, view


def test_small_grey_images_are_a_block_of_their_own_pixels() -> None:
    generator = np.random.default_rng(5)
    drawn = generator.integers(0, 256, (6, 28, 28), dtype=np.uint8)
    frame = pl.DataFrame({"p": [referred(one) for one in drawn]})
    fitted = IMAGE.vectorizer("signals", {"p": facts_of(frame["p"])}).fit(frame, None, None)
    (block,) = fitted.blocks
    assert (block.kind, block.shape) == ("pixels", (28, 28, 1))
    found = features(fitted, frame, {"p": "pixels"})[:, block.columns].reshape(6, 28, 28)
    assert np.array_equal(found, drawn)


def test_an_answer_is_kept_once_a_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    series, _ = shades(5)
    frame = pl.DataFrame({"p": series})
    loaded: list[str] = []
    whole = media.load
    monkeypatch.setattr(media, "load", lambda value: (loaded.append(value), whole(value))[1])
    repeated = pl.concat([frame, frame, frame])
    stage = pixels(Facts("p", "image", 5, 0, 5, 30, 30, channels=1), 900)
    first = kept.Kept(tmp_path).answers(stage, repeated["p"], "pixels")
    assert len(loaded) == 5
    second = kept.Kept(tmp_path).answers(stage, frame["p"], "pixels")
    assert len(loaded) == 5, "what lies on disk is not made again"
    assert np.array_equal(first[:5], second)
    assert np.array_equal(first[5:10], second)


@pytest.mark.skipif(not lite.installed(), reason="the weights are not installed (extra [image])")
def test_maps_are_a_block_where_they_fit_and_can_be_learnt_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "SIZES", ())
    series, _ = shades(6)
    frame, facts = pl.DataFrame({"p": series}), {"p": facts_of(series)}
    monkeypatch.setattr(image, "find_spec", lambda _: object())
    assert "maps" in IMAGE.views(facts)
    many = Facts("p", "image", image.MAPPED + 1, 0, 9, 300, 300, channels=3)
    assert IMAGE.views({"p": many}) == {"signals", "embedded"}
    monkeypatch.setattr(image, "find_spec", lambda _: None)
    assert "maps" not in IMAGE.views(facts), "without PyTorch nobody learns from them"
    fitted = IMAGE.vectorizer("maps", facts).fit(frame, None, None)
    (block,) = fitted.blocks
    assert (block.kind, block.start, block.shape) == ("maps", 0, (3, 3, lite.DEPTH))
    assert len(fitted.features) == block.width + lite.EARLY
    found = features(fitted, frame, {"p": "pixels"})
    kept_ones = kept.answers(fitted.frozen, frame["p"], "pixels")
    assert np.array_equal(found[:, block.columns], kept_ones[:, block.columns]), "what is kept is the graph's"
    inner = features(IMAGE.vectorizer("embedded", facts).fit(frame, None, None), frame, {"p": "pixels"})
    same = inner[:, lite.HEAD : lite.HEAD + lite.EARLY]
    assert np.abs(found[:, block.width :] - same).max() < 0.02, "moments but for 16 bits"
