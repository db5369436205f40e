"""Images looked at from outside: facts, profile, made examples."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import polars as pl
import pytest

from milepost.modalities import media
from milepost.modalities.base import modalities
from milepost.modalities.examine import examine
from milepost.modalities.looks import look, measure
from milepost.modalities.pictures import decode

PIL = pytest.importorskip("PIL.Image", reason="Pillow is not installed (extra [image])")
IMAGE = modalities["image"]
Array = np.ndarray[Any, Any]


def referred(pixels: Array, kind: str = "PNG") -> str:
    stream = io.BytesIO()
    PIL.fromarray(pixels).save(stream, kind)
    return media.reference("image", media.put(stream.getvalue()))


def test_a_profile_tells_sizes_formats_and_brightness() -> None:
    level = np.linspace(30, 220, 40)
    series = pl.Series("p", [referred(np.full((20, 30), one, np.uint8)) for one in level])
    found = IMAGE.summarize(
        series.append(pl.Series([None, referred(np.full((8, 8, 3), 9, np.uint8), "BMP")]))
    )
    assert (found["rows"], found["missing"], found["distinct"], found["looked_at"]) == (42, 1, 41, 41)
    assert found["formats"] == {"PNG": 40, "BMP": 1}
    assert found["modes"] == {"L": 40, "RGB": 1}
    assert found["grey"] == 41
    assert found["width"]["0.5"] == 30
    assert found["brightness"]["0.5"] == pytest.approx(np.median([*level, 9]) / 255, abs=0.03)


def test_examples_are_the_same_each_time_and_of_all_kinds() -> None:
    values = IMAGE.examples(pl.Series("p", [], pl.String))
    assert values == IMAGE.examples(pl.Series("p", [], pl.String))
    shapes = [decode(media.load(value)).shape for value in values if value]
    assert (1, 1, 3) in shapes
    assert max(max(shape) for shape in shapes) == 8000
    assert (320, 256, 3) in shapes, "the turned one stands upright"


def test_grey_is_what_looks_grey_not_what_is_stored_as_grey() -> None:
    ramp = np.tile(np.arange(64, dtype=np.uint8)[None, :, None] * 3, (48, 1, 3))
    assert measure(pl.Series([referred(ramp, "JPEG")]))["channels"] == 1
    red = ramp.copy()
    red[..., 0] = 255 - red[..., 0]
    assert measure(pl.Series([referred(ramp, "JPEG"), referred(red, "JPEG")]))["channels"] == 3


def test_what_is_not_there_or_broken_is_passed_over() -> None:
    broken = media.reference("image", media.put(b"\x89PNG broken"))
    absent = media.reference("image", "0" * 64)
    assert look(broken) is None
    assert look(absent) is None
    assert measure(pl.Series([broken, absent])) == {}
    assert IMAGE.summarize(pl.Series([broken, None]))["looked_at"] == 0


def test_pictures_are_examined_when_they_are_collected() -> None:
    facts, why = examine(media.load(referred(np.zeros((5, 7, 3), np.uint8))), "image")
    assert (facts["width"], facts["height"], facts["mode"], facts["frames"], why) == (7, 5, "RGB", 1, "")
    facts, why = examine(b"\x89PNG\r\n\x1a\n broken", "image")
    assert not facts
    assert "broken" in why or "no picture" in why
