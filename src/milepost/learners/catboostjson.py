"""CatBoost's models in their JSON form: written, read back, and as arrays."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from milepost.graphs.forest import Forest
from milepost.graphs.levels import oblivious
from milepost.learners.base import Array


def plain_of(native: Any) -> dict[str, Any]:
    """A CatBoost model in its JSON form."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        native.save_model(str(path), format="json")
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def model_of(plain: Mapping[str, Any]) -> Any:
    """The CatBoost model of a JSON form."""
    import catboost

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        path.write_text(json.dumps(plain), encoding="utf-8")
        return catboost.CatBoost().load_model(str(path), format="json")


def read_forest(plain: Mapping[str, Any], columns: Sequence[int], base: Array) -> Forest:
    """Reads a CatBoost model in its JSON form.

    A level asks `x > border`, and its answer is one bit of the leaf's number, the first level the lowest.

    Args:
        plain: the model, as `save_model(format="json")` writes it.
        columns: the output of each of its scores.
        base: constants of the outputs it has no score for (width,).
    """
    scale, bias = plain["scale_and_bias"]
    start = np.array(base, np.float64)
    start[list(columns)] = np.broadcast_to(np.asarray(bias, np.float64), len(columns))
    right = {
        column["feature_index"]
        for column in plain["features_info"]["float_features"]
        if column["nan_value_treatment"] == "AsTrue"
    }
    trees = []
    for part in plain["oblivious_trees"]:
        splits = part["splits"] or []
        leaves = np.zeros((2 ** len(splits), len(base)))
        leaves[:, list(columns)] = scale * np.reshape(part["leaf_values"], (len(leaves), -1))
        feature = np.array([split["float_feature_index"] for split in splits], np.int64)
        border = np.array([split["border"] for split in splits], np.float32)
        missing_left = np.array([index not in right for index in feature], bool)
        trees.append(oblivious(feature, border, missing_left, leaves))
    return Forest(tuple(trees), len(base), tuple(start.tolist()))
