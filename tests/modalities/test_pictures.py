"""Bytes of pictures: what is read is read right, what cannot be read says why."""

from __future__ import annotations

import io
import re
import struct
import zlib
from typing import Any

import numpy as np
import pytest

from milepost.errors import InputError
from milepost.modalities import feeds
from milepost.modalities.pictures import FORMATS, Picture, decode, examine, glance

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed (extra [image])")


def saved(image: Any, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def ramp(height: int = 6, width: int = 9) -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_pixels_come_back_as_they_were(kind: str) -> None:
    data = saved(Image.fromarray(ramp()), kind)
    assert decode(data).dtype == np.uint8
    assert np.array_equal(decode(data), ramp())
    assert examine(data) == Picture(9, 6, "RGB", 1, kind)
    assert glance(data) == examine(data)


@pytest.mark.parametrize("turn", range(1, 9))
def test_pictures_stand_upright_as_exif_says(turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    data = saved(Image.fromarray(ramp()), "PNG", exif=exif)
    stored = ramp()
    upright = {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.transpose(1, 0, 2),
        6: stored.transpose(1, 0, 2)[:, ::-1],
        7: stored[::-1, ::-1].transpose(1, 0, 2),
        8: stored.transpose(1, 0, 2)[::-1],
    }[turn]
    assert np.array_equal(decode(data), upright)
    facts = examine(data)
    assert isinstance(facts, Picture)
    assert (facts.height, facts.width) == upright.shape[:2]


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    deep = np.linspace(0, 65_535, 64, dtype=np.uint16).reshape(8, 8)
    for kind in ("PNG", "TIFF"):
        found = decode(saved(Image.fromarray(deep), kind))
        assert np.array_equal(found[..., 0], np.round(deep / 257.0)), kind
        assert np.array_equal(found[..., 0], found[..., 2])


def test_floats_and_long_whole_numbers_become_shades() -> None:
    shares = np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4)
    assert np.abs(decode(saved(Image.fromarray(shares), "TIFF"))[..., 1] - shares * 255).max() <= 0.5
    whole = np.array([[0, 65_535, 257]], np.int32)
    assert decode(saved(Image.fromarray(whole), "TIFF"))[0, :, 0].tolist() == [0, 255, 1]


def test_what_shines_through_lies_over_white() -> None:
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0] = (10, 20, 30, 255)
    pixels[0, 1] = (0, 0, 0, 128)
    found = decode(saved(Image.fromarray(pixels), "PNG"))
    assert found[0, 0].tolist() == [10, 20, 30]
    assert abs(int(found[0, 1, 0]) - 127) <= 1
    assert found[1, 1].tolist() == [255, 255, 255]
    grey = np.array([[[40, 255], [40, 0]]], np.uint8)
    assert decode(saved(Image.fromarray(grey), "PNG"))[0, :, 0].tolist() == [40, 255]


def test_palettes_greys_bits_and_cmyk_become_colours() -> None:
    red = Image.new("RGB", (3, 3), (200, 0, 0))
    assert decode(saved(red.quantize(4), "PNG"))[1, 1].tolist() == [200, 0, 0]
    clear = red.quantize(4)
    clear.info["transparency"] = 0
    assert decode(saved(clear, "GIF"))[1, 1].tolist() == [255, 255, 255]
    assert decode(saved(Image.new("L", (2, 2), 77), "JPEG"))[0, 0].tolist() == [77, 77, 77]
    assert decode(saved(Image.new("1", (2, 2), 1), "PNG"))[0, 0].tolist() == [255, 255, 255]
    cmyk = decode(saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG"))[4, 4].astype(int)
    assert cmyk[0] > 240
    assert cmyk[1] < 15


def test_the_first_of_several_frames_is_used() -> None:
    frames = [Image.new("RGB", (5, 4), colour) for colour in ("red", "lime", "blue")]
    for kind in ("GIF", "PNG", "TIFF", "WEBP"):
        options = {"lossless": True} if kind == "WEBP" else {}
        data = saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        facts = examine(data)
        assert isinstance(facts, Picture)
        assert facts.frames == 3, kind
        assert decode(data)[0, 0].tolist() == [255, 0, 0], kind


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, body: bytes, before: bytes = b"") -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + before + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty."),
        (b"not a picture", "it is no picture of a format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "it is no picture of a format"),
        (b"PK\x03\x04" + bytes(100), "it is no picture of a format"),
        (png(18_000, 18_000, b""), "megapixels"),
        (png(12_000, 9_000, b""), "it claims 12,000 x 9,000 pixels; at most 100 megapixels are read."),
        (b"\x89PNG\r\n\x1a\n" + bytes(8), "broken|no picture"),
        (png(4, 4, b""), "truncated|cannot be decoded"),
        (png(4, 4, bytes(52), chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(90_000_000)))), "broken"),
    ],
    ids=["empty", "text", "eps", "zip", "gigantic", "too large", "no header", "no pixels", "text bomb"],
)
def test_what_cannot_be_used_says_why_in_one_sentence(data: bytes, reason: str) -> None:
    found = examine(data)
    assert isinstance(found, str)
    assert re.search(reason, found), found
    assert found.endswith(".")
    with pytest.raises(InputError, match="cannot be used"):
        decode(data)


def test_any_cut_of_a_file_is_refused_or_read_and_never_raises() -> None:
    data = saved(Image.fromarray(ramp(40, 40)), "JPEG")
    whole = sum(isinstance(examine(data[:cut]), Picture) for cut in range(0, len(data), 7))
    assert whole <= 1, "a truncated file passes for a whole one"
    assert "truncated" in str(examine(data[: len(data) // 2]))


def test_random_bytes_behind_a_good_header_never_raise() -> None:
    generator = np.random.default_rng(1)
    for kind in FORMATS:
        data = bytearray(saved(Image.fromarray(ramp(20, 20)), kind))
        for _ in range(30):
            broken = bytearray(data)
            for at in generator.integers(8, len(data), 6):
                broken[at] = int(generator.integers(256))
            examine(bytes(broken))


def test_the_extremes_of_size() -> None:
    assert decode(saved(Image.new("RGB", (1, 1), (1, 2, 3)), "PNG")).tolist() == [[[1, 2, 3]]]
    assert decode(saved(Image.new("RGB", (8000, 2)), "PNG")).shape == (2, 8000, 3)


def test_a_door_for_pixels_decodes_by_it() -> None:
    assert np.array_equal(feeds.decode(saved(Image.fromarray(ramp()), "PNG"), "pixels"), ramp())
