"""Smaller graphs with the same answers: trees in the newer operator, lists of numbers packed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
ML = "ai.onnx.ml"
NEWER = 5
"""The first version of `ai.onnx.ml` with `TreeEnsemble`, which holds tables in place of lists."""
OLDER = frozenset({"TreeEnsembleRegressor", "TreeEnsembleClassifier"})
"""Operators that the newer version refuses."""
LEAF = b"LEAF"
MODES = (b"BRANCH_LEQ", b"BRANCH_LT", b"BRANCH_GTE", b"BRANCH_GT", b"BRANCH_EQ", b"BRANCH_NEQ")
FEW = 16
"""Shorter lists are left as they are."""
GRAPH, NODE, ATTRIBUTE, FLOATS, INTS = 7, 1, 5, 7, 8
"""Field numbers in ModelProto, GraphProto, NodeProto and AttributeProto."""


def slim(model: Any) -> Any:
    """Returns the model with its trees in the newer operator, at about 40 % of their size; it is changed.

    A forest whose leaves add to several outputs at once cannot be written so, and one graph cannot hold both
    kinds: a model with such a forest, or with other old operators on trees, is returned as it is. Thresholds
    and leaves keep every bit, and equal leaves are held once.
    """
    from onnx import helper

    found = {n.output[0]: _newer(n) for n in model.graph.node if n.op_type in OLDER}
    if None in found.values():
        return model
    nodes: list[Any] = []
    for node in model.graph.node:
        made = found.get(node.output[0]) if node.op_type in OLDER else None
        if made is None:
            nodes.append(node)
            continue
        base, attributes = made
        answer = node.output[0]
        summed = f"{answer} summed" if any(base) else answer
        nodes.append(helper.make_node("TreeEnsemble", list(node.input), [summed], domain=ML, **attributes))
        if any(base):
            name = f"{answer} base"
            model.graph.initializer.append(helper.make_tensor(name, 1, [1, len(base)], base))
            nodes.append(helper.make_node("Add", [summed, name], [answer]))
    model.graph.ClearField("node")
    model.graph.node.extend(nodes)
    for opset in model.opset_import:
        if opset.domain == ML and any(node.op_type == "TreeEnsemble" for node in nodes):
            opset.version = NEWER
    return model


def _newer(node: Any) -> tuple[Sequence[float], dict[str, Any]] | None:
    """Base values and attributes of the newer operator; None where it cannot say the same."""
    from onnx import helper, numpy_helper

    given = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    summed = given.get("aggregate_function", b"SUM") == b"SUM"
    if (
        node.op_type != "TreeEnsembleRegressor"
        or not summed
        or given.get("post_transform", b"NONE") != b"NONE"
    ):
        return None
    trees = _Trees.of(given)
    if trees is None:
        return None
    attributes: dict[str, Any] = {
        "n_targets": int(given.get("n_targets", 1)),
        "aggregate_function": 1,
        "post_transform": 0,
        **trees.lists(given),
    }
    attributes |= {name: numpy_helper.from_array(table) for name, table in trees.tables(given).items()}
    return given.get("base_values", ()), attributes


@dataclass(frozen=True)
class _Trees:
    """The older operator's trees with nodes and leaves numbered as the newer one does.

    Args:
        inner: place of each node that asks, among all nodes.
        children: what follows yes and no, two each: node or leaf, and whether it is a leaf (nodes,).
        lone: the leaf of each tree that is one leaf; it becomes a node whose both answers are that leaf.
        roots: the first node of each tree.
        outputs, weights: each leaf's output and what it adds.
    """

    inner: Array
    children: tuple[tuple[Array, Array], tuple[Array, Array]]
    lone: Array
    roots: Array
    outputs: Array
    weights: Array

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> _Trees | None:
        """Reads the lists; None where a leaf adds to several outputs."""
        tree, node = _ints(given["nodes_treeids"]), _ints(given["nodes_nodeids"])
        width = int(node.max()) + 1
        keys = tree * width + node
        order = np.argsort(keys, kind="stable")

        def place(wanted: Array) -> Array:
            return np.asarray(order[np.searchsorted(keys, wanted, sorter=order).clip(max=len(keys) - 1)])

        ends = np.array([mode == LEAF for mode in given["nodes_modes"]])
        at = place(_ints(given["target_treeids"]) * width + _ints(given["target_nodeids"]))
        if len(at) != ends.sum() or len(np.unique(at)) != len(at):
            return None
        weights = np.array(given["target_weights"], np.float32)
        pairs = np.stack([_ints(given["target_ids"]), weights.view(np.int32).astype(np.int64)])
        distinct, leaf, times = np.unique(pairs, axis=1, return_inverse=True, return_counts=True)
        often = np.argsort(-times, kind="stable")  # the commonest get the shortest numbers
        distinct, leaf = distinct[:, often], np.argsort(often)[leaf.ravel()]
        inner = np.flatnonzero(~ends)
        number = np.zeros(len(keys), np.int64)
        number[inner] = np.arange(len(inner))
        number[at] = leaf
        first = np.ones(len(keys), bool)
        children = []
        for answer in ("true", "false"):
            child = place(tree[inner] * width + _ints(given[f"nodes_{answer}nodeids"])[inner])
            first[child] = False
            children.append((number[child], ends[child].astype(np.int64)))
        starts = np.flatnonzero(first)
        lone = ends[starts]
        roots = np.where(lone, len(inner) + np.cumsum(lone) - 1, number[starts])
        added = distinct[1].astype(np.int32).view(np.float32)
        return cls(inner, (children[0], children[1]), number[starts[lone]], roots, distinct[0], added)

    def lists(self, given: Mapping[str, Any]) -> dict[str, list[int]]:
        """The newer operator's lists of numbers."""
        more = len(self.lone)
        found = {"tree_roots": self.roots, "leaf_targetids": self.outputs}
        found["nodes_featureids"] = np.append(_ints(given["nodes_featureids"])[self.inner], [0] * more)
        for answer, (number, ends) in zip(("true", "false"), self.children, strict=True):
            found[f"nodes_{answer}nodeids"] = np.append(number, self.lone)
            found[f"nodes_{answer}leafs"] = np.append(ends, [1] * more)
        left = given.get("nodes_missing_value_tracks_true")
        if left and any(left):
            found["nodes_missing_value_tracks_true"] = np.append(_ints(left)[self.inner], [0] * more)
        return {name: values.astype(np.int64).tolist() for name, values in found.items()}

    def tables(self, given: Mapping[str, Any]) -> dict[str, Array]:
        """The newer operator's tables."""
        none = np.zeros(len(self.lone))
        asked = np.array([MODES.index(given["nodes_modes"][i]) for i in self.inner], np.uint8)
        splits = np.append(np.array(given["nodes_values"], np.float32)[self.inner], none)
        return {
            "nodes_splits": splits.astype(np.float32),
            "nodes_modes": np.append(asked, none).astype(np.uint8),
            "leaf_weights": self.weights,
        }


