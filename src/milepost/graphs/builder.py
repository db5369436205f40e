"""A small builder of ONNX graphs: names are made unique, models are spliced, opsets agree.

onnx is imported where a graph is built, as its import is a tenth of what a command like `status` takes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from milepost.graphs.lists import fill
from milepost.graphs.rounded import codes
from milepost.graphs.session import door
from milepost.graphs.slim import slim

T = TypeVar("T")
Array = np.ndarray[Any, Any]
OPSET = 20
OPSET_ML = 3
IR_VERSION = 10

DTYPES: Mapping[str, int] = {
    "float": 1, "uint8": 2, "int32": 6, "int64": 7, "string": 8, "bool": 9, "float16": 10, "double": 11,
}  # fmt: skip
"""Numbers of the element types in `onnx.TensorProto`."""
DOORS: Mapping[str, tuple[str, tuple[str | int, ...]]] = {
    "bytes": ("uint8", ("rows", "bytes")),
    "pixels": ("uint8", ("rows", "height", "width", 3)),
    "wave": ("float", ("rows", "samples")),
}
"""Element type and shape of the doors that are wider than a column."""
WORTH = 256
"""Smaller matrices would not pay for the nodes that read them."""
OWN = frozenset({"bytes", "height", "width", "samples"})
"""Sizes that each door has for itself."""


class Builder:
    """Collects nodes and constants and yields one checked ONNX model.

    >>> b = Builder()
    >>> x = b.input("x", "float")
    >>> b.output(b.node("Add", x, b.const(np.float32([[1]]))), "y", "float", 1)
    >>> [o.name for o in b.model().graph.output]
    ['y']
    """

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        self._seen: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._count = 0
        self._doors: set[str] = set()
        self._made: dict[Hashable, Any] = {}

    def fresh(self, stem: str) -> str:
        """Returns a tensor name not used before, whatever the inputs are called."""
        while True:
            self._count += 1
            if (name := f"{stem}_{self._count}") not in self._doors:
                return name

    def input(self, name: str, dtype: str, width: int = 1) -> str:
        """Declares a graph input for a raw column and returns its tensor.

        Declaring a column again returns the same tensor.

        Args:
            name: the column.
            dtype: an element type, for the shape (rows, width), or one of `DOORS`.
            width: numbers a row.
        """
        from onnx import helper

        tensor = door(name)
        if tensor not in self._doors:
            self._doors.add(tensor)
            kind, shape = DOORS.get(dtype, (dtype, ("rows", width)))
            named = [f"{size} {len(self.inputs)}" if size in OWN else size for size in shape]
            self.inputs.append(helper.make_tensor_value_info(tensor, DTYPES[kind], named))
        return tensor

    def const(self, value: Any) -> str:
        """Adds a constant (anything numpy reads; text becomes a string tensor) and returns its name."""
        from onnx import numpy_helper

        array = np.asarray(value)
        if array.dtype.kind in "US":
            array = array.astype(object)
        raw = repr(array.ravel().tolist()).encode() if array.dtype == object else array.tobytes()
        key = (str(array.dtype), array.shape, raw)
        if key not in self._seen:
            name = self.fresh("const")
            self.constants.append(numpy_helper.from_array(array, name))
            self._seen[key] = name
        return self._seen[key]

    def weight(self, value: Array) -> str:
        """Adds a constant matrix (inputs, units), a byte a number where `coarse` has rounded it.

        A cast and a product make it float again. The runtime computes both once, when it opens the graph, so
        that answers take as long as before; of `DequantizeLinear` it would do so each time.
        """
        found = codes(value) if value.size >= WORTH else None
        if found is None:
            return self.const(value)
        whole, scale = found
        return self.node("Mul", self.cast(self.const(whole), "float"), self.const(scale))

    def node(self, op: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Adds a node with one output and returns the output's name."""
        return self.nodes_out(op, inputs, 1, domain=domain, **attributes)[0]

    def nodes_out(
        self, op: str, inputs: Sequence[str], outputs: int, domain: str = "", **attributes: Any
    ) -> tuple[str, ...]:
        """Adds a node with several outputs and returns their names; long lists are given as arrays."""
        from onnx import helper

        names = tuple(self.fresh(op.lower()) for _ in range(outputs))
        node = helper.make_node(op, list(inputs), list(names), domain=domain)
        for name, value in sorted(attributes.items()):
            if isinstance(value, np.ndarray):
                fill(node.attribute.add(), name, value)
            elif value is not None:
                node.attribute.append(helper.make_attribute(name, value))
        self.nodes.append(node)
        return names

    def cast(self, tensor: str, dtype: str) -> str:
        """Casts a tensor."""
        return self.node("Cast", tensor, to=DTYPES[dtype])

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Returns the tensor that was made under a key; the first time it is made.

        A pretrained network that several members of an ensemble share is in the graph once.
        """
        if key not in self._made:
            self._made[key] = make()
        found: T = self._made[key]
        return found

    def splice(
        self, model: Any, feeds: Mapping[str, str], only: Sequence[str] | None = None
    ) -> tuple[str, ...]:
        """Copies another model's nodes in, its inputs fed by tensors of this graph; returns its outputs.

        Every name of the other model is made fresh; subgraphs are not supported.

        Args:
            model: the other model.
            feeds: a tensor of this graph for each of its inputs.
            only: the outputs that are wanted, all by default; nodes that none of them needs are left out.
        """
        import onnx

        names = dict(feeds)
        wanted = [output.name for output in model.graph.output] if only is None else list(only)
        needed, nodes = set(wanted), []
        for node in reversed(model.graph.node):
            if not needed.isdisjoint(node.output):
                nodes.append(node)
                needed.update(node.input)
        for constant in model.graph.initializer:
            if constant.name not in needed:
                continue
            copy = onnx.TensorProto()
            copy.CopyFrom(constant)
            names[constant.name] = copy.name = self.fresh("part")
            self.constants.append(copy)
        for node in reversed(nodes):
            copy_node = onnx.NodeProto()
            copy_node.CopyFrom(node)
            copy_node.name = ""
            for name in node.output:
                if name:
                    names[name] = self.fresh("part")
            copy_node.ClearField("input")
            copy_node.input.extend(names[name] if name else "" for name in node.input)
            copy_node.ClearField("output")
            copy_node.output.extend(names[name] if name else "" for name in node.output)
            self.nodes.append(copy_node)
        return tuple(names[name] for name in wanted)

    def output(self, tensor: str, name: str, dtype: str, width: int | None = None) -> None:
        """Declares a tensor as a graph output under a public name; shape (rows, width) or (rows,)."""
        from onnx import helper

        self.nodes.append(helper.make_node("Identity", [tensor], [name]))
        shape = ["rows"] if width is None else ["rows", width]
        self.outputs.append(helper.make_tensor_value_info(name, DTYPES[dtype], shape))

    def model(self) -> Any:
        """Returns the checked model, its trees in the smallest form.

        Raises:
            onnx.checker.ValidationError: the graph is not valid.
        """
        import onnx
        from onnx import helper

        graph = helper.make_graph([], "milepost", self.inputs, self.outputs, self.constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", OPSET_ML)]
        foreign = {node.domain for node in self.nodes} - {"", "ai.onnx.ml"}
        opsets += [helper.make_opsetid(domain, 1) for domain in sorted(foreign)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="milepost")
        model.ir_version = IR_VERSION
        model.graph.node.extend(self.nodes)
        model = slim(model)
        onnx.checker.check_model(model)
        return model
