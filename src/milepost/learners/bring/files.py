"""ONNX files that read raw columns: what they answer is a view of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from milepost.data.readers import Reader
from milepost.data.schema import Column, Field, Schema
from milepost.errors import InputError, did_you_mean
from milepost.graphs.builder import Builder
from milepost.learners.bring import inlined
from milepost.modalities.base import Fitted

FLOAT, INTEGERS, TEXT, BOOL, DOUBLE = 1, (6, 7), 8, 9, 11
TELL = {
    FLOAT: "a number",
    DOUBLE: "a number",
    6: "a number",
    7: "a number",
    TEXT: "text",
    BOOL: "a truth value",
}
LARGE = float(2**31)
"""Whole numbers that a file reads are held within this."""


class Opened(Fitted):
    """What a file answers to raw columns.

    Args:
        model: the ONNX model, ready to be copied.
        output: which of its outputs.
        width: numbers a row.
        columns: the raw columns, in the order of its one input, or of its inputs.
    """

    def __init__(self, model: Any, output: int, width: int, columns: Sequence[Column]) -> None:
        self.model, self.output, self.columns = model, output, tuple(columns)
        self.features = tuple(f"answer {i + 1}" for i in range(width))

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        """Adds casts of the columns and the file's nodes; float (rows, answers)."""
        tensors = dict(zip((column.name for column in self.columns), raw, strict=True))
        wanted = list(self.model.graph.input)
        feeds = {}
        for info in wanted:
            kind, rank = info.type.tensor_type.elem_type, len(info.type.tensor_type.shape.dim)
            named = [info.name] if info.name in tensors else list(tensors)
            parts = [_turned(builder, tensors[name], kind) for name in named]
            joined = parts[0] if len(parts) == 1 else builder.node("Concat", *parts, axis=1)
            feeds[info.name] = (
                joined if rank != 1 else builder.node("Reshape", joined, builder.const(np.array([-1])))
            )
        answer = builder.cast(builder.splice(self.model, feeds)[self.output], "float")
        return builder.node("Reshape", answer, builder.const(np.array([-1, len(self.features)])))


def _turned(builder: Builder, tensor: str, kind: int) -> str:
    """A column's tensor as the element type that a file reads; a missing whole number is 0."""
    if kind == TEXT:
        return tensor
    number = builder.cast(tensor, "double")
    if kind == FLOAT:
        return builder.cast(tensor, "float")
    if kind == DOUBLE:
        return number
    known = builder.node("Where", builder.node("IsNaN", number), builder.const(np.float64(0)), number)
    if kind == BOOL:
        return builder.node("Greater", known, builder.const(np.float64(0.5)))
    ends = (builder.const(np.float64(end)) for end in (-LARGE, LARGE - 1))
    return builder.cast(builder.node("Clip", known, *ends), "int64" if kind == 7 else "int32")


class File(Reader):
    """Reads the columns of an ONNX file.

    Args:
        path: the file.
        name: the learner's name.
        columns: the columns of its one input, in order; () where inputs are named like columns.
        output: the name of its output, or "" for the only one that holds numbers.
        width: numbers a row that it answers, 0 where the file says so.
    """

    def __init__(self, path: Path, name: str, columns: Sequence[str], output: str, width: int) -> None:
        import onnx

        if not path.is_file():
            raise InputError(
                f"there is no file '{path}'.", todo="Give its path from the plug-in's folder on."
            )
        try:
            model = onnx.load(str(path))
            onnx.checker.check_model(model)
        except Exception as problem:  # protobuf's and the checker's own errors
            raise InputError(f"'{path.name}' is no ONNX model: {str(problem).splitlines()[0]}") from problem
        self.name, self.file = name, path.name
        self.model = inlined.fit(model, f"'{path.name}'")
        constants = {constant.name for constant in self.model.graph.initializer}
        inputs = [info for info in self.model.graph.input if info.name not in constants]
        del self.model.graph.input[:]
        self.model.graph.input.extend(inputs)
        self.columns = tuple(columns)
        self.output, self.width = self._chosen(output), width

    def _chosen(self, output: str) -> int:
        """The place of the output that holds the answers."""
        names = [info.name for info in self.model.graph.output]
        numbers = [
            i for i, info in enumerate(self.model.graph.output)
            if info.type.tensor_type.elem_type in (FLOAT, DOUBLE)
        ]  # fmt: skip
        if output and output not in names:
            raise InputError(f"'{self.file}' has no output '{output}'.", todo=did_you_mean(output, names))
        if not output and len(numbers) != 1:
            raise InputError(
                f"'{self.file}' has {len(numbers)} outputs that hold numbers.",
                expected="One that holds probabilities, scores or values.",
                todo=f"Name it: output='{names[0]}' (there are {', '.join(names)}).",
            )
        return names.index(output) if output else numbers[0]

    def part(self, schema: Schema) -> tuple[Field, Fitted]:
        """Its columns as one field; see `Reader.part`."""
        doors = list(inlined.doors(self.model))
        names = self.columns or tuple(name for name, _, _ in doors)
        inputs = {column.name: column for column in schema.inputs}
        for name in names:
            if name not in inputs:
                raise InputError(
                    f"'{self.file}' reads '{name}', which is no input of this table.",
                    expected="Inputs named like columns, or `columns` in the order of its one input.",
                    todo=did_you_mean(name, inputs),
                )
        kinds = {name: kind for name, kind, _ in doors}
        for name in names:
            column, kind = inputs[name], kinds.get(name, doors[0][1])
            wires = ("string",) if kind == TEXT else ("float", "double")
            if column.wire not in wires:
                modality = "category" if kind == TEXT else "number"
                raise InputError(
                    f"'{self.file}' reads '{name}' as {'text' if kind == TEXT else 'a number'}, here it is a "
                    f"{column.modality}.",
                    todo=f'Write modality = "{modality}" under [columns.{name}] in the brief.',
                )
        chosen = tuple(inputs[name] for name in names)
        return Field(self.name, "", chosen), Opened(self.model, self.output, self._wide(), chosen)

    def _wide(self) -> int:
        """How many numbers a row it answers.

        Raises:
            InputError: the file does not say it.
        """
        from onnx import shape_inference

        found = shape_inference.infer_shapes(self.model).graph.output[self.output].type.tensor_type.shape.dim
        sizes = [size.dim_value for size in found]
        wide = self.width or (sizes[1] if len(sizes) > 1 else 1 if sizes else 0)
        if not wide:
            raise InputError(
                f"'{self.file}' does not say how many numbers a row it answers.",
                expected="An output of a shape such as (rows, 3).",
                todo="Give it: width=N.",
            )
        return wide