def _ints(values: Any) -> Array:
    return np.array(values, np.int64)


def packed(model: Any) -> bytes:
    """The model's bytes with long lists of numbers packed, a tag a list in place of one a number.

    Every reader of protocol buffers takes both, see "Packed repeated fields" in their specification.
    """
    rest, graph = type(model)(), type(model.graph)()
    rest.CopyFrom(model)
    rest.ClearField("graph")
    graph.CopyFrom(model.graph)
    graph.ClearField("node")
    parts = [graph.SerializeToString(deterministic=True)]
    parts += [_field(NODE, _node(node)) for node in model.graph.node]
    return bytes(rest.SerializeToString(deterministic=True)) + _field(GRAPH, b"".join(parts))


def _node(node: Any) -> bytes:
    if all(len(attribute.ints) < FEW and len(attribute.floats) < FEW for attribute in node.attribute):
        return bytes(node.SerializeToString(deterministic=True))
    rest = type(node)()
    rest.CopyFrom(node)
    rest.ClearField("attribute")
    parts = [rest.SerializeToString(deterministic=True)]
    for attribute in node.attribute:
        ints, floats = np.array(attribute.ints, np.int64), np.array(attribute.floats, np.float32)
        said = type(attribute)()
        said.CopyFrom(attribute)
        lists = b""
        if len(ints) >= FEW and ints.min() >= 0:
            said.ClearField("ints")
            lists += _field(INTS, varints(ints))
        if len(floats) >= FEW:
            said.ClearField("floats")
            lists += _field(FLOATS, floats.astype("<f4").tobytes())
        parts.append(_field(ATTRIBUTE, said.SerializeToString(deterministic=True) + lists))
    return b"".join(parts)


def _field(number: int, content: bytes) -> bytes:
    """A field of bytes: tag, length, content."""
    return varints(np.array([number << 3 | 2])) + varints(np.array([len(content)])) + content


def varints(values: Array) -> bytes:
    """Numbers from 0 as protocol buffers write them: seven bits a byte, the lowest first.

    >>> varints(np.array([1, 300])).hex()
    '01ac02'
    """
    left = np.asarray(values, np.uint64)
    length = np.maximum(1, -(-np.array([int(v).bit_length() for v in left]) // 7))
    table = left[:, None] >> (np.arange(length.max(initial=1), dtype=np.uint64) * np.uint64(7)) & np.uint64(
        127
    )
    place = np.arange(table.shape[1])
    table |= np.where(place < length[:, None] - 1, 128, 0).astype(np.uint64)
    return bytes(table.astype(np.uint8)[place < length[:, None]].tobytes())
