"""Pages of a table: bounds, order, and links that keep what was asked."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from milepost.web.forms import Form
from milepost.web.tables import SIZES, Paging

ROWS = [{"a": 3, "b": "x"}, {"a": None, "b": "y"}, {"a": 1, "b": ""}, {"a": 2, "b": "z"}]


def paging(**query: str) -> Paging:
    return Paging.of(Form(query.items()), 101, ("a", "b"), "a")


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "9" * 12])
def test_a_page_that_cannot_be_is_the_first(page: str) -> None:
    assert paging(page=page).number == 1


def test_a_page_past_the_end_is_the_last() -> None:
    found = paging(page="99", size="25")
    assert (found.number, found.pages, found.start) == (5, 5, 100)
    assert found.cut(list(range(101))) == [100]
    assert paging(size="1000000").size == SIZES[-1]
    assert Paging.of(Form(), 0, ()).pages == 1


def test_rows_without_a_value_come_last_both_ways() -> None:
    up = [row["a"] for row in paging().sorted(ROWS)]
    down = [row["a"] for row in paging(down="1").sorted(ROWS)]
    assert up == [1, 2, 3, None]
    assert down == [3, 2, 1, None]
    assert paging(sort="no such").sort == "a"


def test_links_keep_filters_and_turn_the_order() -> None:
    found = Paging.of(
        Form([("where", "a b&c"), ("where", "d"), ("page", "2"), ("sort", "a")]), 500, ("a", "b")
    )
    link = parse_qsl(found.link(page=3)[1:])
    assert link == [("where", "a b&c"), ("where", "d"), ("page", "3"), ("size", "50"), ("sort", "a")]
    assert ("down", "1") in parse_qsl(found.by("a")[1:])
    assert ("down", "1") not in parse_qsl(found.by("b")[1:])
