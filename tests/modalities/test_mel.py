"""The graph's log-mel energies against formulas written down anew in numpy."""

import numpy as np
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.session import run, session
from milepost.modalities import mel


def reference(samples, hop):
    """Log-mel energies float64 (frames, bands), by numpy's Fourier transform.

    HTK mel scale, triangles of height 1, periodic Hann window, no padding at the ends: the formulas of
    torchaudio.transforms.MelSpectrogram(16000, 512, hop_length=hop, n_mels=40, center=False).
    """
    hann = np.sin(np.pi * np.arange(512) / 512) ** 2
    frames = np.lib.stride_tricks.sliding_window_view(np.asarray(samples, np.float64), 512)[::hop]
    power = np.abs(np.fft.rfft(frames * hann, axis=1)) ** 2
    points = np.linspace(0.0, 2595.0 * np.log10(1.0 + 8000.0 / 700.0), 42)
    edges = 700.0 * (10.0 ** (points / 2595.0) - 1.0)
    bank = np.zeros((257, 40))
    for band in range(40):
        left, middle, right = edges[band : band + 3]
        for k in range(257):
            f = k * 16_000 / 512
            if left < f <= middle:
                bank[k, band] = (f - left) / (middle - left)
            elif middle < f < right:
                bank[k, band] = (right - f) / (right - middle)
    return np.log1p(power @ bank / 1e-4)


def graph(make, width):
    builder = Builder()
    builder.output(make(builder, builder.input("w", "wave")), "y", "float", width)
    opened = session(builder.model())
    return lambda wave: run(opened, {"w": np.asarray(wave, np.float32)})["y"]


def tone(hertz, rate, seconds=1.0):
    return np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)


def row(samples, rate):
    return np.concatenate([[rate], samples])[None]


def resampled(wave, seconds=10.0):
    return graph(lambda b, raw: mel.samples_of(b, raw, seconds)[0], 1)(wave)[0]


@pytest.mark.parametrize("hop", [160, 256, 512])
def test_log_mel_energies_are_those_of_the_formulas(hop):
    rng = np.random.default_rng(0)
    samples = np.concatenate(
        [0.3 * rng.normal(size=3_000).clip(-3, 3), 0.9 * tone(997, 16_000, 0.4), np.zeros(2_000)]
    )

    def made(builder, raw):
        even, _ = mel.samples_of(builder, raw, 10.0)
        return builder.node("Flatten", mel.logs(builder, mel.energies(builder, even, hop)), axis=1)

    found = graph(made, 1)(row(samples, 16_000))[0].reshape(-1, mel.BANDS)
    expected = reference(samples, hop)
    assert found.shape == expected.shape == (mel.frames_of(len(samples), hop), 40)
    assert np.abs(found - expected).max() < 2e-3
    assert np.abs(found - expected).mean() < 2e-5


def test_at_its_own_rate_a_sound_stays_as_it_is():
    samples = np.random.default_rng(0).uniform(-1, 1, 2_000).astype(np.float32)
    assert np.array_equal(resampled(row(samples, 16_000)), samples)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_tones_keep_their_pitch_and_length_at_any_rate(rate):
    found = resampled(row(tone(440, rate), rate))
    assert len(found) == pytest.approx(16_000, abs=2)
    power = np.abs(np.fft.rfft(found * np.hanning(len(found))))
    assert np.fft.rfftfreq(len(found), 1 / 16_000)[power.argmax()] == pytest.approx(440, abs=2)
    assert found.std() == pytest.approx(np.sqrt(0.5), rel=0.06)


def test_what_is_too_high_is_damped_and_not_heard_as_something_else():
    found = resampled(row(tone(20_000, 48_000), 48_000))
    assert found.std() < 0.1  # without a filter it would be a tone of 4,000 Hz and .7


@pytest.mark.parametrize(("count", "rate"), [(1, 8_000), (1, 48_000), (0 + 5, 96_000), (511, 16_000)])
def test_short_sounds_have_a_window(count, rate):
    assert len(resampled(row(np.full(count, 0.5), rate))) >= mel.WINDOW


def test_long_sounds_are_cut_and_lengths_are_told():
    wave = row(tone(300, 8_000, 3.0), 8_000)
    assert len(resampled(wave, 1.5)) == 24_000
    length = graph(
        lambda b, raw: b.node("Unsqueeze", mel.samples_of(b, raw, 10.0)[1], b.const(np.array([0]))), 1
    )
    assert length(wave)[0, 0] == pytest.approx(3.0)


def test_cut_or_silence_at_the_end():
    made = graph(lambda b, raw: mel.fit(b, raw, 6), 6)
    assert made([[1, 2, 3]]).tolist() == [[1, 2, 3, 0, 0, 0]]
    assert made([[1, 2, 3, 4, 5, 6, 7, 8]]).tolist() == [[1, 2, 3, 4, 5, 6]]


def test_filters_cover_all_frequencies():
    inner = mel.filters()[4:-4].sum(axis=1)
    assert inner.max() <= 1 + 1e-6
    assert (mel.filters() >= 0).all()
    assert (mel.filters().max(axis=0) > 0.3).all()
