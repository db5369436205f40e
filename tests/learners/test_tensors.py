"""Trainers see rows as tensors, and losses as LightGBM and the heads mean them."""

import numpy as np
import pytest

from milepost.learners.base import Batch
from milepost.learners.loss import row_losses
from milepost.learners.tensors import losses, tensors

torch = pytest.importorskip("torch")
RAW = np.array([[0.5, -1.0, 2.0], [0.0, 3.0, -2.0]], np.float32)


@pytest.mark.parametrize(
    ("link", "y"),
    [
        ("softmax", np.array([2, 0])),
        ("identity", np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]])),
        ("sigmoids", np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])),
    ],
)
def test_losses_are_those_of_the_other_learners(link, y):
    _, truth, weight = tensors(Batch(RAW, y, np.array([1.0, 3.0])), link)
    assert weight.tolist() == [0.5, 1.5]
    assert losses(link, torch.from_numpy(RAW), truth).numpy() == pytest.approx(
        row_losses(RAW, y, link), rel=1e-5
    )
