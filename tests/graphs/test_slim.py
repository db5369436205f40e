"""A slim graph answers with the very same bits."""

import numpy as np
import onnx
import pytest
from onnx import helper
from tests.graphs.test_forest import grown, rows

from milepost.graphs import builder as built
from milepost.graphs.builder import Builder
from milepost.graphs.forest import Forest, Tree
from milepost.graphs.session import run, session
from milepost.graphs.slim import packed, slim, varints


def graph(forest, features, monkeypatch, plain):
    """The forest as one node, in the older form where asked for."""
    if plain:
        monkeypatch.setattr(built, "slim", lambda model: model)
    builder = Builder()
    builder.output(forest.emit(builder, builder.input("x", "float", features)), "y", "float", forest.width)
    model = builder.model()
    monkeypatch.undo()
    return model


def operators(model):
    return {node.op_type for node in model.graph.node}


@pytest.mark.parametrize("base", [0.0, 3.5])
@pytest.mark.parametrize(("count", "width"), [(1, 1), (60, 1), (60, 3)])
def test_newer_trees_answer_the_same_bits(count, width, base, monkeypatch):
    rng = np.random.default_rng(count + width)
    trees = tuple(grown(rng, 5, 5, index % width) for index in range(count))
    forest = Forest(trees, width, (base,) * width)
    old, new = (graph(forest, 5, monkeypatch, plain) for plain in (True, False))
    assert "TreeEnsembleRegressor" in operators(old)
    assert "TreeEnsemble" in operators(new)
    x = rows(rng, trees, 5, 400)
    answers = [run(session(model), {"x": x})["y"] for model in (old, new)]
    assert np.array_equal(*answers)
    if count > 1:
        assert new.ByteSize() < 0.6 * old.ByteSize()


def test_equal_leaves_are_held_once(monkeypatch):
    rng = np.random.default_rng(1)
    trees = tuple(grown(rng, 5, 6, 0) for _ in range(40))
    coarse = tuple(Tree(**{**vars(tree), "leaf_value": np.round(tree.leaf_value)}) for tree in trees)
    sizes = [graph(Forest(part, 1, (0.0,)), 5, monkeypatch, False).ByteSize() for part in (trees, coarse)]
    assert sizes[1] < 0.9 * sizes[0]


def test_leaves_for_every_output_stay_as_they_were(monkeypatch):
    rng = np.random.default_rng(2)
    tree = grown(rng, 4, 4, 0)
    wide = Tree(**{**vars(tree), "leaf_value": rng.normal(size=(len(tree.leaf_value), 3))})
    forest = Forest((wide, grown(rng, 4, 3, 2)), 3, (0.0, 0.0, 0.0))
    assert "TreeEnsembleRegressor" in operators(graph(forest, 4, monkeypatch, False))


def test_other_sums_stay_as_they_were(monkeypatch):
    rng = np.random.default_rng(3)
    model = graph(Forest((grown(rng, 3, 3, 0),), 1, (0.0,)), 3, monkeypatch, True)
    node = next(n for n in model.graph.node if n.op_type == "TreeEnsembleRegressor")
    for attribute in node.attribute:
        if attribute.name == "aggregate_function":
            attribute.s = b"MAX"
    assert "TreeEnsembleRegressor" in operators(slim(model))


def test_newer_trees_of_another_model_keep_their_version(monkeypatch):
    rng = np.random.default_rng(5)
    inner = graph(Forest((grown(rng, 3, 3, 0),), 1, (0.0,)), 3, monkeypatch, False)
    builder = Builder()
    (answer,) = builder.splice(inner, {"x": builder.input("x", "float", 3)})
    builder.output(answer, "y", "float", 1)
    assert "TreeEnsemble" in operators(builder.model())


def test_packed_bytes_are_the_same_model(monkeypatch):
    rng = np.random.default_rng(4)
    trees = tuple(grown(rng, 300, 7, 0) for _ in range(30))
    model = graph(Forest(trees, 1, (0.5,)), 300, monkeypatch, False)
    data = packed(model)
    again = onnx.load_from_string(data)
    onnx.checker.check_model(again)
    assert again == model
    assert len(data) < 0.85 * model.ByteSize()
    x = rows(rng, trees, 300, 50)
    assert np.array_equal(run(session(data), {"x": x})["y"], run(session(model), {"x": x})["y"])


def test_negative_numbers_are_not_packed():
    node = helper.make_node("Transpose", ["x"], ["y"], perm=[-1] * 20)
    made = helper.make_graph([node], "g", [], [])
    model = helper.make_model(made)
    assert onnx.load_from_string(packed(model)) == model


def test_varints_are_those_of_protocol_buffers():
    values = [0, 1, 127, 128, 300, 2**31, 2**40]
    attribute = onnx.AttributeProto(ints=values)
    assert (
        onnx.AttributeProto.FromString(b"\x42" + bytes([len(varints(values))]) + varints(values)) == attribute
    )


def test_the_commonest_leaves_have_the_shortest_numbers(monkeypatch):
    rng = np.random.default_rng(3)
    trees = tuple(grown(rng, 5, 6, 0) for _ in range(40))
    coarse = tuple(Tree(**{**vars(tree), "leaf_value": np.round(20 * tree.leaf_value)}) for tree in trees)
    model = graph(Forest(coarse, 1, (0.0,)), 5, monkeypatch, False)
    node = next(node for node in model.graph.node if node.op_type == "TreeEnsemble")
    given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    leaves = [
        i
        for side in ("true", "false")
        for i, leaf in zip(given[f"nodes_{side}nodeids"], given[f"nodes_{side}leafs"], strict=True)
        if leaf
    ]
    times = np.bincount(leaves)
    assert len(times) > 50
    assert np.all(np.diff(times) <= 0)


@pytest.mark.parametrize("size", [0, 1, 100, 127, 128, 300, 2**14, 2**21 + 5])
def test_nodes_of_any_length_are_read_back(size: int) -> None:
    b = Builder()
    b.output(b.node("Abs", b.input("x", "float")), "y", "float", 1)
    model = b.model()
    model.graph.node[0].doc_string = "x" * size
    assert onnx.load_from_string(packed(model)) == model
