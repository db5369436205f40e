"""The form follows the signals: how often a picture is halved, how many channels there are."""

import numpy as np
import pytest

from milepost.learners.bodies import LARGE, MOST, SMALL, Form, forward
from milepost.learners.encoder import Encoder
from milepost.learners.ops import Ops, Scale
from milepost.modalities.base import Block


class Shapes(Ops[tuple]):
    """Follows the shapes of tensors, without their rows."""

    def __init__(self):
        self.layers = {}

    def bytes(self, block):
        return block.shape, (1, *block.shape)

    def planes(self, block, _):
        return (1, *block.shape) if len(block.shape) == 2 else (block.shape[2], *block.shape[:2])

    def others(self, _, encoder):
        return (encoder.width,)

    def embed(self, _, values, size):
        return (size, *values)

    def conv(self, name, x, units, form, **_):
        self.layers[name] = (units, *(-(-side // form[1]) for side in x[1:]))
        return self.layers[name]

    def dense(self, name, x, units):
        assert len(x) == 1
        self.layers[name] = (x[0], units)
        return (units,)

    def relu(self, x):
        return x

    def add(self, x, y):
        assert x == y
        return x

    def mul(self, x, y):
        assert x[1:] == y[1:]
        return x

    def thin(self, mask):
        return (1, -(-mask[1] // 2))

    def pool(self, x, mask=None):
        assert mask is None or mask[1:] == x[1:]
        return (2 * x[0],)

    def course(self, x):
        return (2 * x[0] * x[2],)

    def join(self, parts):
        assert all(len(part) == 1 for part in parts)
        return (sum(part[0] for part in parts),)


def layers(*blocks, channels=8, depth=1, columns=0):
    scales = tuple(None if b.kind == "bytes" else Scale(np.zeros(1), np.ones(1)) for b in blocks)
    encoder = Encoder.of(np.zeros((2, columns), np.float32), (), 0)
    ops = Shapes()
    form = Form(blocks, scales, np.arange(columns), encoder, channels, depth, 16, 3)
    assert forward(ops, form) == (3,)
    return ops.layers


@pytest.mark.parametrize("side", [4, 11, 28, 32, 41, 64, 128])
def test_pictures_are_halved_until_they_are_small(side):
    found = layers(Block("pixels", 0, (side, side + 3, 3)))
    assert found["0 stem"][1] == (side if side <= LARGE else -(-side // 2))
    last = [shape for name, shape in found.items() if name.endswith("down")][-1]
    assert last[1] <= SMALL
    assert last[0] <= MOST * 8


def test_the_bodies_meet_in_one_layer():
    found = layers(Block("bytes", 0, (40,)), Block("pixels", 40, (28, 28, 1)), columns=5)
    assert found["joint"] == (2 * 16 + 2 * 32 + 2 * 32 + 5, 16)
    assert found["last"] == (16, 3)


def test_depth_adds_residual_blocks():
    shallow, deep = (layers(Block("spectrogram", 0, (99, 40)), depth=depth) for depth in (0, 3))
    assert not any("second" in name for name in shallow)
    assert sum("second" in name for name in deep) == 3 * sum("down" in name for name in deep)


def test_a_spectrogram_keeps_its_frequencies_and_forgets_when():
    found = layers(Block("spectrogram", 0, (90, 40)))
    assert found["0 2 down"] == (32, 23, 10)
    assert found["joint"] == (2 * 32 * 10, 16)
