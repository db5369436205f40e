"""The nodes of a network: what is sliced from the features, and pools under a mask."""

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.session import run, session
from milepost.learners.encoder import Encoder
from milepost.learners.graphops import GraphOps
from milepost.learners.ops import Scale
from milepost.modalities.base import Block

X = np.arange(2 * 20, dtype=np.float32).reshape(2, 20)


def answer(make, width, weights=None, x=X):
    builder = Builder()
    ops = GraphOps(builder, builder.input("x", "float", x.shape[1]), weights or {})
    builder.output(make(ops, builder), "y", "float", width)
    return run(session(builder.model()), {"x": x})["y"]


def test_planes_are_the_block_scaled_with_channels_first():
    block, scale = Block("pixels", 3, (2, 3, 2)), Scale(np.float32([1, 2]), np.float32([2, 4]))
    found = answer(lambda ops, b: b.node("Flatten", ops.planes(block, scale), axis=1), 12)
    expected = (X[:, 3:15].reshape(2, 2, 3, 2) - [1, 2]) / [2, 4]
    assert np.allclose(found, expected.transpose(0, 3, 1, 2).reshape(2, -1))


def test_a_spectrogram_is_a_picture_of_one_channel_scaled_by_band():
    block, scale = (
        Block("spectrogram", 0, (4, 5)),
        Scale(np.arange(5, dtype=np.float32), np.ones(5, np.float32)),
    )
    found = answer(lambda ops, b: b.node("Flatten", ops.planes(block, scale), axis=1), 20)
    assert np.allclose(found, (X.reshape(2, 4, 5) - np.arange(5)).reshape(2, -1))


def test_pooling_leaves_out_what_is_not_there():
    x = np.float32([[5, 1, 3, 9], [2, 0, 0, 0]])
    masks = np.float32([[1, 1, 0, 0], [0, 0, 0, 0]])

    def pooled(ops, builder):
        h = builder.node("Unsqueeze", "x", builder.const(np.array([1])))
        mask = builder.const(masks[:, None, :])
        return ops.pool(ops.mul(h, mask), mask)

    assert answer(pooled, 2, x=x).tolist() == [[5.0, 3.0], [0.0, 0.0]]


def test_other_features_go_through_the_encoder():
    columns = np.array([19, 0])
    encoder = Encoder.of(X[:, columns], (), 0)
    found = answer(lambda ops, _: ops.others(columns, encoder), 2)
    assert np.allclose(found, encoder.raw(X[:, columns]), atol=1e-6)
