"""Conditions on columns, texts, and how like an example items are."""

from __future__ import annotations

import polars as pl
import pytest

from milepost.errors import InputError
from milepost.project.finding import Filter, fits, nearest

FRAME = pl.DataFrame(
    {"age": [20, 30, None], "city": ["Rome", "Oslo", "Rome"], "photo": ["image:" + "a" * 64] * 3}
)


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        (("age>=30",), [1]),
        (("age!=30",), [0]),
        (("city = Rome",), [0, 2]),
        (("city~ro", "age<25"), [0]),
        (("city!=Rome",), [1]),
    ],
)
def test_conditions_hold_together_and_a_gap_fits_none(where: tuple[str, ...], rows: list[int]) -> None:
    assert fits(FRAME, Filter(where=where)).nonzero()[0].tolist() == rows


def test_a_text_is_looked_for_in_every_column_but_not_in_the_names_of_pictures() -> None:
    assert fits(FRAME, Filter(words="OSL")).tolist() == [False, True, False]
    assert not fits(FRAME, Filter(words="aaaa")).any()
    assert fits(FRAME, Filter()).all()


@pytest.mark.parametrize("where", ["age", "age>old", "name=x"])
def test_what_is_no_condition_is_refused(where: str) -> None:
    with pytest.raises(InputError):
        fits(FRAME, Filter(where=(where,)))


def test_the_nearest_come_first() -> None:
    found = nearest([{"x": 5.0}, {"x": 1.1}, {"x": -4.0}], {"x": 1.0})
    assert [at for at, _ in found][-1] == 2
    assert nearest([], {"x": 1.0}) == []


def test_a_filter_says_what_it_is() -> None:
    asked = Filter(("age>3",), "cat", "yes", 0.9, 7, 20)
    assert asked.says == (
        "age>3, holds 'cat', the model says yes with 0.9 or more, like item 7, the first 20"
    )
    assert Filter().says == "all that wait"
