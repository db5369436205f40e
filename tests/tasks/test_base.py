"""Every task answers every question, and comes back from plain JSON."""

import numpy as np
import polars as pl
import pytest

from milepost.digest import plain
from milepost.tasks.base import tasks
from milepost.testing import toys

TARGETS = {
    "binary": ["bought"],
    "multiclass": ["tier"],
    "multilabel": ["topics"],
    "regression": ["spent"],
    "vector": ["spent", "income"],
}


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_a_task_answers_every_question(name: str) -> None:
    target = pl.concat([toys.shop(200), toys.tickets(200)], how="horizontal").select(TARGETS[name])
    task = tasks[name].bind(target)
    truth = task.encode(target)
    head = task.head(truth)
    constant = task.repeat(task.naive(truth), len(truth))
    losses = task.losses(truth, constant)
    assert losses.shape == (200,)
    assert np.isfinite(losses).all()
    assert len(head.encode(truth)) == 200
    assert head.predict(np.zeros((200, head.width))).shape == constant.shape
    assert task.columns(constant, None).height == 200
    assert task.decide(constant, None).shape[0] == 200
    assert 0 < task.rarest(truth) <= 200
    assert task.narrowed(truth, 2)[0].labels == task.labels[: 2 if name == "multilabel" else None]
    assert task.family == ("regression" if name == "vector" else name)
    again = tasks[name].of(plain(task.plain()))
    assert plain(again.plain()) == plain(task.plain())
    assert (again.encode(target) == truth).all()
