"""Sounds of any kind are decoded, or there is a reason in one sentence."""

import io
import subprocess
import sys

import numpy as np
import pytest

from milepost.errors import InputError, MissingExtra
from milepost.modalities import waves
from milepost.modalities.waves import LONGEST, decode, examine, glance, pcm

soundfile = pytest.importorskip("soundfile", reason="needs the extra [audio]")


def tone(hertz=440.0, seconds=0.5, rate=16_000, loud=0.5):
    return loud * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def saved(samples, rate, kind, subtype=None):
    stream = io.BytesIO()
    soundfile.write(stream, samples, rate, format=kind, subtype=subtype)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("kind", "subtype", "near"),
    [("WAV", "PCM_16", 1e-4), ("WAV", "PCM_U8", 1e-2), ("WAV", "PCM_24", 1e-6), ("WAV", "FLOAT", 1e-6),
     ("FLAC", None, 1e-4), ("AIFF", None, 1e-4), ("OGG", "VORBIS", 0.05), ("MP3", None, None)],
)  # fmt: skip
def test_formats(kind, subtype, near):
    samples = tone(rate=44_100)
    data = saved(samples, 44_100, kind, subtype)
    found = examine(data)
    assert not isinstance(found, str), found
    assert (found.rate, found.channels) == (44_100, 1)
    assert found.seconds == pytest.approx(0.5, abs=0.1)
    assert found.loudest == pytest.approx(0.5, abs=0.05)
    row = decode(data)
    assert row.dtype == np.float32
    assert row[0] == 44_100
    if near is not None:
        assert np.abs(row[1 : 1 + len(samples)] - samples).max() < near
    power = np.abs(np.fft.rfft(row[1:]))
    assert np.fft.rfftfreq(len(row) - 1, 1 / 44_100)[power.argmax()] == pytest.approx(440, abs=3)


def test_stereo_becomes_the_mean():
    both = np.stack([tone(), -0.5 * tone()], axis=1)
    assert np.abs(decode(pcm(both, 16_000))[1:] - 0.25 * tone()).max() < 1e-4
    assert examine(pcm(both, 16_000)).channels == 2


def test_silence_clipping_and_one_sample():
    assert examine(pcm(np.zeros(100), 8_000)).loudest == 0
    assert examine(pcm(np.sign(tone()), 16_000)).clipped > 0.9
    assert decode(pcm(np.array([0.25]), 8_000)) == pytest.approx([8_000, 0.25], abs=1e-4)


def test_of_a_long_sound_thirty_seconds_are_decoded():
    data = pcm(tone(seconds=61.0, rate=8_000), 8_000)
    assert examine(data).seconds == 61.0
    assert len(decode(data)) == 1 + LONGEST * 8_000


def test_samples_that_are_no_numbers_and_too_large_ones():
    samples = np.array([0.1, np.nan, np.inf, -np.inf, 7.0, -0.2])
    assert decode(saved(samples, 16_000, "WAV", "FLOAT"))[1:] == pytest.approx([0.1, 0, 1, -1, 1, -0.2])


def test_broken_bytes_have_a_reason():
    whole = pcm(tone(seconds=3.0), 16_000)
    flac = saved(tone(seconds=3.0), 16_000, "FLAC")
    rng = np.random.default_rng(0)
    spoilt = bytearray(flac)
    spoilt[len(flac) // 3 : 2 * len(flac) // 3] = rng.bytes(len(flac) // 3)
    cases = {
        b"": "empty",
        b"RIFF": "no sound of a format",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50: "no sound of a format",
        b"id,name\n1,a\n": "no sound of a format",
        pcm(np.zeros(0), 16_000): "no samples",
        pcm(tone(), 500): "500 samples a second",
        flac[: len(flac) // 2]: "",
        bytes(spoilt): "",
    }
    for data, expected in cases.items():
        found = examine(data)
        assert isinstance(found, str), f"{data[:20]!r} was read as {found}"
        assert expected in found
        assert found.endswith(".")
        assert "0x" not in found, "the reason is the same each time"
        with pytest.raises(InputError, match="a sound cannot be used"):
            decode(data)
    assert not isinstance(examine(whole), str)


def test_nothing_is_raised_for_random_bytes():
    rng = np.random.default_rng(1)
    starts = [
        b"fLaC",
        b"OggS",
        b"ID3\x04",
        b"\xff\xfb\x90\x00",
        pcm(tone(), 16_000)[:44],
        b"FORM\0\0\0\x20AIFF",
    ]
    for start in starts:
        for size in (0, 10, 500, 5_000):
            found = examine(start + rng.bytes(size))
            assert isinstance(found, str | waves.Sound)
            assert isinstance(glance(start + rng.bytes(size)), str | waves.Sound)


def test_without_soundfile_its_pip_line_is_named(monkeypatch):
    waves.soundfile.cache_clear()
    monkeypatch.setattr(waves, "import_module", lambda name: (_ for _ in ()).throw(ImportError(name)))
    with pytest.raises(MissingExtra, match=r"milepost\[audio\]"):
        examine(pcm(tone(), 16_000))
    waves.soundfile.cache_clear()


def test_a_server_needs_no_table_library():
    code = (
        "import sys; from milepost.modalities.doors import decode; from milepost.modalities.waves import pcm;"
        "import numpy as np; print(decode(pcm(np.zeros(5), 8000), 'wave').shape, 'polars' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["(6,)", "False"]
