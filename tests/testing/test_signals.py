"""What decides is there to be found, and nothing else is."""

import numpy as np
import pytest

from milepost.testing.signals import BLOCKS, LENGTH, rows


def parts(batch):
    texts, pixels, sound = (batch.x[:, block.columns] for block in BLOCKS)
    return {
        "word": np.array([b"spam" in row.astype(np.uint8).tobytes() for row in texts], float),
        "bright": (pixels > 125).sum(1),
        "tone": sound.reshape(-1, 30, 16)[:, :, 3].max(1),
        "number": batch.x[:, 1],
        "code": batch.x[:, 2 + LENGTH] % 2,
    }


@pytest.mark.parametrize("decides", ["word", "bright", "tone", "number", "code"])
def test_one_part_decides(decides):
    batch = rows(decides, 800)
    gaps = {
        name: abs(values[batch.y == 1].mean() - values[batch.y == 0].mean()) / values.std()
        for name, values in parts(batch).items()
        if values.std()
    }
    assert gaps.pop(decides) > 1.2
    assert max(gaps.values()) < 0.3
    assert batch.blocks[-1].columns.stop == batch.x.shape[1] == len(batch.codes)


def test_the_seed_decides_the_rows():
    assert np.array_equal(rows("tone", 5, 1).x, rows("tone", 5, 1).x)
    assert not np.array_equal(rows("tone", 5, 1).x, rows("tone", 5, 2).x)
