"""What keeps a graph out of a browser or a device is read from the graph."""

from dataclasses import replace

import numpy as np
import onnx
from onnx import helper

from milepost.graphs.builder import Builder
from milepost.shipping.elsewhere import LARGE_MB, browser, device
from milepost.shipping.manifest import open_package
from milepost.testing.wide import wide_package


def with_node(package, op, domain, inside=False):
    """The package with one more node, or a branch that holds it."""
    graph = onnx.load_from_string(package.graph)
    node = helper.make_node(op, [graph.graph.input[0].name], ["more"], domain=domain)
    if inside:
        branch = helper.make_graph([node], "branch", [], [])
        node = helper.make_node("If", ["yes"], ["more"], then_branch=branch, else_branch=branch)
    graph.graph.node.append(node)
    return replace(package, graph=graph.SerializeToString())


def test_core_operators_on_bytes_run_anywhere(tmp_path):
    wide_package(tmp_path / "text", ("message", "age"))
    package = open_package(tmp_path / "text")
    assert browser(package) == device(package) == []


def test_what_stands_in_the_way_is_named(toy, tmp_path):
    assert browser(toy) == []
    assert device(toy) == ["'carrier' enters as text, which LiteRT does not have."]
    wide_package(tmp_path / "text", ("message",))
    package = open_package(tmp_path / "text")
    for inside in (False, True):
        tokens = with_node(package, "BertTokenizer", "ai.onnx.contrib", inside)
        assert browser(tokens) == ["the operator BertTokenizer is not in ONNX Runtime Web."]
        assert device(tokens) == ["the operator BertTokenizer is not in LiteRT."]
    assert "other letters" in browser(with_node(package, "StringNormalizer", ""))[0]
    assert "TreeEnsembleRegressor" in device(with_node(package, "TreeEnsembleRegressor", "ai.onnx.ml"))[0]


def test_a_large_graph_is_no_page(toy):
    b = Builder()
    weights = b.const(np.zeros((1, int(LARGE_MB * 1e6 / 4) + 1000), np.float32))
    b.output(
        b.node("MatMul", b.input("x", "float"), weights), "value", "float", int(LARGE_MB * 1e6 / 4) + 1000
    )
    (said,) = browser(replace(toy, graph=b.model().SerializeToString()))
    assert said == "its graph has 50 MB, which a page would have to load."
