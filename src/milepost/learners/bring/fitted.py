"""Fitted scikit-learn estimators as models: their raw scores, by their graphs or in Python alone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from milepost.graphs.builder import OPSET, OPSET_ML, Builder
from milepost.learners.base import Array, Point
from milepost.learners.bring import inlined
from milepost.learners.graphmodel import GraphModel
from milepost.learners.python import PythonModel


class Part:
    """One fitted estimator with the raw scores that it stands for.

    Args:
        estimator: fitted.
        link: "sigmoid", "softmax" or "identity".
        width: raw scores it gives.
        rows: training rows; no probability is nearer to 0 or 1 than half a row.
    """

    def __init__(self, estimator: Any, link: str, width: int, rows: int) -> None:
        self.estimator, self.link, self.width = estimator, link, width
        self.least = max(1e-6, 0.5 / (rows + 1))
        classes = getattr(estimator, "classes_", ())
        self.classes = tuple(int(c) for c in classes) if link != "identity" else ()
        self.soft = hasattr(estimator, "predict_proba")

    def raw(self, x: Array) -> Array:
        """Raw scores (rows, width), float64."""
        if self.link == "identity":
            return np.asarray(self.estimator.predict(x), np.float64).reshape(len(x), -1)
        if not self.soft:
            scores = np.asarray(self.estimator.decision_function(x), np.float64).reshape(len(x), -1)
            return scores if self.link == "sigmoid" else self._spread(scores, -math.inf)
        logs = np.log(np.clip(self.estimator.predict_proba(x), self.least, 1 - self.least))
        whole = self._spread(logs, math.log(self.least))
        return whole[:, [1]] - whole[:, [0]] if self.link == "sigmoid" else whole

    def _spread(self, scores: Array, empty: float) -> Array:
        """Scores of all classes, those that no training row had included."""
        many = 2 if self.link == "sigmoid" else self.width
        found = np.full((len(scores), many), max(empty, -1e3))
        found[:, list(self.classes)] = scores
        return found

    def emit(self, builder: Builder, model: Any, features: str) -> str:
        """Adds the nodes of the estimator, then those of its raw scores."""
        ((name, _, _),) = inlined.doors(model)
        scores = builder.splice(model, {name: features})[-1]
        scores = builder.cast(scores, "float")
        if self.link == "identity":
            return builder.node("Reshape", scores, builder.const(np.array([-1, self.width])))
        if not self.soft:
            if self.link == "sigmoid":  # some converters give a score a class
                return builder.node("Gather", scores, builder.const(np.array([-1])), axis=1)
            return self._gather(builder, scores, -1e3)
        ends = (builder.const(np.float32(end)) for end in (self.least, 1 - self.least))
        logs = builder.node("Log", builder.node("Clip", scores, *ends))
        whole = self._gather(builder, logs, math.log(self.least))
        if self.link == "softmax":
            return whole
        yes, no = (builder.node("Gather", whole, builder.const(np.array([i])), axis=1) for i in (1, 0))
        return builder.node("Sub", yes, no)

    def _gather(self, builder: Builder, scores: str, empty: float) -> str:
        many = 2 if self.link == "sigmoid" else self.width
        if self.classes == tuple(range(many)):
            return scores
        place = {c: i for i, c in enumerate(self.classes)}
        slope, base = np.zeros((len(place), many), np.float32), np.full((1, many), empty, np.float32)
        for c, i in place.items():
            slope[i, c], base[0, c] = 1.0, 0.0
        moved = builder.node("MatMul", scores, builder.const(slope))
        return builder.node("Add", moved, builder.const(base))


class Estimated(PythonModel):
    """Fitted estimators without a graph, one an output where there are several."""

    rounds = 1

    def __init__(self, parts: tuple[Part, ...], why: str, plugin: str) -> None:
        self.parts, self.why, self.plugin = parts, why, plugin
        self.curve: tuple[Point, ...] = ()

    def raw(self, x: Array) -> Array:
        """Raw scores (rows, width), float32."""
        return np.concatenate([part.raw(x) for part in self.parts], axis=1).astype(np.float32)


class Converted(GraphModel):
    """The graphs of fitted estimators: their scores are the graph's from the first fold on.

    Args:
        parts: the estimators.
        graphs: their ONNX models, ready to be copied.
        features: how many they take.
    """

    rounds = 1

    def __init__(self, parts: tuple[Part, ...], graphs: tuple[Any, ...], features: int) -> None:
        self.parts, self.graphs, self.features = parts, graphs, features
        self.curve: tuple[Point, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Features in, raw scores out."""
        return self.features, sum(part.width for part in self.parts)

    def emit(self, builder: Builder, features: str) -> str:
        """Adds the nodes of all estimators."""
        found = [
            part.emit(builder, graph, features) for part, graph in zip(self.parts, self.graphs, strict=True)
        ]
        return found[0] if len(found) == 1 else builder.node("Concat", *found, axis=1)


def converted(part: Part, features: int) -> Any:
    """The ONNX model of a fitted estimator, ready to be copied; its last output are scores."""
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    options: dict[int, dict[str, bool]] | None = None
    if part.link != "identity" and not part.soft:
        options = {id(part.estimator): {"raw_scores": True}}
    model = to_onnx(
        part.estimator, initial_types=[("features", FloatTensorType([None, features]))],
        options=options, target_opset={"": OPSET, "ai.onnx.ml": OPSET_ML},
    )  # fmt: skip
    return inlined.fit(model, type(part.estimator).__name__)
