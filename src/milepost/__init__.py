"""milepost carries a machine-learning project from a problem to a model in production and back again."""

from __future__ import annotations

import os
from typing import Any

from milepost import libraries

libraries.install()
# Spinning OpenMP threads made LightGBM 7 to 19 times slower on a busy machine, and threads that never spin
# made two of them slower than one on a quiet one: they spin for a moment. Set before LightGBM loads.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
# ONNX Runtime's official builds report their use to Microsoft unless this is set before they load.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "0.1.0"
__all__ = ["MilepostError", "Project", "__version__"]


def __getattr__(name: str) -> Any:
    if name == "Project":
        from milepost.project import Project

        return Project
    if name == "MilepostError":
        from milepost.errors import MilepostError

        return MilepostError
    raise AttributeError(f"module 'milepost' has no attribute '{name}'")
