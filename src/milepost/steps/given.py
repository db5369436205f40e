"""The user's own test file: its rows in the types of the data, and the rows of the data that repeat in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.data.duplicates import exact_groups
from milepost.data.facts import dtype_of
from milepost.errors import InputError, did_you_mean
from milepost.report.sentences import count
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]
KINDS = {"int": "numbers", "float": "numbers", "date": "dates", "datetime": "dates", "bool": "truth values"}


@dataclass(frozen=True)
class Given:
    """The labelled rows of a test file, with the columns of the data and in its types.

    Args:
        rows: the rows.
        kept: indices of the rows of the data that do not repeat in the test file.
        reason: how rows were divided, half a sentence.
    """

    rows: pl.DataFrame
    kept: Array
    reason: str


def given(test: pl.DataFrame, labelled: pl.DataFrame, task: Task, row: str) -> Given:
    """Brings a test file to the data's columns and types, and finds what repeats.

    Args:
        test: the test file as read.
        labelled: the labelled rows of the data.
        task: the task.
        row: the column that numbers the data's rows.

    Raises:
        InputError: a column is missing or of another kind, a label is new, no row has a label, or every row
            of the data is in the test file too.
    """
    names = [name for name in labelled.columns if name != row]
    missing = [name for name in names if name not in test.columns]
    if missing:
        near = did_you_mean(missing[0], [name for name in test.columns if name not in names])
        raise InputError(
            f"the test file lacks the column(s) {', '.join(repr(name) for name in missing)}.",
            expected="It needs the same columns as the data.",
            todo=f"{near} Rename them in the file, or leave the test file out." if near else "Mend the file.",
        )
    test = test.with_row_index(row).with_columns(pl.col(row).cast(pl.Int64)).select(labelled.columns)
    test = test.with_columns(_as(test[name], labelled[name]) for name in names)
    test = test.filter(pl.all_horizontal(pl.col(list(task.targets)).is_not_null()))
    if not test.height:
        raise InputError(
            "no row of the test file has a label.", todo="Give a labelled test file, or leave it out."
        )
    task.encode(test.select(task.targets))
    both = pl.concat([labelled.select(names), test.select(names)], how="vertical_relaxed")
    same = exact_groups(both, [name for name in names if name not in task.targets])
    repeated = np.isin(same[: labelled.height], same[labelled.height :])
    if repeated.all():
        raise InputError(
            f"each of the {count(labelled.height)} labelled rows of the data repeats in the test file.",
            expected="Rows that are tested on may not be learnt from.",
            todo="Give a file of other rows, or leave the test file out: a share of the data is sealed then.",
        )
    reason = f"the test file given; {count(repeated.sum())} rows that repeat in it left the development rows"
    return Given(test, np.flatnonzero(~repeated), reason)


def _as(mine: pl.Series, like: pl.Series) -> pl.Series:
    """A column of the test file in the type of the data's column."""
    if mine.dtype == like.dtype or mine.null_count() == len(mine):
        return mine.cast(like.dtype)
    here, there = (KINDS.get(dtype_of(column), "text") for column in (mine, like))
    if here != there and there != "text":
        raise InputError(
            f"'{mine.name}' holds {here} in the test file, such as {str(mine.drop_nulls()[0])[:60]!r}, "
            f"but {there} in the data.",
            expected="A column is of one kind in both.",
            todo="Mend the column in one of the files.",
        )
    return mine.cast(pl.Float64 if there == "numbers" else like.dtype, strict=False)
