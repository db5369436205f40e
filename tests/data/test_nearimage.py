"""Near copies of pictures: brightened, resized, compressed and turned ones are found, others are not."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import numpy as np
import pytest

from milepost.data.nearimage import close, hashes, near_pictures, small

Array = np.ndarray


def painted(seed: int, side: int = 120) -> Array:
    """A picture of some soft discs on a slope, uint8 (side, side, 3)."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side
    canvas = np.stack([60 + 80 * (x * random.normal() + y * random.normal()) for _ in range(3)], axis=2)
    for _ in range(6):
        cx, cy, r = [*random.uniform(0, 1, 2).tolist(), random.uniform(0.06, 0.25)]
        inside = 1 / (1 + np.exp((np.hypot(x - cx, y - cy) - r) * 60))
        canvas += inside[:, :, None] * random.uniform(-120, 160, 3)
    return np.clip(canvas, 0, 255).astype(np.uint8)


def compressed(pixels: Array, quality: int) -> Array:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream).convert("RGB"))


def resized(pixels: Array, size: tuple[int, int]) -> Array:
    from PIL import Image

    return np.asarray(Image.fromarray(pixels).resize(size))


CHANGES: dict[str, Callable[[Array], Array]] = {
    "brighter": lambda p: np.clip(p.astype(int) + 25, 0, 255).astype(np.uint8),
    "less contrast": lambda p: (p * 0.6 + 40).astype(np.uint8),
    "noise": lambda p: np.clip(p + np.random.default_rng(0).normal(0, 6, p.shape), 0, 255).astype(np.uint8),
    "compressed": lambda p: compressed(p, 30),
    "smaller": lambda p: resized(p, (64, 64)),
    "of another form": lambda p: resized(p, (200, 150)),
}


def smalls(pictures: list[Array]) -> Array:
    return np.stack([small(p) for p in pictures])


@pytest.mark.parametrize("change", CHANGES)
def test_changed_copies_are_found_and_others_are_not(change: str) -> None:
    if change in ("compressed", "smaller", "of another form"):
        pytest.importorskip("PIL")
    base = [painted(seed) for seed in range(80)]
    found = near_pictures(smalls(base + [CHANGES[change](p) for p in base[:20]]))
    pairs = {(int(i), int(j)) for i, j in found}
    assert pairs <= {(i, 80 + i) for i in range(20)}, "only copies are paired"
    assert len(pairs) >= 19


def test_turned_and_mirrored_ones_count_where_asked_for() -> None:
    base = [painted(seed) for seed in range(60)]
    turned = [np.rot90(base[0]), np.rot90(base[1], 3)[:, ::-1], base[2][:, ::-1]]
    pictures = smalls(base + turned)
    assert len(near_pictures(pictures)) == 0
    assert near_pictures(pictures, turned=True).tolist() == [[0, 60], [1, 61], [2, 62]]


def test_pictures_that_are_all_alike_are_not_all_copies() -> None:
    random = np.random.default_rng(0)
    face = painted(0).astype(float)
    alike = [np.clip(face + 10 * (painted(s).astype(float) - 128) / 64, 0, 255) for s in range(1, 121)]
    pictures = smalls(alike)
    copy = pictures[:5] + random.normal(0, 0.05, pictures[:5].shape)
    pairs = near_pictures(np.concatenate([pictures, copy.astype(np.float32)]))
    assert pairs.tolist() == [[i, 120 + i] for i in range(5)]


def test_empty_pictures_are_no_copies_of_each_other() -> None:
    grey = [np.full((20, 30, 3), level, np.uint8) for level in (0, 1, 128, 255)]
    assert len(near_pictures(smalls(grey))) == 0


def test_a_small_picture_is_the_mean_of_areas() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    grey = pixels @ np.array([0.299, 0.587, 0.114])
    assert small(pixels) == pytest.approx(grey.reshape(32, 2, 32, 3).mean((1, 3)), abs=1e-3)
    assert small(np.full((1, 1, 3), 7, np.uint8)) == pytest.approx(np.full((32, 32), 7.0), abs=1e-3)


def test_no_close_pair_of_hashes_is_missed() -> None:
    random = np.random.default_rng(0)
    own = random.integers(0, 2**64, 400, dtype=np.uint64)
    for place in range(100):
        flips = random.choice(64, random.integers(1, 10), replace=False)
        own[300 + place] = own[place] ^ np.bitwise_or.reduce(np.uint64(1) << flips.astype(np.uint64))
    apart = np.bitwise_count(own[:, None] ^ own[None, :])
    truth = {(i, j) for i, j in zip(*np.nonzero(apart <= 6), strict=True) if i < j}
    assert truth
    assert set(map(tuple, close(own, own).tolist())) == truth


def test_hashes_are_those_of_imagehash() -> None:
    imagehash = pytest.importorskip("imagehash")
    from PIL import Image

    picture = small(painted(3))
    grey = np.round(picture).astype(np.uint8)
    theirs = imagehash.phash(Image.fromarray(grey)).hash.ravel()
    ours = (hashes(grey[None].astype(np.float32))[0] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    assert (ours.astype(bool) == theirs).all()


def test_twenty_thousand_pictures_take_seconds() -> None:
    random = np.random.default_rng(0)
    pictures = random.normal(128, 40, (20_000, 8, 8)).repeat(4, 1).repeat(4, 2).astype(np.float32)
    start = time.process_time()
    assert len(near_pictures(pictures)) == 0
    assert time.process_time() - start < 30
