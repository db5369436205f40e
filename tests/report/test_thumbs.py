"""Thumbnails, spectrograms and clips are files that others can read, small, and show what they are of."""

from __future__ import annotations

import base64
import io
import wave
from pathlib import Path

import numpy as np
import pytest
from tests.data.test_copies import pictures, read, sounds
from tests.data.test_nearimage import painted

from milepost.modalities import doors
from milepost.report.thumbs import RATE, clip, picture, png, spectrum, thumbnail

Image = pytest.importorskip("PIL.Image")


def content(uri: str) -> tuple[str, bytes]:
    head, _, data = uri.partition(";base64,")
    return head.removeprefix("data:"), base64.b64decode(data)


def test_a_thumbnail_is_a_small_jpeg_of_the_picture(tmp_path: Path) -> None:
    (name,) = pictures(tmp_path, [painted(0, 400)])
    kind, data = content(thumbnail(name))
    shown = np.asarray(Image.open(io.BytesIO(data)))
    assert kind == "image/jpeg"
    assert len(data) < 6_000
    assert shown.shape == (96, 96, 3)
    small = np.asarray(Image.fromarray(painted(0, 400)).resize((96, 96)))
    assert np.abs(shown.astype(int) - small).mean() < 6


def test_tiny_pictures_stay_exact() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (28, 20, 3), dtype=np.uint8)
    kind, data = content(picture(pixels))
    assert kind == "image/png"
    assert (np.asarray(Image.open(io.BytesIO(data))) == pixels).all()


def test_a_spectrogram_shows_pitch_upwards_and_loud_dark() -> None:
    times = np.arange(16_000) / 16_000
    low, high = (np.r_[16_000, 0.5 * np.sin(2 * np.pi * f * times)].astype(np.float32) for f in (300, 4_000))
    rows = []
    for sound in (low, high):
        kind, data = content(spectrum(sound))
        assert kind == "image/png"
        rows.append(int(np.asarray(Image.open(io.BytesIO(data))).mean(1).argmin()))
    assert rows[0] > rows[1] + 10


def test_a_clip_is_heard_at_its_pitch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(doors.decoders, "wave", read)
    tone = np.r_[44_100, 0.5 * np.sin(2 * np.pi * 1_000 * np.arange(44_100 * 5) / 44_100)]
    (name,) = sounds(tmp_path, [tone.astype(np.float32)], "a")
    kind, data = content(clip(name))
    assert kind == "audio/wav"
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert len(samples) / RATE == pytest.approx(3, abs=0.01)
    strongest = np.abs(np.fft.rfft(samples)).argmax() * RATE / len(samples)
    assert strongest == pytest.approx(1_000, abs=2)


def test_png_is_read_by_others() -> None:
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    assert (np.asarray(Image.open(io.BytesIO(png(grey)))) == grey).all()
