"""Small real packages, to try targets and servers on: their answers come from NumPy, not from the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from milepost.digest import Json
from milepost.graphs.builder import Builder
from milepost.shipping.manifest import Column, Manifest, Threshold
from milepost.shipping.package import Contents, build, golden, with_examples
from milepost.shipping.wire import MISSING, TYPES, tensors

Array = np.ndarray[Any, Any]

COLUMNS = (
    Column("age", "float", "number", "float"),
    Column("seats", "int", "number", "double"),
    Column("carrier", "text", "category", "string"),
    Column("day", "date", "moment", "int64"),
    Column("member", "bool", "category", "string"),
)
SAMPLES: Mapping[str, Sequence[Json]] = {
    "age": [18.0, 25.5, 31.0, 40.0, 52.5, 60.0, None],
    "seats": [1, 2, 2, 3, 4, 9],
    "carrier": ["UA", "UA", "AA", "AA", "DL", "DL", "B6", "B6", None],
    "day": ["2013-01-01", "2013-04-05", "2013-07-31", "2013-12-24"],
    "member": [True, False, False, None],
}
CARRIERS = ("", "AA", "B6", "DL", "UA")
TASKS: Mapping[str, Mapping[str, Json]] = {
    "binary": {"name": "binary", "labels": ["on time", "late"], "targets": ["arrival"]},
    "multiclass": {"name": "multiclass", "labels": ["early", "on time", "late"], "targets": ["arrival"]},
    "multilabel": {
        "name": "multilabel",
        "labels": ["bag", "meal", "seat"],
        "targets": ["wishes"],
        "form": ";",
        "exclusive": False,
    },
    "regression": {"name": "regression", "targets": ["delay"]},
    "vector": {"name": "vector", "targets": ["delay", "taxi"]},
}
SCALE, MEAN = np.array([12.5, 3.25]), np.array([7.0, 20.0])
CUT, CUTS = 0.4, (0.5, 0.3, 0.6)


def weights(width: int, seed: int) -> Array:
    """The model's weights (features, width); the features are age, seats, day, the carriers, member."""
    return np.random.default_rng(seed).normal(size=(4 + len(CARRIERS), width)).astype(np.float32)


def width(task: str) -> int:
    """The number of raw scores of a task."""
    return {"binary": 1, "multiclass": 3, "multilabel": 3, "regression": 1, "vector": 2}[task]


def features(feeds: Mapping[str, Array]) -> Array:
    """The features (rows, 9) in NumPy: clipped and scaled numbers, one-hot carriers, membership."""
    age = np.where(np.isnan(feeds["age"]), 35, feeds["age"])
    seats = np.where(np.isnan(feeds["seats"]), 2, feeds["seats"])
    day = np.where(feeds["day"] == MISSING, 0, feeds["day"] / 86400 - 15706)
    parts = [np.clip(age, 0, 100) / 35 - 1, np.clip(seats, 0, 10) / 2 - 1, np.clip(day, -365, 365) / 365]
    parts += [feeds["carrier"] == name for name in CARRIERS]
    parts += [feeds["member"] == "true"]
    return np.hstack([np.asarray(part, dtype=np.float32) for part in parts])


def predictions(rows: Mapping[str, Sequence[Json]], task: str, seed: int = 0) -> dict[str, Array]:
    """The answers to rows, in NumPy: what `build` calls training-time predictions."""
    raw = features(tensors(COLUMNS, rows)) @ weights(width(task), seed)
    if task in ("regression", "vector"):
        return {"value": raw.astype(np.float64) * SCALE[: raw.shape[1]] + MEAN[: raw.shape[1]]}
    labels = np.array(TASKS[task]["labels"], dtype=object)
    if task == "binary":
        late = 1 / (1 + np.exp(-raw))
        decision = (late >= np.float32(CUT)).astype(np.int64)
        return {"proba": np.hstack([1 - late, late]), "label": labels[decision], "decision": decision}
    if task == "multilabel":
        proba = 1 / (1 + np.exp(-raw))
        borne = proba >= np.array(CUTS, np.float32)
        return {"proba": proba, "label": np.where(borne, labels, ""), "decision": borne.astype(np.int64)}
    powers = np.exp(raw - raw.max(axis=1, keepdims=True))
    proba = powers / powers.sum(axis=1, keepdims=True)
    return {"proba": proba, "label": labels[proba.argmax(axis=1)][:, None]}


