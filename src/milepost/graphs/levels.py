"""Oblivious trees, which ask one question a level, as plain trees without what no row can reach."""

from __future__ import annotations

from typing import Any

import numpy as np

from milepost.graphs.forest import Tree

Array = np.ndarray[Any, Any]


def oblivious(feature: Array, border: Array, missing_left: Array, leaves: Array) -> Tree:
    """The tree that asks `x > border` at each level, written out, smallest of those with the same answers.

    A node is left out where both its answers are the same leaf, or where one contradicts a level above:
    boosters fill half of such leaves with nothing.

    Args:
        feature: the feature of each level, the same missing value going the same way at each (depth,).
        border: what it is compared with (depth,).
        missing_left: whether NaN is the answer no, bool (depth,).
        leaves: what each leaf adds (2 ** depth, outputs); the first level is the lowest bit of its number.
    """
    depth = len(feature)
    bits = np.arange(len(leaves))[:, None] >> np.arange(depth) & 1
    order = bits @ (1 << np.arange(depth)[::-1])
    values, names = np.unique(leaves, axis=0, return_inverse=True)
    name = np.empty(len(leaves), np.int64)
    name[order] = names.ravel()
    turned = np.empty_like(bits)
    turned[order] = bits
    name[_impossible(feature, border, turned)] = -1
    grown = _Grown(name.tolist())
    grown.grow(0, 0)
    level = np.array(grown.level, np.int64)
    value = values[grown.leaves]
    return Tree(
        np.asarray(feature, np.int64)[level],
        np.asarray(border, np.float64)[level],
        np.array(grown.left, np.int64),
        np.array(grown.right, np.int64),
        np.asarray(missing_left, bool)[level],
        value[:, 0] if value.shape[1] == 1 else value,
    )


def _impossible(feature: Array, border: Array, turned: Array) -> Array:
    """Which leaves ask of one number that it be above a border and at most a lower one, bool (leaves,)."""
    found = np.zeros(len(turned), bool)
    for i in range(len(feature)):
        for j in range(len(feature)):
            if feature[i] == feature[j] and border[i] >= border[j]:
                found |= (turned[:, i] == 1) & (turned[:, j] == 0)
    return found


class _Grown:
    """The nodes and leaves that are kept, the root first.

    Args:
        name: what each leaf adds, as a number, in the order of the answers from the root; -1 for a leaf that
            no row reaches.
    """

    def __init__(self, name: list[int]) -> None:
        self.name, self.depth = name, len(name).bit_length() - 1
        self.level, self.left, self.right = list[int](), list[int](), list[int]()
        self.leaves: list[int] = []

    def grow(self, level: int, first: int) -> int:
        """Adds the part of the tree below some answers; its number, that of a leaf inverted."""
        while True:
            some = {n for n in self.name[first : first + (1 << self.depth - level)] if n >= 0}
            if len(some) <= 1:
                self.leaves.append(some.pop() if some else 0)
                return ~(len(self.leaves) - 1)
            half = 1 << self.depth - level - 1
            level += 1
            if all(n < 0 for n in self.name[first : first + half]):
                first += half
            elif any(n >= 0 for n in self.name[first + half : first + 2 * half]):
                break
        node = len(self.level)
        self.level.append(level - 1)
        self.left.append(0)
        self.right.append(0)
        self.left[node] = self.grow(level, first)
        self.right[node] = self.grow(level, first + half)
        return node
