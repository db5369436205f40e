"""ONNX models from elsewhere, made fit to be a part of milepost's one graph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from milepost.errors import InputError
from milepost.graphs.builder import IR_VERSION, OPSET, OPSET_ML

MAIN, ML = "", "ai.onnx.ml"
KNOWN = (MAIN, "ai.onnx", ML)
"""Domains whose operators ONNX Runtime has wherever it runs."""
ZIPMAP = "ZipMap"


def fit(model: Any, name: str) -> Any:
    """Returns a model whose nodes can be copied into the graph: one opset, no functions, no branches.

    Dictionaries of probabilities by class, as scikit-learn's converter makes them, become plain tensors.

    Args:
        model: the ONNX model.
        name: what it is called in errors.

    Raises:
        InputError: it holds something that cannot be copied, or it is of another opset that cannot be turned.
    """
    from onnx import inliner

    if model.functions:
        model = inliner.inline_local_functions(model)
    model = plain(model)
    foreign = sorted({node.domain for node in model.graph.node} - set(KNOWN))
    if foreign:
        raise InputError(
            f"{name} has operators of the domain '{foreign[0]}'.", expected="Operators of ONNX itself."
        )
    for node in model.graph.node:
        if any(attribute.HasField("g") or attribute.graphs for attribute in node.attribute):
            raise InputError(
                f"{name} has the operator {node.op_type}, which holds a graph of its own.",
                expected="Nodes without branches and loops.",
                todo="Write the model without conditions on its data.",
            )
    return _opset(model, name)


def plain(model: Any) -> Any:
    """The model without `ZipMap`: what that turned into dictionaries is the output itself."""
    zipped = {node.output[0]: node for node in model.graph.node if node.op_type == ZIPMAP}
    if not zipped:
        return model
    from onnx import ModelProto, helper

    copy = ModelProto()
    copy.CopyFrom(model)
    del copy.graph.node[:]
    copy.graph.node.extend(node for node in model.graph.node if node.op_type != ZIPMAP)
    for i, output in enumerate(copy.graph.output):
        if output.name in zipped:
            node = zipped[output.name]
            many = max(len(part.ints) + len(part.strings) for part in node.attribute)
            tensor = helper.make_tensor_value_info(node.input[0], 1, ["rows", many])
            copy.graph.output[i].CopyFrom(tensor)
    return copy


def _opset(model: Any, name: str) -> Any:
    from onnx import version_converter

    versions = {
        entry.domain if entry.domain != "ai.onnx" else MAIN: entry.version for entry in model.opset_import
    }
    used = {node.domain for node in model.graph.node}
    if ML in used and versions.get(ML, 1) > OPSET_ML:
        raise InputError(
            f"{name} is of version {versions[ML]} of {ML}.",
            expected=f"Version {OPSET_ML} or lower.",
            todo=f"Convert it with target_opset={{'': {OPSET}, '{ML}': {OPSET_ML}}}.",
        )
    if versions.get(MAIN, OPSET) != OPSET:
        try:
            model = version_converter.convert_version(model, OPSET)
        except Exception as problem:  # the converter's own errors have no common base
            raise InputError(
                f"{name} is of opset {versions[MAIN]}, which cannot be turned into {OPSET}: {problem}.",
                todo=f"Export it with opset {OPSET}.",
            ) from problem
    model.ir_version = IR_VERSION
    return model


def doors(model: Any) -> Iterator[tuple[str, int, int | None]]:
    """Name, element type and width of each input that is no constant; None where the width is open."""
    constants = {constant.name for constant in model.graph.initializer}
    for info in model.graph.input:
        if info.name not in constants:
            kind = info.type.tensor_type
            sizes = [d.dim_value or None for d in kind.shape.dim]
            yield info.name, kind.elem_type, sizes[1] if len(sizes) > 1 else 1
