"""The user's own test file."""

from __future__ import annotations

import polars as pl
import pytest

from milepost.errors import InputError
from milepost.steps.given import given
from milepost.tasks.classification import Binary

ROW = "__row__"
LABELLED = pl.DataFrame(
    {ROW: [0, 1, 2, 3], "n": [1, 2, 3, 4], "s": ["a", "b", "c", "d"], "y": ["no", "yes", "no", "yes"]}
)
TASK = Binary(("y",), ("no", "yes"))


def test_rows_that_repeat_leave_the_data_and_types_are_those_of_the_data() -> None:
    test = pl.DataFrame({"y": ["yes", None], "s": ["b", "z"], "n": [2.0, 9.0], "more": [1, 2]})
    found = given(test, LABELLED, TASK, ROW)
    assert found.kept.tolist() == [0, 2, 3]
    assert found.rows.columns == LABELLED.columns
    assert found.rows["s"].to_list() == ["b"]
    assert "1 rows that repeat" in found.reason


def test_numbers_stay_text_where_the_data_hold_text() -> None:
    test = pl.DataFrame({"n": [7], "s": [12], "y": ["no"]})
    assert given(test, LABELLED, TASK, ROW).rows["s"].to_list() == ["12"]


@pytest.mark.parametrize(
    ("test", "says"),
    [
        ({"nn": [1], "s": ["a"], "y": ["no"]}, "lacks the column.*'n'.*Did you mean 'nn'"),
        ({"n": ["one"], "s": ["a"], "y": ["no"]}, "'n' holds text in the test file, such as 'one'"),
        ({"n": [True], "s": ["a"], "y": ["no"]}, "truth values in the test file"),
        ({"n": [1], "s": ["a"], "y": [None]}, "no row of the test file has a label"),
        ({"n": [1], "s": ["a"], "y": ["perhaps"]}, "'perhaps', which is no label"),
        (LABELLED.drop(ROW).to_dict(as_series=False), "each of the 4 labelled rows"),
    ],
)
def test_a_file_that_cannot_test_is_refused(test: dict[str, list[object]], says: str) -> None:
    with pytest.raises(InputError, match=says):
        given(pl.DataFrame(test), LABELLED, TASK, ROW)
