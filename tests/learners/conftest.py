"""One head of each link, for learners under test."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from milepost.tasks.base import Head


@dataclass(frozen=True)
class Plain(Head):
    """Passes encoded truth and raw scores through: learners only read its link and its width."""

    def encode(self, truth):
        return truth

    def predict(self, raw):
        return raw

    def emit(self, builder, raw):
        return builder.node("Identity", raw)

    def statistics_target(self, truth):
        return np.asarray(truth, float)


class Sigmoid(Plain):
    link: ClassVar[str] = "sigmoid"


class Softmax(Plain):
    link: ClassVar[str] = "softmax"


class Values(Plain):
    link: ClassVar[str] = "identity"


@pytest.fixture
def heads():
    """Binary, three classes, one number, two numbers."""
    return (Sigmoid(1), Softmax(3), Values(1), Values(2))
