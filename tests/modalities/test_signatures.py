"""Media are told by their bytes and by their names."""

import io
import wave

import pytest
from PIL import Image

from milepost.modalities.signatures import HEAD, SUFFIXES, kind_of_bytes, kind_of_name


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_what_pillow_writes_is_an_image(form):
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(stream, form)
    assert kind_of_bytes(stream.getvalue()[:HEAD]) == "image"


def test_what_the_wave_module_writes_is_a_sound():
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(200))
    assert kind_of_bytes(stream.getvalue()[:HEAD]) == "sound"


@pytest.mark.parametrize(
    "data",
    [b"", b"a,b\n1,2\n", b"PAR1....", b"PK\x03\x04", b"BM is short for many things, is it", b"\xff"],
)
def test_other_bytes_are_none(data):
    assert kind_of_bytes(data) == ""


def test_a_suffix_tells_in_any_case_and_once():
    assert [kind_of_name(n) for n in ("x.JPeG", "d/x.wav", "x.txt", "x", ".png", "x.csv")] == [
        "image",
        "sound",
        "text",
        "",
        "",
        "",
    ]
    every = [suffix for known in SUFFIXES.values() for suffix in known]
    assert len(every) == len(set(every))
