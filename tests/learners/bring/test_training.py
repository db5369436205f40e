from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from milepost.errors import MilepostError, UsageError  # noqa: E402
from milepost.learners.base import Job  # noqa: E402
from milepost.learners.bring.training import Training  # noqa: E402
from milepost.tasks.heads import SigmoidHead, SoftmaxHead  # noqa: E402
from milepost.testing.learners import make_toy  # noqa: E402


def call(module: Any, x: Any, training: bool) -> Any:
    return module(x)


def training(module: Any, params: dict[str, Any], head: Any, **more: Any) -> Training:
    return Training("own", module, np.zeros(head.width), Job(params, head, **more), call)


def test_validation_decides_and_the_best_epoch_is_what_is_left() -> None:
    head = SoftmaxHead(3)
    toy = make_toy(head, missing=False)
    torch.manual_seed(0)
    run = training(torch.nn.Linear(6, 3), {"learning_rate": 0.05, "epochs": 12}, head)
    loop = run.run(toy.train, toy.valid)
    assert 1 <= loop.best <= 12
    low = min(point.valid for point in loop.curve)
    assert run._mean_loss(run._tensors(toy.valid)) == pytest.approx(low, rel=1e-4)
    assert not run.module.training


def test_scores_of_another_shape_are_refused_with_what_was_expected() -> None:
    run = training(torch.nn.Linear(6, 4), {}, SoftmaxHead(3))
    with pytest.raises(UsageError, match=r"gives \(2, 4\) to 2 rows. Raw scores shaped \(2, 3\)"):
        run.scores(torch.zeros(2, 6))


def test_a_loss_that_is_no_number_ends_the_fit() -> None:
    class Broken(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.inner = torch.nn.Linear(6, 1)

        def forward(self, x: Any) -> Any:
            return torch.log(self.inner(x) * 0 - 1)

    head = SigmoidHead(1)
    toy = make_toy(head, missing=False)
    with pytest.raises(MilepostError, match="'own' is no number after epoch 1.*Lower learning_rate"):
        training(Broken(), {"epochs": 2}, head).run(toy.train, toy.valid)


def test_a_fixed_number_of_epochs_is_kept() -> None:
    head = SigmoidHead(1)
    toy = make_toy(head, missing=False)
    assert training(torch.nn.Linear(6, 1), {}, head, rounds=3).run(toy.train, None).best == 3
