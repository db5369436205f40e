"""Predictions for tables and files with a package: the same graph that a server answers from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from milepost.data.fresh import arrived
from milepost.data.intake import GONE, looked, take, told
from milepost.data.paths import FILE
from milepost.data.read import write
from milepost.errors import InputError
from milepost.report.sentences import plural
from milepost.shipping.batch import predict as batch
from milepost.shipping.manifest import Package, open_package


@dataclass(frozen=True)
class Answered:
    """Answers to rows, in their order.

    Args:
        frame: a row a row: key columns, prediction, probabilities, decision; of files `file` first. What
            cannot be answered is null.
        aside: what was set aside, as `milepost.data.intake.Taken` has it.
        reasons: how many there are of each reason.
        list: the file that lists it, or None.
    """

    frame: pl.DataFrame
    aside: pl.DataFrame
    reasons: Mapping[str, int]
    list: Path | None = None

    @property
    def unanswered(self) -> int:
        """How many rows have no answer."""
        return self.aside.filter(pl.col("then") == GONE)["row"].n_unique()

    @property
    def sentence(self) -> str:
        """What has no answer or was taken as missing, or ""."""
        if not self.aside.height:
            return ""
        gone = self.unanswered
        other = int((self.aside["then"] != GONE).sum())
        parts = [f"{plural(gone, 'row')} without an answer"] if gone else []
        parts += [f"{plural(other, 'value')} passed over or taken as missing"] if other else []
        where = f"; {self.list} lists every one" if self.list else ""
        return f"{', '.join(parts)} ({told(self.reasons)}){where}."


def predict(package: str | Path | Package, rows: Any, threads: int = 1, home: Path | None = None) -> Any:
    """Predictions for rows: pandas in gives pandas out with its index, everything else gives Polars.

    Args:
        package: a package folder or zip, or an opened package.
        rows: a path of a table, of a folder of files or of one file, or a Polars or pandas table; no row is
            fine. Paths in a table start at its folder, at `home`, or, for frames, at the working folder.
        threads: threads of the graph runtime.
        home: the project's folder, if there is one.

    Raises:
        InputError: the rows cannot be read, lack a column, or hold a value that a column cannot take.
    """
    found = answered(package, rows, threads, home).frame
    if type(rows).__module__.split(".")[0] == "pandas":
        return found.to_pandas().set_index(rows.index)
    return found


def answered(
    package: str | Path | Package, rows: Any, threads: int = 1, home: Path | None = None
) -> Answered:
    """Predictions, and what was set aside; the arguments are those of `predict`.

    Raises:
        InputError: as `predict`, and where no file can be used at all.
    """
    opened = package if isinstance(package, Package) else open_package(Path(package))
    columns = {column.name: column.dtype for column in opened.manifest.columns}
    table = arrived(rows, columns, home)
    frame = table.frame
    taken = take(table, looked, set(frame.columns) - set(columns))
    if frame.height and not taken.frame.height:
        raise InputError(
            f"none of {plural(frame.height, 'row')} can be answered ({told(taken.reasons)}).",
            todo="Give other files.",
        )
    found = batch(opened, taken.frame, threads)
    if taken.frame.height < frame.height:
        keys = [name for name in opened.manifest.keys if name in frame.columns]
        numbered = found.drop(keys).with_columns(taken.rows)
        every = frame.select(keys).with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
        found = every.join(numbered, on="row", how="left", maintain_order="left").drop("row")
    if table.held and FILE in frame.columns and FILE not in found.columns:
        found = found.insert_column(0, frame[FILE])
    return Answered(found, taken.aside, taken.reasons)


def predict_file(
    package: str | Path, data: str, out: str | Path, threads: int = 1, home: Path | None = None
) -> Answered:
    """Predicts a file or a folder of files into another file; what was set aside is listed beside that.

    Raises:
        InputError: the rows cannot be answered, or `out` cannot be written.
    """
    path = Path(out)
    found = answered(package, data, threads, home)
    if not path.absolute().parent.is_dir():
        raise InputError(f"there is no folder '{path.absolute().parent}' to write to.", todo="Make it first.")
    write(found.frame, path)
    if not found.aside.height:
        return found
    return replace(found, list=write(found.aside, path.with_name(f"{path.stem}.set-aside.csv")))
