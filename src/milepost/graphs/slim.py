"""Smaller graphs with the same answers: trees in the newer operator, lists of numbers packed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from milepost.graphs.lists import fill, floats, ints, without

Array = np.ndarray[Any, Any]
ML = "ai.onnx.ml"
NEWER = 5
"""The first version of `ai.onnx.ml` with `TreeEnsemble`, which holds tables in place of lists."""
OLDER = frozenset({"TreeEnsembleRegressor", "TreeEnsembleClassifier"})
"""Operators that the newer version refuses."""
MODES = (b"BRANCH_LEQ", b"BRANCH_LT", b"BRANCH_GTE", b"BRANCH_GT", b"BRANCH_EQ", b"BRANCH_NEQ", b"LEAF")
"""What a node does, by the newer operator's numbers; leaves are no nodes there."""
LEAF = len(MODES) - 1
FEW = 16
"""Shorter lists are left as they are."""
GRAPH, NODE, ATTRIBUTE, FLOATS, INTS = 7, 1, 5, 7, 8
"""Field numbers in ModelProto, GraphProto, NodeProto and AttributeProto."""


def slim(model: Any) -> Any:
    """Returns the model with its trees in the newer operator, at about 40 % of their size.

    A forest whose leaves add to several outputs at once cannot be written so, and one graph cannot hold both
    kinds: a model with such a forest, or with other old operators on trees, is returned as it is. Thresholds
    and leaves keep every bit, and equal leaves are held once.
    """

    found = {node.output[0]: _newer(node) for node in model.graph.node if node.op_type in OLDER}
    if None in found.values():
        return model
    made = _replaced(model, found) if found else model
    for opset in made.opset_import:
        if opset.domain == ML and any(node.op_type == "TreeEnsemble" for node in made.graph.node):
            opset.version = NEWER
    return made


def _replaced(model: Any, found: Mapping[str, Any]) -> Any:
    """A copy of the model, without its older operators, whose answers are those of newer ones."""
    from onnx import helper

    made = without(model, "graph")
    made.graph.CopyFrom(without(model.graph, "node"))
    for node in model.graph.node:
        newer = found.get(node.output[0]) if node.op_type in OLDER else None
        if newer is None:
            made.graph.node.append(node)
            continue
        base, answer = newer.base, node.output[0]
        summed = f"{answer} summed" if any(base) else answer
        _write(made.graph.node.add(), node.input[0], summed, newer)
        if any(base):
            name = f"{answer} base"
            made.graph.initializer.append(helper.make_tensor(name, 1, [1, len(base)], base))
            made.graph.node.append(helper.make_node("Add", [summed, name], [answer]))
    return made


@dataclass(frozen=True)
class _Newer:
    """The newer operator: base values, single numbers, lists of numbers and tables among its attributes."""

    base: Sequence[float]
    single: Mapping[str, int]
    lists: Mapping[str, Array]
    tables: Mapping[str, Array]


def _newer(node: Any) -> _Newer | None:
    """What the newer operator says in place of a node; None where it cannot say the same."""
    from onnx import helper

    held = {attribute.name: attribute for attribute in node.attribute}
    plain = {
        name: helper.get_attribute_value(held[name])
        for name in ("aggregate_function", "post_transform", "n_targets", "base_values")
        if name in held
    }
    if (
        node.op_type != "TreeEnsembleRegressor"
        or plain.get("aggregate_function", b"SUM") != b"SUM"
        or plain.get("post_transform", b"NONE") != b"NONE"
    ):
        return None
    given = {name: _array(attribute) for name, attribute in held.items() if name not in plain}
    trees = _Trees.of(given)
    if trees is None:
        return None
    single = {"n_targets": int(plain.get("n_targets", 1)), "aggregate_function": 1, "post_transform": 0}
    return _Newer(plain.get("base_values", ()), single, trees.lists(given), trees.tables(given))


def _array(attribute: Any) -> Array:
    """A list of the older operator, modes as their numbers."""
    if len(attribute.strings):
        numbers = {mode: number for number, mode in enumerate(MODES)}
        return np.fromiter((numbers[mode] for mode in attribute.strings), np.uint8, len(attribute.strings))
    return ints(attribute) if len(attribute.ints) else floats(attribute)


