from __future__ import annotations

from typing import Any

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.python import parts
from milepost.learners.python import PythonModel
from milepost.testing.learners import graph_gap


class Own(PythonModel):
    rounds = 1
    curve = ()

    def raw(self, x: Any) -> Any:
        return np.sort(x, axis=1)[:, :1]


def test_a_model_without_nodes_is_one_node_that_holds_it() -> None:
    model, x = Own(), np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    assert graph_gap(model, x, 1) == 0.0
    builder = Builder()
    builder.output(model.emit(builder, builder.input("x", "float", 3)), "y", "float", 1)
    (part,) = parts(builder.model().SerializeToString())
    assert part.why == "Its learner gives no graph."
