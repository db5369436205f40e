"""LightGBM's models in text form: its trees as arrays, and copies with rounded leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np

from milepost.graphs.forest import Tree
from milepost.graphs.rounded import gridded, spacing
from milepost.learners.base import Array

TREE = "\nTree="
ZERO = np.float32(1e-35)
"""LightGBM reads numbers up to this size as 0, so that even -ZERO lies above the threshold -ZERO."""


def read_trees(text: str, width: int, output: int = 0) -> list[Tree]:
    """Reads the trees of a LightGBM model in text form.

    Args:
        text: what `Booster.model_to_string` gives.
        width: trees a round; tree `i` adds to output `i % width`.
        output: the output of the first tree of a round.
    """
    return [_read_tree(block, output + index % width) for index, block in enumerate(_blocks(text))]


def _blocks(text: str) -> Iterator[str]:
    """The text of each tree, one after another: forests have texts of 50 MB."""
    end = text.index("\nend of trees")
    start = text.find(TREE, 0, end)
    while start >= 0:
        following = text.find(TREE, start + 1, end)
        yield text[start + len(TREE) : following if following >= 0 else end]
        start = following


def _lines(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines()[1:] if "=" in line)


def _array(lines: Mapping[str, str], name: str, kind: type) -> Array:
    return np.array(lines.get(name, "").split(), dtype=kind)


def _read_tree(block: str, output: int) -> Tree:
    lines = _lines(block)
    leaves = _array(lines, "leaf_value", np.float64)
    if int(lines["num_leaves"]) == 1:
        none = np.array([], np.int64)
        return Tree(none, none.astype(np.float64), none, none, none.astype(bool), leaves, output)
    threshold, decision = _array(lines, "threshold", np.float64), _array(lines, "decision_type", np.int64)
    # Bit 1 of the decision type is "missing goes left", bits 2 and 3 say what counts as missing: 2 is NaN;
    # at nodes that saw none, NaN is read as 0.
    missing_left = np.where(decision >> 2 & 3 == 2, decision & 2 > 0, threshold >= 0)
    threshold = np.where(threshold == -ZERO, np.nextafter(-ZERO, np.float32(-1)), threshold)
    feature, left, right = (
        _array(lines, name, np.int64) for name in ("split_feature", "left_child", "right_child")
    )
    return Tree(feature, threshold, left, right, missing_left, leaves, output)


def rounded(booster: Any, width: int) -> Any:
    """A copy of the booster with rounded leaves; tree `i` adds to output `i % width`."""
    import lightgbm

    text = booster.model_to_string()
    copy = lightgbm.Booster(model_str=text)
    for output in range(width):
        found = [_lines(block) for block in islice(_blocks(text), output, None, width)]
        leaves = [_array(lines, "leaf_value", np.float64) for lines in found]
        seen = [_array(lines, "leaf_count", np.float64) for lines in found]
        rows = [counts if len(counts) else np.ones(1) for counts in seen]
        trees = np.repeat(np.arange(len(leaves)), [len(values) for values in leaves])
        grid = spacing(np.concatenate(leaves), np.concatenate(rows), trees)
        for number, values in enumerate(leaves):
            for leaf, value in enumerate(gridded(values, grid)):
                copy.set_leaf_output(output + number * width, leaf, float(value))
    return copy
