"""The frozen stages of sounds: a spectrogram of one length, and statistics of the whole."""

import numpy as np
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.session import run, session
from milepost.modalities import mel
from milepost.modalities.hearing import PLAIN, Pooled, Spectrogram, cut, names, spreads


def answers(stage, wave):
    builder = Builder()
    builder.output(stage.emit(builder, (builder.input("w", "wave"),)), "y", "float", stage.width)
    found = run(session(builder.model()), {"w": np.asarray(wave, np.float32)})["y"]
    assert found.shape == (len(wave), stage.width)
    return found


def row(samples, rate=16_000):
    return np.concatenate([[rate], samples])[None]


def tone(hertz, seconds=1.0, rate=16_000, loud=0.5):
    return loud * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def plain(samples, rate=16_000):
    return dict(zip(PLAIN, answers(Pooled(), row(samples, rate))[0, -len(PLAIN) :], strict=True))


def test_a_spectrogram_has_one_length_with_silence_beyond_the_end():
    stage = Spectrogram(2.0, 320)
    found = answers(stage, row(tone(1_000, 1.0)))[0].reshape(stage.frames, mel.BANDS)
    assert stage.frames == 1 + (32_000 - 512) // 320
    loud = found.max(axis=1) > 5
    assert loud[:47].all()
    assert not found[52:].any(), "silence is 0"
    band = found[:40].mean(axis=0).argmax()
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 42) / 2595) - 1)
    assert edges[band] < 1_000 < edges[band + 2]


def test_stages_have_names_of_their_own():
    stages = [Spectrogram(1.0, 160), Spectrogram(1.0, 320), Spectrogram(2.0, 160), Pooled()]
    assert len({stage.name for stage in stages}) == 4


def test_plain_statistics_are_what_they_say():
    found = plain(tone(1_000, 2.0))
    assert found["seconds"] == pytest.approx(2.0)
    assert found["loudness"] == pytest.approx(np.log1p(0.125 / 1e-7), abs=0.01)
    assert found["zero crossings"] == pytest.approx(2 * 1_000 / 16_000, abs=1e-3)
    assert found["centroid"] == pytest.approx(1.0, abs=0.02)
    assert found["clipped"] == 0
    assert plain(np.sign(tone(100)))["clipped"] > 0.95
    assert plain(tone(440, 1.0, 44_100), 44_100)["seconds"] == pytest.approx(1.0)


def test_silence_is_nothing():
    found = answers(Pooled(), row(np.zeros(8_000)))[0]
    assert found[-len(PLAIN)] == pytest.approx(0.5)
    assert not np.delete(found, -len(PLAIN)).any()
    missing = answers(Pooled(), [[16_000, 0]])[0]
    assert np.isfinite(missing).all()


def test_pooling_is_mean_spread_and_peak_over_frames():
    rng = np.random.default_rng(0)
    wave = row(rng.normal(0, 0.1, 9_000) * np.linspace(0, 1, 9_000))
    whole = answers(Spectrogram(9_000 / 16_000, 256), wave)[0].reshape(-1, mel.BANDS).astype(np.float64)
    found = answers(Pooled(), wave)[0][: 3 * mel.BANDS].reshape(3, mel.BANDS)
    assert np.allclose(found, [whole.mean(0), whole.std(0), whole.max(0)], atol=1e-3)


def test_names_spreads_and_cuts():
    assert len(set(names("s"))) == Pooled.width
    assert names("s")[-1] == "s clipped"
    middle, spread = spreads(np.array([[1.0, 2.0], [3.0, 2.0]]))
    assert middle.tolist() == [2.0, 2.0]
    assert spread.tolist() == [1.0, 1.0]
    builder = Builder()
    builder.output(cut(builder, builder.input("x", "float", 4), 1, 3), "y", "float", 2)
    assert run(session(builder.model()), {"x": np.float32([[1, 2, 3, 4]])})["y"].tolist() == [[2, 3]]
