"""Media made by program are what their names say."""

import io
import wave
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from milepost.modalities.signatures import kind_of_bytes, kind_of_name
from milepost.testing import media


def test_a_png_holds_the_pixels_that_were_given():
    pixels = np.random.default_rng(0).integers(0, 256, (7, 5, 3)).astype(np.uint8)
    with Image.open(io.BytesIO(media.png(pixels))) as opened:
        assert np.array_equal(np.asarray(opened), pixels)


def test_a_wav_holds_the_samples_that_were_given():
    with wave.open(io.BytesIO(media.wav(np.array([0, 0.5, -1, 3]), 44_100))) as opened:
        assert (opened.getframerate(), opened.getnchannels()) == (44_100, 1)
        assert np.frombuffer(opened.readframes(4), "<i2").tolist() == [0, 16383, -32767, 32767]


@pytest.mark.parametrize("kind", media.KINDS)
def test_a_folder_has_a_sub_folder_a_class_and_is_the_same_each_time(kind: str, tmp_path: Path):
    made = media.folder(tmp_path / "a", kind, each=3)
    again = media.folder(tmp_path / "b", kind, each=3)
    files = sorted(path.relative_to(made).as_posix() for path in made.rglob("*.*"))
    classes = media.KINDS[kind][1]
    assert {name.split("/")[0] for name in files} == set(classes)
    assert len(files) == 6
    for name in files:
        data = (made / name).read_bytes()
        assert data == (again / name).read_bytes()
        assert kind_of_name(name) == kind
        assert kind_of_bytes(data) == ("" if kind == "text" else kind)


def test_classes_of_tones_and_notes_differ_in_what_they_are_made_of():
    rng = np.random.default_rng(1)
    for label, low in (("low", True), ("high", False)):
        with wave.open(io.BytesIO(media.tone(label, rng))) as opened:
            samples = np.frombuffer(opened.readframes(10**6), "<i2")
        peak = np.abs(np.fft.rfft(samples)).argmax() * media.RATE / len(samples)
        assert (peak < 700) == low
    assert {b"broken", b"late", b"rude", b"refund", b"never", b"angry"} & set(
        media.note("complaint", rng).split()
    )
