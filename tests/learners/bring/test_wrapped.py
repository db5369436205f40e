from __future__ import annotations

import pytest

from milepost.errors import UsageError
from milepost.learners.base import Batch, Job, Model, learners
from milepost.learners.bring.wrapped import Wrapped, add, middle
from milepost.learners.space import Knob, outside
from milepost.tasks.heads import SigmoidHead

HEAD = SigmoidHead(1)
SPACE = (
    Knob("width", 16, 256, log=True, whole=True),
    Knob("dropout", 0.0, 0.5),
    Knob("kind", values=("a", "b")),
)


class Kind(Wrapped):
    """Fits nothing."""

    view = "dense"

    def fit(self, train: Batch, valid: Batch | None, job: Job) -> Model:  # noqa: ARG002
        raise ArithmeticError


def test_it_begins_with_the_middle_of_its_space_and_two_draws() -> None:
    learner = add(Kind, build, "wrapped_one", space=SPACE)
    try:
        first, *others = learner.portfolio(100, 5, HEAD)
        assert first == {"width": 64, "dropout": 0.25, "kind": "a"}
        assert len(others) == 2
        assert not any(outside(SPACE, params) for params in others)
        assert learner.space(100, 5, HEAD) == SPACE
        assert learner.capacity == "width"
    finally:
        learners._items.pop("wrapped_one")


def test_the_ladder_climbs_the_first_knob_with_regularisation_off() -> None:
    learner = add(Kind, build, "wrapped_two", space=SPACE, loose={"dropout": 0.0})
    try:
        rungs = learner.ladder(100, 5, HEAD)
        assert [rung["width"] for rung in rungs] == [16, 28, 49, 84, 147, 256]
        assert {rung["dropout"] for rung in rungs} == {0.0}
    finally:
        learners._items.pop("wrapped_two")


def test_a_default_outside_of_the_space_and_a_name_that_is_none_are_refused() -> None:
    with pytest.raises(UsageError, match="width is 7"):
        add(Kind, build, "wrapped_three", space=SPACE, defaults={"width": 7})
    with pytest.raises(UsageError, match="no name of a learner"):
        add(Kind, build, "My Net")


def test_the_middle_of_choices_is_the_first() -> None:
    assert middle(Knob("kind", values=("a", "b"))) == "a"


def build() -> None:
    """Nothing."""
