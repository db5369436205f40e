"""Runs a graph with ONNX Runtime, with a stated number of threads and no chatter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def session(model: Any, threads: int = 1) -> Any:
    """Opens an ONNX Runtime session on the CPU.

    Args:
        model: an ONNX model, its bytes, or a path.
        threads: intra-operator threads.
    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    source = model if isinstance(model, bytes | str) else model.SerializeToString()
    return ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def run(opened: Any, feeds: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, np.ndarray[Any, Any]]:
    """Runs a session on the feeds it needs (others are passed over) and returns its outputs by name."""
    wanted = {info.name: feeds[info.name] for info in opened.get_inputs()}
    names = [info.name for info in opened.get_outputs()]
    return dict(zip(names, opened.run(names, wanted), strict=True))
