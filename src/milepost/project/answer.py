"""Predictions for tables with a package: the same graph that a server answers from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from milepost.data.read import read, write
from milepost.shipping.batch import predict as batch
from milepost.shipping.manifest import open_package


def predict(package: str | Path, rows: Any, threads: int = 1) -> Any:
    """Predictions for rows; a pandas table in gives a pandas table out, everything else Polars.

    Args:
        package: a package folder or zip.
        rows: a path, or a Polars or pandas table.
        threads: threads of the graph runtime.
    """
    frame = rows if isinstance(rows, pl.DataFrame) else read(rows).frame
    found = batch(open_package(Path(package)), frame, threads)
    if type(rows).__module__.split(".")[0] == "pandas":
        return found.to_pandas().set_index(rows.index)
    return found


def predict_file(package: str | Path, data: str, out: str | Path, threads: int = 1) -> int:
    """Predicts a file into another one and returns the number of rows."""
    found: pl.DataFrame = predict(package, data, threads)
    write(found, Path(out))
    return found.height
