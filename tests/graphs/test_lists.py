"""Long lists go in and out of protocol buffers bit by bit the same, a piece at a time."""

import tracemalloc

import numpy as np
import onnx
import pytest
from onnx import helper

from milepost.graphs.lists import CHUNK, fill, floats, ints, without


@pytest.mark.parametrize(
    "values",
    [
        np.arange(2 * CHUNK + 3) * 2**33,
        np.array([0.1, -np.inf, 3e38], np.float32),
        np.array([b"LEAF", b"BRANCH_LEQ"]),
    ],
)
def test_an_attribute_is_what_onnx_makes_of_the_list(values) -> None:
    made = onnx.AttributeProto()
    fill(made, "name", values)
    assert made == helper.make_attribute("name", values.tolist())


def test_numbers_come_back_as_they_went_in() -> None:
    rng = np.random.default_rng(0)
    whole, broken = rng.integers(-(2**60), 2**60, 1000), rng.normal(size=1000).astype(np.float32)
    made = [onnx.AttributeProto(), onnx.AttributeProto()]
    for attribute, values in zip(made, (whole, broken), strict=True):
        fill(attribute, "values", values)
    assert np.array_equal(ints(made[0]), whole)
    assert np.array_equal(floats(made[1]), broken)
    assert ints(made[1]).shape == (0,)


def test_there_is_never_an_object_for_every_number() -> None:
    values = np.arange(1_000_000) + 1000
    made = onnx.AttributeProto()
    tracemalloc.start()
    fill(made, "values", values)
    assert len(ints(made)) == len(values)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * values.nbytes


def test_a_copy_leaves_fields_out_and_changes_nothing() -> None:
    node = helper.make_node("Gemm", ["a", "b"], ["c"], "named", alpha=0.5, transB=1)
    model = helper.make_model(helper.make_graph([node], "graph", [], []))
    before = model.SerializeToString()
    part = without(model, "graph")
    assert not part.HasField("graph")
    assert part.opset_import == model.opset_import
    assert part.ir_version == model.ir_version
    assert not without(model.graph, "node").node
    assert without(node, "attribute", "name").input == ["a", "b"]
    assert without(model) == model
    assert model.SerializeToString() == before