def graph(task: str, seed: int = 0) -> Any:
    """The same model as an ONNX graph."""
    b = Builder()
    raw = {c.name: b.input(c.name, c.wire) for c in COLUMNS}
    parts = [
        _number(b, raw["age"], "float", (35, 0, 100, 35)),
        b.cast(_number(b, raw["seats"], "double", (2, 0, 10, 2)), "float"),
        _day(b, raw["day"]),
    ]
    known = b.node(
        "LabelEncoder", raw["carrier"], domain="ai.onnx.ml",
        keys_strings=list(CARRIERS), values_int64s=list(range(len(CARRIERS))), default_int64=-1,
    )  # fmt: skip
    codes = b.const(np.arange(len(CARRIERS), dtype=np.int64)[None])
    parts.append(b.cast(b.node("Equal", known, codes), "float"))
    parts.append(b.cast(b.node("Equal", raw["member"], b.const(np.array([["true"]]))), "float"))
    scores = b.node("MatMul", b.node("Concat", *parts, axis=1), b.const(weights(width(task), seed)))
    _outputs(b, scores, task)
    return b.model()


def _number(b: Builder, raw: str, wire: str, facts: tuple[float, float, float, float]) -> str:
    blank, low, high, unit, one = (b.const(np.array([[fact]], TYPES[wire])) for fact in (*facts, 1))
    filled = b.node("Where", b.node("IsNaN", raw), blank, raw)
    clipped = b.node("Min", b.node("Max", filled, low), high)
    return b.node("Sub", b.node("Div", clipped, unit), one)


def _day(b: Builder, raw: str) -> str:
    missing = b.node("Equal", raw, b.const(np.array([[MISSING]])))
    days = b.node("Div", b.cast(raw, "double"), b.const(np.array([[86400.0]])))
    days = b.node("Sub", days, b.const(np.array([[15706.0]])))
    days = b.node("Where", missing, b.const(np.array([[0.0]])), days)
    days = b.node("Min", b.node("Max", days, b.const(np.array([[-365.0]]))), b.const(np.array([[365.0]])))
    return b.cast(b.node("Div", days, b.const(np.array([[365.0]]))), "float")


def _outputs(b: Builder, scores: str, task: str) -> None:
    if task in ("regression", "vector"):
        scaled = b.node("Mul", b.cast(scores, "double"), b.const(SCALE[None, : width(task)]))
        b.output(b.node("Add", scaled, b.const(MEAN[None, : width(task)])), "value", "double", width(task))
        return
    labels = b.const(np.array(TASKS[task]["labels"]))
    if task == "multilabel":
        proba = b.node("Sigmoid", scores)
        borne = b.node("GreaterOrEqual", proba, b.const(np.array([CUTS], np.float32)))
        b.output(b.cast(borne, "int64"), "decision", "int64", 3)
        b.output(proba, "proba", "float", 3)
        names, none = (b.const(np.array([part])) for part in (TASKS[task]["labels"], [""]))
        b.output(b.node("Where", borne, names, none), "label", "string", 3)
        return
    if task == "binary":
        late = b.node("Sigmoid", scores)
        proba = b.node("Concat", b.node("Sub", b.const(np.array([[1]], np.float32)), late), late, axis=1)
        choice = b.cast(b.node("GreaterOrEqual", late, b.const(np.array([[CUT]], np.float32))), "int64")
        b.output(choice, "decision", "int64", 1)
    else:
        proba = b.node("Softmax", scores, axis=1)
        choice = b.node("ArgMax", proba, axis=1, keepdims=1)
    b.output(proba, "proba", "float", len(TASKS[task]["labels"]))
    b.output(b.node("Gather", labels, choice, axis=0), "label", "string", 1)


def toy_package(folder: str | Path, task: str = "binary", seed: int = 0, rows: int = 100) -> Manifest:
    """Builds a package of a task: five columns of all wire types, a key column, a linear model.

    Args:
        folder: where it goes.
        task: "binary" or "multilabel" (with signed thresholds), "multiclass", "regression" or "vector".
        seed: of weights and golden rows.
        rows: number of golden rows.
    """
    made = golden(COLUMNS, SAMPLES, rows, seed)
    signed: dict[str, Threshold] = {
        "binary": Threshold(CUT, "late", "Ada", "2026-11-24T10:00:00+00:00", "a call is cheap"),
        "multilabel": Threshold(CUTS, "", "Ada", "2026-11-24T10:00:00+00:00", "the best F1 of each label"),
    }
    contents = Contents(
        name=f"toy-{task}",
        task=TASKS[task],
        columns=with_examples(COLUMNS, SAMPLES),
        rows=made,
        answers=predictions(made, task, seed),
        keys=("id",),
        threshold=signed.get(task),
        scale=SCALE[: width(task)].tolist() if task in ("regression", "vector") else (),
        lineage={"seed": seed},
        card="# A toy model\n",
    )
    return build(folder, graph(task, seed), contents)
