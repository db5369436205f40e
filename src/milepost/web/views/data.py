"""The development rows: pages, filters, and how a column is spread. No sealed row is shown here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from fastapi.responses import Response

from milepost.data.read import RESERVED
from milepost.errors import UsageError, did_you_mean
from milepost.project.tell import onlooker
from milepost.report.blocks import Block
from milepost.report.charts import bars, histogram
from milepost.report.sentences import plural
from milepost.web.forms import Form, sheet
from milepost.web.pages import Ask, Found, Pages, download
from milepost.web.site import Site
from milepost.web.tables import Paging

pages = Pages()
BINS = 30
MOST = 100_000
"""Rows that a download holds at most."""
UNITS = ("1h", "1d", "1mo", "3mo", "1y")
"""Spans of time that rows are counted by: the finest that leaves few enough bars."""
OPERATIONS = {
    "is": "is",
    "not": "is not",
    "has": "contains",
    "least": "is at least",
    "most": "is at most",
    "missing": "is missing",
    "there": "is not missing",
}


@dataclass(frozen=True)
class Filter:
    """One condition on a column."""

    column: str
    operation: str
    value: str = ""


@pages.page("/data", "data.html")
def data(site: Site, ask: Ask) -> Found:
    """A page of the development rows that the filters leave, and how one column is spread among them."""
    frame = rows(site)
    if frame is None:
        return {"ready": False, "why": "The milepost 'collect' reads and seals the rows; it was not reached."}
    filters = conditions(ask.query)
    left = kept(frame, filters)
    paging = Paging.of(ask.query, left.height, frame.columns)
    if paging.sort:
        left = left.sort(paging.sort, descending=paging.down, nulls_last=True, maintain_order=True)
    shown = left[paging.start : paging.start + paging.size]
    column = ask.query.get("column", "")
    return {
        "ready": True,
        "why": "",
        "columns": [
            {"name": name, "type": _type(kind), "number": kind.is_numeric()}
            for name, kind in frame.schema.items()
        ],
        "rows": [[cell(value) for value in row] for row in shown.iter_rows()],
        "every": frame.height,
        "paging": paging,
        "filters": filters,
        "operations": OPERATIONS,
        "column": column,
        "blocks": spread(left, column) if column else (),
    }


@pages.raw("/data.csv")
def export(site: Site, ask: Ask) -> Response:
    """The development rows that the filters leave, as CSV."""
    frame = rows(site)
    if frame is None:
        raise UsageError("there are no rows yet.", todo="Run the road as far as 'collect'.")
    left = kept(frame, conditions(ask.query)).head(MOST)
    return download(
        sheet(left.columns, ([cell(value) for value in row] for row in left.iter_rows())), "rows.csv"
    )


def rows(site: Site) -> pl.DataFrame | None:
    """The development rows, or None before `collect`."""
    work = onlooker(site.project.road, "data")
    if not work.has("collect"):
        return None
    version = work.artifact("collect", "development")
    found: pl.DataFrame = site.remember(
        "rows", version, lambda: work.rows("development").drop(RESERVED, strict=False)
    )
    return found


def conditions(query: Form) -> list[Filter]:
    """The filters that a request asks for; those without a column are left out."""
    names, ways, values = query.all("where"), query.all("how"), query.all("value")
    found = [Filter(*each) for each in zip(names, ways, values, strict=False) if each[0]]
    for each in found:
        if each.operation not in OPERATIONS:
            raise UsageError(
                f"rows cannot be filtered by '{each.operation[:40]}'.",
                todo=did_you_mean(each.operation[:40], OPERATIONS),
            )
    return found


def kept(frame: pl.DataFrame, filters: Sequence[Filter]) -> pl.DataFrame:
    """The rows that all filters leave.

    Raises:
        UsageError: there is no such column, or a value that the column cannot have.
    """
    for each in filters:
        frame = frame.filter(_expression(frame, each))
    return frame


def _expression(frame: pl.DataFrame, each: Filter) -> pl.Expr:
    if each.column not in frame.columns:
        raise UsageError(
            f"there is no column '{each.column[:80]}'.", todo=did_you_mean(each.column[:80], frame.columns)
        )
    column = pl.col(each.column)
    if each.operation == "missing":
        return column.is_null()
    if each.operation == "there":
        return column.is_not_null()
    kind = frame.schema[each.column]
    if each.operation == "has":
        return column.cast(pl.String, strict=False).str.to_lowercase().str.contains(
            each.value.lower(), literal=True
        )  # fmt: skip
    value = _value(each.value, kind, each.column)
    ways: Mapping[str, Callable[[], pl.Expr]] = {
        "is": lambda: column == value,
        "not": lambda: column.ne_missing(value),
        "least": lambda: column >= value,
        "most": lambda: column <= value,
    }
    if not (kind.is_numeric() or kind.is_temporal() or kind == pl.Boolean):
        column = column.cast(pl.String, strict=False)
    return ways[each.operation]()


def _value(text: str, kind: pl.DataType, name: str) -> pl.Expr:
    """A value as its column has it."""
    if not (kind.is_numeric() or kind.is_temporal() or kind == pl.Boolean):
        return pl.lit(text)
    try:
        if kind == pl.Boolean:
            return pl.lit({"true": True, "yes": True, "false": False, "no": False}[text.strip().lower()])
        if kind.is_numeric():
            return pl.lit(float(text))
        moment = pl.Series([text.strip()]).str.to_datetime(time_unit="us")
        return pl.lit(moment.cast(kind)[0], dtype=kind)
    except (ValueError, KeyError, pl.exceptions.PolarsError) as problem:
        raise UsageError(
            f"'{text[:80]}' is no value of '{name}'.", expected=f"It holds {_type(kind)}."
        ) from problem


def spread(frame: pl.DataFrame, name: str) -> tuple[Block, ...]:
    """How a column is spread: a histogram of numbers, bars of values and of spans of time."""
    if name not in frame.columns:
        raise UsageError(f"there is no column '{name[:80]}'.", todo=did_you_mean(name[:80], frame.columns))
    column, kind = frame[name].drop_nulls(), frame.schema[name]
    gone = frame.height - len(column)
    title = f"{name}, {plural(frame.height, 'row')}" + (f", {gone:,} without a value" if gone else "")
    if not len(column):
        return ()
    if kind.is_numeric() and column.n_unique() > 2:
        numbers = column.cast(pl.Float64)
        numbers = numbers.filter(numbers.is_finite())
        counts, edges = np.histogram(numbers.to_numpy(), bins=BINS)
        return (histogram(edges.tolist(), counts.tolist(), title, name),)
    if kind in (pl.Date, pl.Datetime):
        units = UNITS[1:] if kind == pl.Date else UNITS
        parts = (column.dt.truncate(unit) for unit in units)
        column = next((part for part in parts if part.n_unique() <= BINS // 2), column.dt.year())
        counted = column.cast(pl.String).value_counts(sort=False).sort(name)
    else:
        counted = column.cast(pl.String, strict=False).value_counts(sort=True)
    pairs = {str(value): float(n) for value, n in counted.iter_rows()}
    return (bars(pairs, title, name, "rows"),)


def cell(value: Any) -> Any:
    """A value as a page and its twin show it."""
    if value is None or isinstance(value, bool | int | float | str):
        return value if not isinstance(value, float) or np.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat(sep=" ") if hasattr(value, "hour") else value.isoformat()  # type: ignore[call-arg]
    return str(value)


def _type(kind: pl.DataType) -> str:
    if kind.is_numeric():
        return "numbers"
    if kind.is_temporal():
        return "moments"
    return "true or false" if kind == pl.Boolean else "text"
