"""Changes of training rows are drawn by seed, stay within bounds, and keep what they should."""

import numpy as np
import pytest

from milepost.learners.augment import CUT, LOST, SHIFT, Augment

torch = pytest.importorskip("torch", reason="needs the extra [network]")


def made(strength=1.0, flip=False, seed=0):
    return Augment(strength, flip, torch.Generator().manual_seed(seed))


def test_nothing_changes_at_strength_nought():
    x = torch.rand(4, 10, 12, 3)
    assert torch.equal(made(0.0).pixels(x), x)
    assert torch.equal(made(0.0).spectrogram(x[..., 0]), x[..., 0])
    assert torch.equal(made(0.0).bytes(torch.ones(4, 7)), torch.ones(4, 1, 7))


def test_pictures_are_shifted_by_a_few_places():
    x = torch.zeros(400, 50, 50, 1)
    x[:, 25, 25] = 1.0
    found = made().pixels(x)[..., 0].numpy()
    rows, down, right = np.nonzero(found == 1.0)
    far = round(SHIFT * 50)
    assert set(down - 25) == set(right - 25) == set(range(-far, far + 1))
    assert len(set(rows)) > 0.7 * 400


def test_half_of_the_pictures_lose_a_square():
    found = made().pixels(torch.ones(400, 20, 20, 1)).numpy()[..., 0]
    lost = (found == 0).reshape(400, -1).mean(1)
    assert 0.35 < (lost > 0).mean() < 0.65
    assert lost.max() <= (CUT + 1 / 20) ** 2


def test_pictures_are_mirrored_only_where_allowed():
    x = torch.arange(12.0).expand(300, 4, 12)[..., None].contiguous()

    def turned(flip):
        found = made(0.0, flip).pixels(x).numpy()[:, 0, :, 0]
        return (found[:, 0] > found[:, -1]).mean()

    assert turned(False) == 0
    assert 0.4 < turned(True) < 0.6


def test_spectrograms_lose_a_stretch_of_time_and_a_band():
    found = made().spectrogram(torch.ones(200, 40, 20)).numpy() == 0
    assert found.all(axis=1).any(axis=1).mean() > 0.5, "bands that are gone at all times"
    assert found.all(axis=2).any(axis=1).mean() > 0.5, "times at which all bands are gone"
    assert found.mean() < 0.35


def test_texts_lose_bytes():
    found = made().bytes(torch.ones(200, 60)).numpy()
    assert found.shape == (200, 1, 60)
    assert found.mean() == pytest.approx(1 - LOST, abs=0.01)


def test_the_same_seed_draws_the_same():
    x = torch.rand(8, 10, 12, 3)
    assert torch.equal(made(seed=4).pixels(x), made(seed=4).pixels(x))
    assert not torch.equal(made(seed=4).pixels(x), made(seed=5).pixels(x))
