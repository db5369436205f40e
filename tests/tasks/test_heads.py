from __future__ import annotations

import numpy as np
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.session import run, session
from milepost.tasks.base import Array, Head
from milepost.tasks.heads import IdentityHead, SigmoidHead, SigmoidsHead, SoftmaxHead, spread


def emitted(head: Head, raw: Array, dtype: str, width: int) -> Array:
    builder = Builder()
    scores = builder.input("raw", "float", head.width)
    builder.output(head.emit(builder, scores), "y", dtype, width)
    return run(session(builder.model()), {"raw": raw.astype(np.float32)})["y"]


def test_the_sigmoid_in_the_graph_is_the_one_in_training() -> None:
    raw = np.array([[-100.0], [-2.0], [0.0], [3.5], [100.0]], dtype=np.float32)
    proba = emitted(SigmoidHead(), raw, "float", 2)
    assert proba.dtype == np.float32
    np.testing.assert_allclose(proba[:, 1], SigmoidHead().predict(raw), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-6)


def test_the_softmax_in_the_graph_is_the_one_in_training() -> None:
    raw = np.random.default_rng(0).normal(0, 20, (50, 4)).astype(np.float32)
    head = SoftmaxHead(4)
    np.testing.assert_allclose(emitted(head, raw, "float", 4), head.predict(raw), atol=1e-6)
    assert head.statistics_target(np.array([2])).tolist() == [[0, 0, 1, 0]]
    assert head.encode(np.array([2, 0])).dtype == np.int64


def test_the_sigmoids_in_the_graph_are_those_in_training() -> None:
    raw = np.random.default_rng(0).normal(0, 20, (50, 3)).astype(np.float32)
    head = SigmoidsHead(3)
    np.testing.assert_allclose(emitted(head, raw, "float", 3), head.predict(raw), rtol=1e-5, atol=1e-7)
    assert head.encode(np.array([[1, 0, 1]])).tolist() == [[1.0, 0.0, 1.0]]
    assert head.statistics_target(np.eye(3, dtype=int)).shape == (3, 3)


@pytest.mark.parametrize("width", [None, 1, 3])
def test_the_identity_goes_there_and_back(width: int | None) -> None:
    random = np.random.default_rng(1)
    truth = random.normal(1e6, 3.0, 40 if width is None else (40, width))
    head = IdentityHead.fit(truth)
    standard = head.encode(truth)
    assert standard.shape == (40, width or 1)
    np.testing.assert_allclose(standard.std(axis=0), 1)
    np.testing.assert_allclose(head.predict(standard), truth)
    assert head.statistics_target(truth).shape == truth.shape
    values = emitted(head, standard, "double", width or 1)
    assert values.dtype == np.float64
    np.testing.assert_allclose(values.reshape(truth.shape), truth, rtol=1e-11)


def test_a_constant_output_does_not_divide_by_nothing() -> None:
    truth = np.column_stack([np.full(10, 0.1), np.arange(10.0)])
    head = IdentityHead.fit(truth)
    assert head.sd[0] == 1.0
    np.testing.assert_allclose(head.encode(truth)[:, 0], 0, atol=1e-12)
    assert spread(np.zeros((3, 1))).tolist() == [1.0]