def _write(node: Any, features: str, answer: str, newer: _Newer) -> None:
    """Writes the newer operator into an empty node, its attributes by name."""
    from onnx import helper, numpy_helper

    node.op_type, node.domain = "TreeEnsemble", ML
    node.input.append(features)
    node.output.append(answer)
    for name in sorted({*newer.single, *newer.lists, *newer.tables}):
        if name in newer.lists:
            fill(node.attribute.add(), name, newer.lists[name])
            continue
        value = newer.single[name] if name in newer.single else numpy_helper.from_array(newer.tables[name])
        node.attribute.append(helper.make_attribute(name, value))


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
    def of(cls, given: Mapping[str, Array]) -> _Trees | None:
        """Reads the lists; None where a leaf adds to several outputs."""
        tree, node = given["nodes_treeids"], given["nodes_nodeids"]
        width = int(node.max()) + 1
        keys = tree * width + node
        order = np.argsort(keys, kind="stable")

        def place(wanted: Array) -> Array:
            return np.asarray(order[np.searchsorted(keys, wanted, sorter=order).clip(max=len(keys) - 1)])

        ends = given["nodes_modes"] == LEAF
        at = place(given["target_treeids"] * width + given["target_nodeids"])
        if len(at) != ends.sum() or len(np.unique(at)) != len(at):
            return None
        pairs = (given["target_ids"] << 32) + given["target_weights"].view(np.int32)
        distinct, leaf, times = np.unique(pairs, return_inverse=True, return_counts=True)
        often = np.argsort(-times, kind="stable")  # the commonest get the shortest numbers
        distinct, leaf = distinct[often], np.argsort(often)[leaf.ravel()]
        inner = np.flatnonzero(~ends)
        number = np.zeros(len(keys), np.int64)
        number[inner] = np.arange(len(inner))
        number[at] = leaf
        first = np.ones(len(keys), bool)
        children = []
        for answer in ("true", "false"):
            child = place(tree[inner] * width + given[f"nodes_{answer}nodeids"][inner])
            first[child] = False
            children.append((number[child], ends[child].astype(np.int64)))
        starts = np.flatnonzero(first)
        lone = ends[starts]
        roots = np.where(lone, len(inner) + np.cumsum(lone) - 1, number[starts])
        outputs = (distinct + (1 << 31)) >> 32
        added = (distinct - (outputs << 32)).astype(np.int32).view(np.float32)
        return cls(inner, (children[0], children[1]), number[starts[lone]], roots, outputs, added)

    def lists(self, given: Mapping[str, Array]) -> dict[str, Array]:
        """The newer operator's lists of numbers."""
        more = len(self.lone)
        found = {"tree_roots": self.roots, "leaf_targetids": self.outputs}
        found["nodes_featureids"] = np.append(given["nodes_featureids"][self.inner], [0] * more)
        for answer, (number, ends) in zip(("true", "false"), self.children, strict=True):
            found[f"nodes_{answer}nodeids"] = np.append(number, self.lone)
            found[f"nodes_{answer}leafs"] = np.append(ends, [1] * more)
        left = given.get("nodes_missing_value_tracks_true")
        if left is not None and left.any():
            found["nodes_missing_value_tracks_true"] = np.append(left[self.inner], [0] * more)
        return {name: values.astype(np.int64) for name, values in found.items()}

    def tables(self, given: Mapping[str, Array]) -> dict[str, Array]:
        """The newer operator's tables."""
        none = np.zeros(len(self.lone))
        asked = given["nodes_modes"][self.inner]
        splits = np.append(given["nodes_values"][self.inner], none)
        return {
            "nodes_splits": splits.astype(np.float32),
            "nodes_modes": np.append(asked, none).astype(np.uint8),
            "leaf_weights": self.weights,
        }


def packed(model: Any) -> bytes:
    """The model's bytes with long lists of numbers packed, a tag a list in place of one a number.

    Every reader of protocol buffers takes both, see "Packed repeated fields" in their specification.
    """
    rest, graph = without(model, "graph"), without(model.graph, "node")
    parts = [graph.SerializeToString(deterministic=True)]
    parts += [_field(NODE, _node(node)) for node in model.graph.node]
    return bytes(rest.SerializeToString(deterministic=True)) + _field(GRAPH, b"".join(parts))


def _node(node: Any) -> bytes:
    if all(len(attribute.ints) < FEW and len(attribute.floats) < FEW for attribute in node.attribute):
        return bytes(node.SerializeToString(deterministic=True))
    parts = [without(node, "attribute").SerializeToString(deterministic=True)]
    for attribute in node.attribute:
        lists, packed_in = b"", []
        if len(attribute.ints) >= FEW and (numbers := ints(attribute)).min() >= 0:
            lists += _field(INTS, varints(numbers))
            packed_in.append("ints")
        if len(attribute.floats) >= FEW:
            lists += _field(FLOATS, floats(attribute).astype("<f4").tobytes())
            packed_in.append("floats")
        said = without(attribute, *packed_in)
        parts.append(_field(ATTRIBUTE, said.SerializeToString(deterministic=True) + lists))
    return b"".join(parts)


def _field(number: int, content: bytes) -> bytes:
    """A field of bytes: tag, length, content."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    """One of `varints`, of which a graph has two a node."""
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    made.append(value)
    return bytes(made)


def varints(values: Array) -> bytes:
    """Numbers from 0 as protocol buffers write them: seven bits a byte, the lowest first.

    >>> varints(np.array([1, 300])).hex()
    '01ac02'
    """
    left = np.asarray(values, np.uint64)
    length = np.ones(len(left), np.int64)
    for bits in range(7, 64, 7):
        length += left >> np.uint64(bits) > 0
    table = left[:, None] >> (np.arange(length.max(initial=1), dtype=np.uint64) * np.uint64(7)) & np.uint64(
        127
    )
    place = np.arange(table.shape[1])
    table |= np.where(place < length[:, None] - 1, 128, 0).astype(np.uint64)
    return bytes(table.astype(np.uint8)[place < length[:, None]].tobytes())
