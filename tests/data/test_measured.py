"""Measures of texts, images and sounds agree with what was put into them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.data.test_copies import pictures
from tests.data.test_neartext import sentences

from milepost.data.measured import kinds_of, measured, sound, texts


def test_texts_are_counted() -> None:
    found = texts(pl.Series(["AB c 12!", "", None, "ééa"])).to_dicts()
    assert found[0] == {
        "characters": 8,
        "words": 3,
        "capitals": 0.25,
        "digits": 0.25,
        "marks": 0.125,
        "beyond ASCII": 0,
    }
    assert found[1]["characters"] == 0
    assert found[1]["capitals"] is None
    assert found[2]["words"] is None
    assert found[3]["beyond ASCII"] == pytest.approx(2 / 3)


def test_images_are_measured_and_missing_ones_are_not(tmp_path: Path) -> None:
    grey = np.full((20, 30, 3), 90, np.uint8)
    red = np.zeros((8, 8, 3), np.uint8)
    red[:, :4, 0] = 255
    names = pictures(tmp_path, [grey, red])
    found = measured(pl.DataFrame({"photo": [*names, None, names[0]]}), {"photo": "image"})
    assert found.columns == [f"photo: {w}" for w in ("width", "height", "brightness", "contrast", "colour")]
    assert found.row(0) == (30, 20, 90, 0, 0)
    assert found.row(1)[2:] == pytest.approx((255 * 0.299 / 2, 255 * 0.299 / 2, 127.5), abs=1e-3)
    assert found.row(2) == (None,) * 5
    assert found.row(3) == found.row(0)


def test_only_so_many_are_measured(tmp_path: Path) -> None:
    names = pictures(tmp_path, [np.full((4, 4, 3), k, np.uint8) for k in range(9)])
    found = measured(pl.DataFrame({"photo": names}), {"photo": "image"}, most=4)
    assert found["photo: width"].is_not_null().sum() == 4


def test_sounds_are_measured() -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(8_000) / 8_000)
    seconds, loud, quiet = sound(np.r_[8_000, tone, np.zeros(8_000)].astype(np.float32))
    assert seconds == 2
    assert loud == pytest.approx(10 * np.log10(0.25), abs=0.01)
    assert quiet == pytest.approx(0.5, abs=0.02)
    assert sound(np.array([8_000], np.float32))[0] == 0


def test_text_that_is_left_out_counts_as_text() -> None:
    frame = pl.DataFrame({"said": sentences(60, 8), "city": ["Oslo", "Lima"] * 30, "n": range(60)})
    assert kinds_of(frame, {"said": "category", "city": "category", "n": "number"}) == {"said": "text"}
