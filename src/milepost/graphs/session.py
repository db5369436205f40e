"""Runs a graph with ONNX Runtime, with a stated number of threads and no chatter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from milepost.graphs import python

ANSWERS = frozenset({"proba", "label", "decision", "value"})
"""What a shipped graph answers; no input may have such a name."""
_MARK = " (column)"


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
    wanted = {info.name: feeds[column(info.name)] for info in opened.get_inputs()}
    names = [info.name for info in opened.get_outputs()]
    return dict(zip(names, opened.run(names, wanted), strict=True))
