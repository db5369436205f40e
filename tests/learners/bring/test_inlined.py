from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from milepost.errors import InputError
from milepost.graphs.builder import OPSET, Builder
from milepost.graphs.session import run, session
from milepost.learners.bring import inlined


def model(nodes: list[Any], opset: int = OPSET, **more: Any) -> Any:
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 2]) for name in ("x", "y")]
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(d, v) for d, v in more.items())]
    return helper.make_model(helper.make_graph(nodes, "g", ends[:1], ends[1:]), opset_imports=opsets)


def test_an_older_opset_is_turned_and_the_nodes_run_in_milepost_s_graph() -> None:
    fit = inlined.fit(model([helper.make_node("Relu", ["x"], ["y"])], opset=13), "it")
    builder = Builder()
    (out,) = builder.splice(fit, {"x": builder.input("x", "float", 2)})
    builder.output(out, "y", "float", 2)
    assert run(session(builder.model()), {"x": np.float32([[-1, 2]])})["y"].tolist() == [[0.0, 2.0]]


def test_what_milepost_s_graph_cannot_hold_is_named() -> None:
    with pytest.raises(InputError, match="operators of the domain 'com.example'"):
        inlined.fit(model([helper.make_node("Own", ["x"], ["y"], domain="com.example")]), "it")
    body = helper.make_graph([helper.make_node("Identity", ["x"], ["z"])], "b", [],
                             [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)])  # fmt: skip
    branch = helper.make_node("If", ["c"], ["y"], then_branch=body, else_branch=body)
    with pytest.raises(InputError, match="the operator If, which holds a graph of its own"):
        inlined.fit(model([branch]), "it")


def test_dictionaries_of_probabilities_become_a_tensor() -> None:
    nodes = [
        helper.make_node("Softmax", ["x"], ["p"]),
        helper.make_node("ZipMap", ["p"], ["y"], domain="ai.onnx.ml", classlabels_int64s=[0, 1]),
    ]
    fit = inlined.plain(model(nodes))
    assert [node.op_type for node in fit.graph.node] == ["Softmax"]
    assert [output.name for output in fit.graph.output] == ["p"]


def test_its_doors_are_told_with_their_width() -> None:
    assert list(inlined.doors(model([]))) == [("x", TensorProto.FLOAT, 2)]
