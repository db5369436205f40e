"""Predictions for tables with a package: the same graph that a server answers from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from milepost.data.fresh import fresh
from milepost.data.read import write
from milepost.errors import InputError
from milepost.shipping.batch import predict as batch
from milepost.shipping.manifest import Package, open_package


def predict(package: str | Path | Package, rows: Any, threads: int = 1) -> Any:
    """Predictions for rows: pandas in gives pandas out with its index, everything else gives Polars.

    Args:
        package: a package folder or zip, or an opened package.
        rows: a path, or a Polars or pandas table; no row is fine.
        threads: threads of the graph runtime.

    Raises:
        InputError: the rows cannot be read, lack a column, or hold a value that a column cannot take.
    """
    opened = package if isinstance(package, Package) else open_package(Path(package))
    texts = [column.name for column in opened.manifest.columns if column.dtype == "text"]
    found = batch(opened, fresh(rows, texts), threads)
    if type(rows).__module__.split(".")[0] == "pandas":
        return found.to_pandas().set_index(rows.index)
    return found


def predict_file(package: str | Path, data: str, out: str | Path, threads: int = 1) -> int:
    """Predicts a file into another one and returns the number of rows.

    Raises:
        InputError: the rows cannot be answered, or `out` cannot be written.
    """
    found: pl.DataFrame = predict(package, data, threads)
    path = Path(out)
    if not path.absolute().parent.is_dir():
        raise InputError(f"there is no folder '{path.absolute().parent}' to write to.", todo="Make it first.")
    write(found, path)
    return found.height
