"""Runs a graph with ONNX Runtime, with a stated number of threads and no chatter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from milepost.graphs import python

ANSWERS = frozenset({"proba", "label", "decision", "value"})
"""What a shipped graph answers; no input may have such a name."""
_MARK = " (column)"
_ends: WeakKeyDictionary[Any, tuple[tuple[tuple[str, str], ...], tuple[str, ...]]] = WeakKeyDictionary()
"""The inputs, with the raw columns that enter there, and the outputs of sessions that ran."""


def door(column: str) -> str:
    """Returns the name of the tensor by which a raw column enters a graph: its own, unless an answer has it.

    >>> door("age"), door("value")
    ('age', 'value (column)')
    """
    return column + _MARK if column in ANSWERS or column.endswith(_MARK) else column


def column(door: str) -> str:
    """Returns the raw column that enters by a door.

    >>> column("age"), column("value (column)")
    ('age', 'value')
    """
    return door.removesuffix(_MARK)


def session(model: Any, threads: int = 1, arena: bool = True) -> Any:
    """Opens an ONNX Runtime session on the CPU; of a graph with parts in Python, one a piece between them.

    Args:
        model: an ONNX model, its bytes, or a path.
        threads: intra-operator threads.
        arena: keep the memory of a run for the next one, which is quick, but dear for hundreds of sessions.

    Raises:
        UsageError: parts are in Python, and nobody has allowed that.
    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = arena
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    source = model if isinstance(model, bytes | str) else model.SerializeToString()

    def opened(piece: bytes | str) -> Any:
        return _kind()(piece, options, providers=["CPUExecutionProvider"])

    if isinstance(source, bytes) and python.MARK in source:
        return python.Staged(source, opened)
    return opened(source)


@cache
def _kind() -> Any:
    """A session that finds the names of its inputs at once.

    The runtime looks for each in a list of all, before every run: 8 ms of each row of 750 columns.
    """
    import onnxruntime as ort

    class Session(ort.InferenceSession):  # type: ignore[misc]
        def _validate_input(self, given: list[str]) -> None:
            super()._validate_input(dict.fromkeys(given))

    return Session


def run(opened: Any, feeds: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, np.ndarray[Any, Any]]:
    """Runs a session on the columns it needs (others are passed over) and returns its outputs by name."""
    found = _ends.get(opened)
    if found is None:  # of a thousand columns the runtime takes as long to name them as to answer a row
        doors = tuple((info.name, column(info.name)) for info in opened.get_inputs())
        found = _ends[opened] = doors, tuple(info.name for info in opened.get_outputs())
    names = found[1]
    wanted = {name: feeds[raw] for name, raw in found[0]}
    return dict(zip(names, opened.run(names, wanted), strict=True))
