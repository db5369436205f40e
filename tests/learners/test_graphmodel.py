"""A model that answers by its graph: some rows at a time, and after pickling."""

import pickle
from dataclasses import dataclass

import numpy as np

from milepost.learners.graphmodel import CELLS, ROWS, GraphModel


@dataclass(frozen=True)
class Sum(GraphModel):
    """The sum of all features, and its double."""

    features: int
    rounds: int = 1
    curve: tuple = ()

    @property
    def shape(self):
        return self.features, 2

    def emit(self, builder, features):
        return builder.node(
            "MatMul", features, builder.const(np.tile(np.float32([1, 2]), (self.features, 1)))
        )


def test_its_answers_are_those_of_its_graph_whatever_the_number_of_rows():
    x = np.random.default_rng(0).normal(size=(2 * ROWS + 3, 5)).astype(np.float32)
    model = Sum(5)
    for rows in (0, 1, ROWS, len(x)):
        found = model.raw(x[:rows])
        assert found.shape == (rows, 2)
        assert found.dtype == np.float32
        assert np.allclose(found, x[:rows].sum(1, keepdims=True) * [1, 2], atol=1e-5)


def test_wide_rows_are_answered_few_at_a_time_and_numbers_of_any_kind():
    wide = CELLS // 2 + 1
    assert Sum(wide).raw(np.ones((3, wide))).tolist() == [[wide, 2 * wide]] * 3


def test_its_session_is_not_pickled():
    model = Sum(2)
    model.raw(np.ones((1, 2)))
    again = pickle.loads(pickle.dumps(model))
    assert "_session" not in again.__dict__
    assert again.raw(np.ones((1, 2))).tolist() == [[2, 4]]
