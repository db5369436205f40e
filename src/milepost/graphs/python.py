"""Nodes that only Python answers: a pickled model with the source it was made by, between pieces of a graph.

A graph with such a node is one file like any other, and its digest covers model and source. ONNX Runtime
runs the pieces before and after; what lies between is unpickled, which runs code: only where that is allowed.
"""

from __future__ import annotations

import ast
import pickle
import pickletools
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from milepost.digest import digest_bytes
from milepost.errors import EnvironmentProblem, MilepostError, UsageError
from milepost.registry import import_source, trusted

DOMAIN, OP = "milepost.python", "Answer"
MARK = DOMAIN.encode()
"""Bytes that every graph with such a node holds."""
_made: set[str] = set()
"""Digests of what this process has pickled itself: its code has run here already."""
Array = np.ndarray[Any, Any]
TYPES: Mapping[int, str] = {
    1: "tensor(float)", 2: "tensor(uint8)", 6: "tensor(int32)", 7: "tensor(int64)", 8: "tensor(string)",
    9: "tensor(bool)", 10: "tensor(float16)", 11: "tensor(double)",
}  # fmt: skip
"""ONNX Runtime's names of the element types of `onnx.TensorProto`."""


@dataclass(frozen=True)
class Part:
    """What Python answers in place of nodes.

    Args:
        why: why there are no nodes, one sentence.
        module: the name of the module that made it, "" where that is an installed one.
        file: the name of its source file, or "".
        source: the source.
        state: the pickled model, an object with `raw(features)`.
    """

    why: str
    module: str
    file: str
    source: bytes
    state: bytes

    @classmethod
    def of(cls, model: Any, why: str, module: str) -> Part:
        """Pickles a model beside the source of the plug-in that made it.

        Raises:
            UsageError: it cannot be pickled.
        """
        made = sys.modules.get(module) if module.startswith("milepost_plugin_") else None
        path = getattr(made, "__file__", None)
        source, file = b"", ""
        if path is not None:
            with open(path, "rb") as stream:
                source = stream.read()
            file = path.replace("\\", "/").rpartition("/")[2]
        try:
            state = pickle.dumps(model, protocol=5)
        except Exception as problem:  # whatever an object's own methods raise
            raise UsageError(
                f"a model without a graph ships pickled, and it cannot be pickled: {problem}.",
                todo="Define its classes and functions at the top of the plug-in, not inside functions.",
            ) from problem
        _made.add(digest_bytes(state))
        return cls(why, module if file else "", file, source, state)

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes of its node."""
        names = ("why", "module", "file", "source", "state")
        return {name: getattr(self, name) for name in names}

    @property
    def digest(self) -> str:
        """The digest of its source, "" where it has none."""
        return digest_bytes(self.source) if self.file else ""

    @cached_property
    def modules(self) -> frozenset[str]:
        """The modules that unpickling imports, whole names."""
        found: set[str] = set()
        memo: list[str] = []
        pushed: list[str] = []
        for opcode, argument, _ in pickletools.genops(self.state):
            if opcode.name == "MEMOIZE":
                memo.append(pushed[-1])
            elif opcode.name in ("BINGET", "LONG_BINGET"):
                pushed.append(memo[int(argument or 0)])
            elif opcode.name == "STACK_GLOBAL":
                found.add(pushed[-2])
                pushed.append("")
            else:
                pushed.append(argument if isinstance(argument, str) else "")
        return frozenset(found)

    @property
    def packages(self) -> frozenset[str]:
        """The packages that have to be installed where it answers, by the name they are imported under."""
        names = {name.split(".")[0] for name in self.modules if not name.startswith("milepost_plugin_")}
        if self.module in self.modules:
            for node in ast.walk(ast.parse(self.source)):
                if isinstance(node, ast.Import):
                    names |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    names.add(node.module.split(".")[0])
        return frozenset(names - set(sys.stdlib_module_names))

    def load(self) -> Any:
        """Unpickles the model, after its source where that is needed.

        Raises:
            UsageError: nobody has allowed it.
            EnvironmentProblem: something that it needs is not installed, or it cannot be unpickled.
        """
        if not trusted() and digest_bytes(self.state) not in _made:
            shown = f"{self.file} and " if self.file else ""
            raise UsageError(
                f"it answers with Python code ({shown}a pickled model), which has not been allowed to run.",
                expected="Code of a package runs with your rights.",
                todo="Where you trust who made it, allow it: --python.",
            )
        try:
            if self.module in self.modules and self.module not in sys.modules:
                import_source(self.module, self.file, self.source)
            return pickle.loads(self.state)
        except MilepostError:
            raise
        except Exception as problem:  # a pickle may raise anything
            raise EnvironmentProblem(
                f"the pickled model cannot be loaded: {type(problem).__name__}: {problem}.",
                expected=f"It imports {', '.join(sorted(self.packages)) or 'nothing'}.",
                todo="Install what the package's manifest lists under 'python'.",
            ) from problem


def parts(model: bytes) -> tuple[Part, ...]:
    """The parts of a graph that only Python answers; none of an ordinary one, which is not even parsed."""
    if MARK not in model:
        return ()
    import onnx

    return tuple(_part(node) for node in onnx.load_from_string(model).graph.node if node.domain == DOMAIN)


def _part(node: Any) -> Part:
    given = {attribute.name: attribute.s for attribute in node.attribute}
    return Part(
        **{name: given[name].decode() for name in ("why", "module", "file")},
        source=given["source"],
        state=given["state"],
    )


@dataclass(frozen=True)
class Door:
    """An input or output, as ONNX Runtime describes its own."""

    name: str
    type: str
    shape: tuple[str | int | None, ...]


@dataclass(frozen=True)
class _Piece:
    """Nodes that run at once, then the parts that read what they and those before yield."""

    session: Any
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    answers: tuple[tuple[Any, str, str], ...]
    """Model, tensor in, tensor out."""


class Staged:
    """A graph with parts in Python, with the methods of an ONNX Runtime session that milepost uses.

    Args:
        model: the graph's bytes.
        make: opens a session of a piece.

    Raises:
        UsageError: nobody has allowed its code.
    """

    def __init__(self, model: bytes, make: Callable[[bytes], Any]) -> None:
        import onnx

        self._model, self._make = onnx.load_from_string(model), make
        graph = self._model.graph
        self._inputs = tuple(_door(info) for info in graph.input)
        self._outputs = tuple(_door(info) for info in graph.output)
        self._types = {info.name: info.type for info in graph.input}
        self._pieces = self._cut()

    def get_inputs(self) -> tuple[Door, ...]:
        """The graph's inputs."""
        return self._inputs

    def get_outputs(self) -> tuple[Door, ...]:
        """The graph's outputs."""
        return self._outputs

    def run(self, names: Sequence[str] | None, feeds: Mapping[str, Array]) -> list[Array]:
        """Runs piece after piece; the outputs of these names, or all.

        Raises:
            MilepostError: a part answers something else than a score a row and output.
        """
        values = dict(feeds)
        for piece in self._pieces:
            if piece.session is not None:
                found = piece.session.run(piece.outputs, {name: values[name] for name in piece.inputs})
                values |= dict(zip(piece.outputs, found, strict=True))
            for model, given, wanted in piece.answers:
                features = values[given]
                raw = np.ascontiguousarray(model.raw(features), np.float32)
                if raw.ndim != 2 or len(raw) != len(features):
                    raise MilepostError(
                        f"the model in Python gives scores shaped {raw.shape} to {len(features)} rows.",
                        expected="(rows, outputs).",
                    )
                values[wanted] = raw
        return [values[name] for name in names or [door.name for door in self._outputs]]

    def _cut(self) -> list[_Piece]:
        """The pieces: a node belongs to the first one at which all that it reads is known."""
        graph = self._model.graph
        level: dict[str, int] = {}
        nodes: dict[int, list[Any]] = {}
        python: dict[int, list[Any]] = {}
        for node in graph.node:
            at = max((level.get(name, 0) for name in node.input), default=0)
            own = node.domain == DOMAIN
            (python if own else nodes).setdefault(at, []).append(node)
            level |= dict.fromkeys(node.output, at + own)
        pieces = []
        for at in range(max((*nodes, *python), default=0) + 1):
            others = [node for n, some in nodes.items() if n > at for node in some]
            others += [node for some in python.values() for node in some]
            later = {name for node in others for name in node.input} | {info.name for info in graph.output}
            pieces.append(self._piece(nodes.get(at, []), python.get(at, []), later))
        return pieces

    def _piece(self, nodes: list[Any], python: list[Any], later: set[str]) -> _Piece:
        from onnx import helper

        answers = tuple((_part(node).load(), node.input[0], node.output[0]) for node in python)
        floats = helper.make_tensor_type_proto(1, None)
        self._types |= {out: floats for _, _, out in answers}
        if not nodes:
            return _Piece(None, (), (), answers)
        made = {name for node in nodes for name in node.output}
        read = {name for node in nodes for name in node.input if name}
        constants = [c for c in self._model.graph.initializer if c.name in read]
        given = sorted(read - made - {c.name for c in constants})
        outputs = sorted(made & later)
        infos = [helper.make_value_info(name, self._types[name]) for name in given]
        ends = [helper.make_empty_tensor_value_info(name) for name in outputs]
        piece = helper.make_model(
            helper.make_graph(nodes, "piece", infos, ends, constants),
            opset_imports=[o for o in self._model.opset_import if o.domain != DOMAIN],
        )
        piece.ir_version = self._model.ir_version
        opened = self._make(piece.SerializeToString())
        numbers = {name: number for number, name in TYPES.items()}
        for info in opened.get_outputs():
            self._types[info.name] = helper.make_tensor_type_proto(numbers[info.type], None)
        return _Piece(opened, tuple(given), tuple(outputs), answers)


def _door(info: Any) -> Door:
    kind = info.type.tensor_type
    shape = tuple(d.dim_value or d.dim_param or None for d in kind.shape.dim)
    return Door(info.name, TYPES[kind.elem_type], shape)
