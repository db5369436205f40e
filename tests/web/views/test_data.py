"""The data explorer: development rows by page, filter and spread; no sealed row anywhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from milepost.errors import UsageError
from milepost.web.views.data import Filter, cell, kept, spread

FRAME = pl.DataFrame(
    {
        "n": [1.0, 2.0, None, float("nan")],
        "t": ["Oslo", "Lima", None, "oslo"],
        "b": [True, False, None, True],
        "d": pl.Series(["2024-01-01", "2024-06-01", None, "2025-01-01"]).str.to_date(),
        "i": [5, 6, 7, 8],
    }
)


@pytest.mark.parametrize(
    ("column", "operation", "value", "left"),
    [
        ("n", "least", "2", 2), ("n", "most", "1", 1), ("n", "missing", "", 1), ("n", "there", "", 3),
        ("t", "is", "Oslo", 1), ("t", "not", "Oslo", 3), ("t", "has", "OSL", 2), ("t", "least", "M", 2),
        ("b", "is", "yes", 2), ("b", "is", "false", 1), ("d", "least", "2024-06-01", 2),
        ("d", "is", "2024-01-01", 1), ("i", "is", "7", 1), ("i", "has", "7", 1), ("t", "has", ".*", 0),
    ],
)  # fmt: skip
def test_filters_leave_the_rows_they_say(column: str, operation: str, value: str, left: int) -> None:
    assert kept(FRAME, [Filter(column, operation, value)]).height == left


@pytest.mark.parametrize(
    ("column", "operation", "value", "says"),
    [
        ("x", "is", "1", "there is no column 'x'"), ("n", "is", "one", "'one' is no value of 'n'"),
        ("d", "least", "yesterday", "It holds moments"), ("b", "is", "maybe", "true or false"),
    ],
)  # fmt: skip
def test_a_filter_that_cannot_be_is_refused(column: str, operation: str, value: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        kept(FRAME, [Filter(column, operation, value)])


def test_every_kind_of_column_has_a_spread() -> None:
    for name in FRAME.columns:
        (block,) = spread(FRAME, name)
        assert name in block.caption  # type: ignore[union-attr]
    assert "1 without a value" in spread(FRAME, "t")[0].caption  # type: ignore[union-attr]
    assert spread(FRAME.clear(), "n") == ()
    assert spread(pl.DataFrame({"n": [None, None]}), "n") == ()
    with pytest.raises(UsageError, match="no column"):
        spread(FRAME, "x")


def test_cells_are_plain() -> None:
    moment = pl.Series(["2024-01-01 12:00:00"]).str.to_datetime()[0]
    assert [cell(v) for v in (None, float("nan"), 1, moment, [1])] == [
        None,
        None,
        1,
        "2024-01-01 12:00:00",
        "[1]",
    ]


def every(visitor: Any, query: str = "") -> list[list[Any]]:
    """All rows that pages show, one page after another."""
    found, number = [], 1
    while True:
        page = visitor.json(f"/data.json?size=250&page={number}&{query}")
        found += page["rows"]
        if len(found) >= page["paging"]["rows"]:
            return found
        number += 1


def test_pages_hold_the_development_rows_and_no_sealed_one(reader: Callable[..., Any]) -> None:
    visitor = reader("reviewer")
    project = visitor.site.project
    last = project.ledger.last("collect")
    sealed = set(project.blobs.get_frame(last.artifacts["test"])["visit"])
    shown = [row[0] for row in every(visitor)]
    assert len(shown) == len(set(shown)) == visitor.json("/data.json")["every"]
    assert sealed
    assert not sealed & set(shown)
    assert set(shown) == set(project.rows()["visit"])
    table = list(csv.reader(io.StringIO(visitor.get("/data.csv").text)))
    assert {row[0] for row in table[1:]} == set(shown)


def test_no_page_but_the_report_s_own_count_names_a_sealed_row(reader: Callable[..., Any]) -> None:
    from tests.web.test_pages import PAGES

    visitor = reader("owner")
    last = visitor.site.project.ledger.last("collect")
    sealed = visitor.site.project.blobs.get_frame(last.artifacts["test"])["visit"]
    for path in [*PAGES, "/report", "/report.json", "/data?size=250", "/data.csv"]:
        text = visitor.get(path).text
        assert not any(name in text for name in sealed), path


def test_rows_are_sorted_and_filtered_by_the_server(reader: Callable[..., Any]) -> None:
    visitor = reader("reviewer")
    found = visitor.json("/data.json?sort=age&down=1&size=25")
    place = [column["name"] for column in found["columns"]].index("age")
    ages = [row[place] for row in found["rows"]]
    assert ages == sorted(ages, reverse=True)
    some = every(visitor, "where=age&how=least&value=40&where=city&how=there&value=")
    assert some
    assert all(row[place] >= 40 for row in some)
    refused = visitor.get("/data.json?where=age&how=drop&value=1")
    assert refused.status_code == 400


def test_before_collect_there_are_no_rows(young: Any) -> None:
    assert young.json("/data.json")["ready"] is False
    assert young.get("/data.csv").status_code == 400
