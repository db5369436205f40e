"""Trees as one ONNX node, from plain arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from milepost.graphs.builder import Builder

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Tree:
    """One decision tree; node 0 is the root, a negative child `c` is leaf `~c`.

    Args:
        feature: the feature a node asks for, int (nodes,).
        threshold: a row goes left where `x <= threshold`, float64 (nodes,).
        left: child where the answer is yes, int (nodes,).
        right: child where the answer is no, int (nodes,).
        missing_left: whether NaN goes left, bool (nodes,).
        leaf_value: float64 (leaves,); a tree without nodes is its single leaf. Or (leaves, width), where a
            leaf adds to every output.
        output: the output that the tree adds to; 0 where it adds to all.
        equal: nodes that ask `x == threshold` in place of `<=`, bool (nodes,); None where there are none.
    """

    feature: Array
    threshold: Array
    left: Array
    right: Array
    missing_left: Array
    leaf_value: Array
    output: int = 0
    equal: Array | None = None


@dataclass(frozen=True)
class Forest:
    """Summed trees: `base` plus each tree's leaf, added to the tree's output.

    Args:
        trees: the trees.
        width: number of outputs.
        base: the value every row starts from, one an output.
    """

    trees: tuple[Tree, ...]
    width: int
    base: tuple[float, ...]

    def emit(self, builder: Builder, features: str) -> str:
        """Adds a TreeEnsembleRegressor and returns its float tensor (rows, width).

        Thresholds are rounded down to float32: for a float32 x, `x <= t` holds exactly where
        `x <= floor32(t)` does. NaN goes where `missing_left` says. Leaves are rounded to float32. An output
        that no tree adds to gets a tree of one leaf, as ONNX Runtime forgets the base value of such a one.
        """
        if not self.trees:
            rows = builder.node("Shape", features, start=0, end=1)
            shape = builder.node("Concat", rows, builder.const(np.array([self.width])), axis=0)
            return builder.node("Expand", builder.const(np.array([self.base], np.float32)), shape)
        return builder.node(
            "TreeEnsembleRegressor",
            features,
            domain="ai.onnx.ml",
            n_targets=self.width,
            base_values=[float(value) for value in self.base],
            aggregate_function="SUM",
            post_transform="NONE",
            **self._nodes(),
            **self._leaves(),
        )

    @property
    def _whole(self) -> tuple[Tree, ...]:
        """The trees, with one of a single leaf for each output that none of them adds to."""
        grown = {tree.output for tree in self.trees if np.ndim(tree.leaf_value) == 1}
        if any(np.ndim(tree.leaf_value) == 2 for tree in self.trees):
            return self.trees
        none = np.array([], np.int64)
        leaf = Tree(none, none.astype(np.float64), none, none, none.astype(bool), np.zeros(1))
        return (*self.trees, *(replace(leaf, output=i) for i in range(self.width) if i not in grown))

    def _nodes(self) -> dict[str, Array]:
        parts = [_tree_nodes(tree) for tree in self._whole]
        joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        sizes = [len(part["nodes_nodeids"]) for part in parts]
        return {**joined, "nodes_treeids": np.repeat(np.arange(len(parts)), sizes)}

    def _leaves(self) -> dict[str, Array]:
        whole = self._whole
        values = [np.asarray(tree.leaf_value, np.float64) for tree in whole]
        tables = [value.reshape(len(value), -1) for value in values]
        counts = [table.size for table in tables]
        nodes = [
            len(tree.feature) + np.repeat(np.arange(len(table)), table.shape[1])
            for tree, table in zip(whole, tables, strict=True)
        ]
        outputs = [
            tree.output + np.tile(np.arange(table.shape[1]), len(table))
            for tree, table in zip(whole, tables, strict=True)
        ]
        return {
            "target_treeids": np.repeat(np.arange(len(counts)), counts),
            "target_nodeids": np.concatenate(nodes),
            "target_ids": np.concatenate(outputs),
            "target_weights": np.concatenate([table.ravel() for table in tables]).astype(np.float32),
        }


def _tree_nodes(tree: Tree) -> dict[str, Array]:
    """A tree's nodes, inner ones first, leaves after them."""
    inner, leaves = len(tree.feature), len(tree.leaf_value)
    equal = np.zeros(inner, bool) if tree.equal is None else np.asarray(tree.equal, bool)
    floats = np.asarray(tree.threshold, np.float64)
    with np.errstate(over="ignore"):
        threshold = np.where(equal, floats.astype(np.float32), floor32(floats))
    left, right = (
        np.where(child < 0, inner + ~child, child) for child in map(_ints, (tree.left, tree.right))
    )

    def padded(values: Array, rest: Any) -> Array:
        return np.concatenate([values, np.full(leaves, rest, values.dtype)])

    return {
        "nodes_nodeids": np.arange(inner + leaves),
        "nodes_featureids": padded(_ints(tree.feature), 0),
        "nodes_values": padded(threshold.astype(np.float32), 0.0),
        "nodes_modes": padded(np.where(equal, b"BRANCH_EQ", b"BRANCH_LEQ"), b"LEAF"),
        "nodes_truenodeids": padded(left, 0),
        "nodes_falsenodeids": padded(right, 0),
        "nodes_missing_value_tracks_true": padded(_ints(tree.missing_left), 0),
    }


def _ints(values: Array) -> Array:
    return np.asarray(values).astype(np.int64)


def floor32(values: Array) -> Array:
    """Rounds float64 numbers down to float32.

    >>> bool(floor32(np.array([0.1]))[0] <= 0.1), float(np.float32(0.1)) <= 0.1
    (True, False)
    """
    exact = np.asarray(values, np.float64)
    with np.errstate(over="ignore"):
        near = exact.astype(np.float32)
    below = np.nextafter(near, np.float32(-np.inf))
    return np.where(near.astype(np.float64) > exact, below, near)
