"""Graphs are built, named and spliced."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from milepost.graphs.builder import DTYPES, Builder
from milepost.graphs.compare import compare
from milepost.graphs.rounded import coarse


def affine(scale, shift):
    builder = Builder()
    x = builder.input("x", "float", 2)
    scaled = builder.node("Mul", x, builder.const(np.float32([scale])))
    builder.output(builder.node("Add", scaled, builder.const(np.float32([shift]))), "y", "float", 2)
    return builder.model()


def test_equal_constants_are_kept_once():
    builder = Builder()
    first, again = builder.const(np.float32([1])), builder.const(np.float32([1]))
    other, shaped = builder.const(np.float64([1])), builder.const(np.float32([[1]]))
    words = builder.const(["a", "é"]), builder.const(["a", "é"])
    assert first == again
    assert words[0] == words[1]
    assert len({first, other, shaped, words[0]}) == 4
    assert len(builder.constants) == 4


def test_an_input_is_declared_once():
    builder = Builder()
    assert builder.input("x", "float") == builder.input("x", "float") == "x"
    assert len(builder.inputs) == 1


def test_models_are_spliced_with_fresh_names():
    builder = Builder()
    x = builder.input("x", "float", 2)
    (once,) = builder.splice(affine(2, 1), {"x": x})
    (twice,) = builder.splice(affine(3, -1), {"x": once})
    builder.output(twice, "y", "float", 2)
    rows = np.arange(14, dtype=np.float32).reshape(7, 2)
    assert compare(builder.model(), {"x": rows}, {"y": 3 * (2 * rows + 1) - 1}) == 0


def test_only_what_is_wanted_is_spliced():
    other = Builder()
    x = other.input("x", "float", 2)
    other.output(other.node("Add", x, other.const(np.float32([5]))), "sum", "float", 2)
    other.output(other.node("Neg", x), "less", "float", 2)
    builder = Builder()
    (less,) = builder.splice(other.model(), {"x": builder.input("x", "float", 2)}, ["less"])
    assert [node.op_type for node in builder.nodes] == ["Neg", "Identity"]
    assert not builder.constants
    builder.output(less, "y", "float", 2)
    rows = np.arange(4, dtype=np.float32).reshape(2, 2)
    assert compare(builder.model(), {"x": rows}, {"y": -rows}) == 0


def test_shapes_and_versions_of_the_model():
    model = affine(1, 0)
    dims = model.graph.input[0].type.tensor_type.shape.dim
    assert (dims[0].dim_param, dims[1].dim_value) == ("rows", 2)
    assert {opset.domain: opset.version for opset in model.opset_import} == {"": 20, "ai.onnx.ml": 3}
    assert model.ir_version == 10


def test_a_wrong_graph_is_refused():
    builder = Builder()
    builder.output("nowhere", "y", "float", 1)
    with pytest.raises(onnx.checker.ValidationError):
        builder.model()


def test_element_types_are_those_of_onnx() -> None:
    for name, number in DTYPES.items():
        assert onnx.TensorProto.DataType.Value(name.upper()) == number


def test_what_is_shared_is_made_once():
    builder = Builder()
    raw = builder.input("x", "float")
    made = [builder.once(("half", raw), lambda: builder.node("Neg", raw)) for _ in range(2)]
    assert made[0] == made[1]
    assert builder.once(("other", raw), lambda: builder.node("Abs", raw)) != made[0]
    assert [node.op_type for node in builder.nodes] == ["Neg", "Abs"]


def test_a_rounded_matrix_takes_a_byte_a_number_and_no_time(tmp_path):
    weight = np.random.default_rng(0).normal(size=(40, 30)).astype(np.float32)
    x, models = np.random.default_rng(1).normal(size=(9, 40)).astype(np.float32), []
    for value in (weight, coarse(weight)):
        builder = Builder()
        answer = builder.node("MatMul", builder.input("x", "float", 40), builder.weight(value))
        builder.output(answer, "y", "float", 30)
        models.append(builder.model())
        assert compare(models[-1], {"x": x}, {"y": x @ value}) < 1e-5
    exact, small = (model.ByteSize() for model in models)
    assert small < 0.4 * exact
    options = ort.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "opened.onnx")
    ort.InferenceSession(models[1].SerializeToString(), options, providers=["CPUExecutionProvider"])
    opened = {node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node}
    assert opened == {"MatMul"}
