"""Toy rows with bytes, a picture, a spectrogram, numbers and a code, of which one decides; and with maps."""

from __future__ import annotations

import numpy as np

from milepost.learners.base import Batch
from milepost.modalities.base import Block

LENGTH, SHAPE, FORM = 40, (11, 13, 3), (30, 16)
BLOCKS = (
    Block("bytes", 2, (LENGTH,)),
    Block("pixels", 3 + LENGTH, SHAPE),
    Block("spectrogram", 3 + LENGTH + 11 * 13 * 3, FORM),
)


def rows(decides: str, count: int = 400, seed: int = 0) -> Batch:
    """Returns rows whose binary answer follows from one of "word", "bright", "tone", "number" and "code".

    The word stands anywhere in a text, the bright square anywhere in a picture, the tone at any time. With
    "three" the answer is what most of word, bright square and number say, each of which is right in three of
    four rows.

    Args:
        decides: what the answer follows from; everything else is noise.
        count: number of rows.
        seed: seed of all values.

    >>> rows("word", 3).x.shape
    (3, 952)
    """
    rng = np.random.default_rng(seed)
    y = (rng.random(count) < 0.5).astype(np.float64)
    said = {decides: y}
    if decides == "three":
        said = {name: (rng.random(count) < 0.5).astype(np.float64) for name in ("word", "bright", "number")}
        y = (np.sum(list(said.values()), axis=0) > 1.5).astype(np.float64)
    texts = rng.integers(97, 123, (count, LENGTH))
    texts[np.arange(LENGTH) >= rng.integers(12, LENGTH + 1, count)[:, None]] = 0
    pixels = rng.integers(0, 120, (count, *SHAPE)).astype(np.float64)
    sound = rng.normal(-8, 1, (count, *FORM))
    numbers, codes = rng.normal(size=(count, 2)), rng.integers(0, 9, (count, 1))
    for row in range(count):
        if "word" in said:
            at = rng.integers(0, 8)
            texts[row, at : at + 4] = np.frombuffer(b"spam" if said["word"][row] else b"eggs", np.uint8)
        if "bright" in said and said["bright"][row]:
            top, left = rng.integers(0, 8), rng.integers(0, 10)
            pixels[row, top : top + 3, left : left + 3, 0] += 130
        if "tone" in said:
            at = rng.integers(0, 20)
            sound[row, at : at + 8, 3 if said["tone"][row] else 11] += 5
    if "number" in said:
        numbers[:, 1] += 3 * said["number"]
    if "code" in said:
        codes[:, 0] = 2 * rng.integers(1, 4, count) + said["code"]
    x = np.concatenate([part.reshape(count, -1) for part in (numbers, texts, codes, pixels, sound)], axis=1)
    sizes = [0] * x.shape[1]
    sizes[2 + LENGTH] = 9
    return Batch(x.astype(np.float32), y, codes=tuple(sizes), blocks=BLOCKS)


def places(count: int = 400, side: int = 3, seed: int = 0) -> Batch:
    """Returns rows of maps in which the same two patterns lie side by side; which is on the left decides.

    What is pooled over all places does not tell, so that a linear layer on it can hardly know; layers that
    look at neighbouring places can learn it. A number of noise stands before the maps, one after them.

    Args:
        count: number of rows.
        side: places along each side.
        seed: seed of all values; the patterns are always the same.

    >>> places(3).x.shape
    (3, 1730)
    """
    first, second = np.random.default_rng(9).normal(0, 1, (2, 192))
    rng = np.random.default_rng(seed)
    y = (rng.random(count) < 0.5).astype(np.float64)
    maps = rng.normal(0, 1, (count, side, side, 192))
    for row in range(count):
        down, right = rng.integers(0, side), rng.integers(0, side - 1)
        pair = (first, second) if y[row] else (second, first)
        maps[row, down, right : right + 2] += pair
    noise = rng.normal(size=(2, count, 1))
    x = np.concatenate([noise[0], maps.reshape(count, -1), noise[1]], axis=1)
    return Batch(x.astype(np.float32), y, blocks=(Block("maps", 1, (side, side, 192)),))
