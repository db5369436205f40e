"""The operations of a deep network as ONNX nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from milepost.graphs.builder import Builder
from milepost.learners.encoder import Encoder
from milepost.learners.ops import Ops, Scale
from milepost.modalities.base import Block

Array = np.ndarray[Any, Any]


class GraphOps(Ops[str]):
    """Adds nodes for a network whose weights are given.

    Args:
        builder: takes the nodes.
        features: float tensor (rows, features).
        weights: weight and bias of each layer, tables, by name.
    """

    def __init__(self, builder: Builder, features: str, weights: Mapping[str, tuple[Array, ...]]) -> None:
        self.builder, self.features, self.weights = builder, features, weights

    def bytes(self, block: Block) -> tuple[str, str]:
        values = self.builder.cast(self._slice(block), "int64")
        known = self.builder.node("Greater", values, self.builder.const(np.int64(0)))
        mask = self.builder.node("Unsqueeze", self.builder.cast(known, "float"), self._axes(1))
        return values, mask

    def planes(self, block: Block, scale: Scale) -> str:
        node, const = self.builder.node, self.builder.const
        picture = node("Reshape", self._slice(block), const(np.array([-1, *block.shape], np.int64)))
        away = node("Sub", picture, const(scale.mean))
        scaled = node("Div", away, const(scale.sd))
        if len(block.shape) == 2:
            return node("Unsqueeze", scaled, self._axes(1))
        return node("Transpose", scaled, perm=[0, 3, 1, 2])

    def others(self, columns: Array, encoder: Encoder) -> str:
        places = self.builder.const(np.asarray(columns, np.int64))
        return encoder.emit(self.builder, self.builder.node("Gather", self.features, places, axis=1))

    def embed(self, name: str, values: str, size: int) -> str:  # noqa: ARG002
        found = self.builder.node("Gather", self.builder.const(self.weights[name][0]), values, axis=0)
        return self.builder.node("Transpose", found, perm=[0, 2, 1])

    def conv(self, name: str, x: str, units: int, form: tuple[int, int], last: bool = False) -> str:  # noqa: ARG002
        weight, bias = (self.builder.const(array) for array in self.weights[name])
        size, stride = form
        axes = self.weights[name][0].ndim - 2
        return self.builder.node(
            "Conv",
            x,
            weight,
            bias,
            kernel_shape=[size] * axes,
            strides=[stride] * axes,
            pads=[size // 2] * (2 * axes),
        )

    def dense(self, name: str, x: str, units: int) -> str:  # noqa: ARG002
        return self.builder.node("Gemm", x, *(self.builder.const(array) for array in self.weights[name]))

    def relu(self, x: str) -> str:
        return self.builder.node("Relu", x)

    def add(self, x: str, y: str) -> str:
        return self.builder.node("Add", x, y)

    def mul(self, x: str, y: str) -> str:
        return self.builder.node("Mul", x, y)

    def thin(self, mask: str) -> str:
        return self.builder.node("MaxPool", mask, kernel_shape=[1], strides=[2])

    def pool(self, x: str, mask: str | None = None) -> str:
        node = self.builder.node
        if mask is None:
            high, mean = node("GlobalMaxPool", x), node("GlobalAveragePool", x)
        else:
            high = node("ReduceMax", x, self._axes(2), keepdims=1)
            many = node("ReduceSum", mask, self._axes(2), keepdims=1)
            least = node("Max", many, self.builder.const(np.float32(1)))
            mean = node("Div", node("ReduceSum", x, self._axes(2), keepdims=1), least)
        return node("Flatten", node("Concat", high, mean, axis=1), axis=1)

    def course(self, x: str) -> str:
        node = self.builder.node
        high, mean = (node(op, x, self._axes(2), keepdims=1) for op in ("ReduceMax", "ReduceMean"))
        return node("Flatten", node("Concat", high, mean, axis=1), axis=1)

    def join(self, parts: list[str]) -> str:
        return self.builder.node("Concat", *parts, axis=1)

    def _slice(self, block: Block) -> str:
        ends = (np.array([end], np.int64) for end in (block.start, block.start + block.width))
        return self.builder.node(
            "Slice", self.features, *(self.builder.const(end) for end in ends), self._axes(1)
        )

    def _axes(self, axis: int) -> str:
        return self.builder.const(np.array([axis], np.int64))
