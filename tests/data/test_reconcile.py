"""New rows come into the columns and kinds of the data, and what changed is told."""

from datetime import date, datetime

import polars as pl
import pytest

from milepost.data.reconcile import reconcile
from milepost.errors import InputError

OLD = pl.DataFrame(
    {"n": [1.5, 2.0], "c": ["x", "y"], "d": [date(2024, 1, 1), date(2024, 1, 2)], "y": ["no", "yes"]}
)


def test_the_columns_of_the_data_come_first_and_new_ones_last() -> None:
    new = pl.DataFrame({"extra": [1], "y": ["no"], "c": ["z"], "n": [3.0], "d": [date(2024, 2, 1)]})
    found = reconcile(new, OLD, ["y"])
    assert found.frame.columns == ["n", "c", "d", "y", "extra"]
    assert (found.added, found.vanished, found.notes) == (("extra",), (), ())


def test_what_is_gone_or_empty_has_vanished() -> None:
    new = pl.DataFrame(
        {"n": [None, None], "d": [date(2024, 2, 1)] * 2, "y": ["no", "yes"]},
        schema_overrides={"n": pl.Float64},
    )
    found = reconcile(new, OLD, ["y"])
    assert found.vanished == ("n", "c")
    assert found.frame["c"].null_count() == 2
    assert found.frame["c"].dtype == pl.String


def test_a_needed_column_that_is_gone_is_named_with_its_likeness() -> None:
    with pytest.raises(InputError, match="lack the column 'y'") as caught:
        reconcile(OLD.rename({"y": "Y"}), OLD, ["y"])
    assert "'Y'" in caught.value.todo


def test_numbers_written_as_text_become_numbers_and_a_few_strays_missing() -> None:
    words = [str(i) for i in range(98)] + ["?x", "4"]
    new = pl.DataFrame({"n": words, "c": ["x"] * 100, "d": [date(2024, 1, 1)] * 100, "y": ["no"] * 100})
    found = reconcile(new, OLD)
    assert found.frame["n"].dtype == pl.Float64
    assert found.frame["n"].null_count() == 1
    assert "read as numbers, 1 are missing" in found.notes[0]


def test_a_column_that_became_something_else_is_left_out_and_quoted() -> None:
    new = OLD.with_columns(n=pl.Series(["low", "high"]))
    found = reconcile(new, OLD)
    assert found.vanished == ("n",)
    assert "now holds texts, such as 'low'" in found.notes[0]
    with pytest.raises(InputError, match="'n' held numbers"):
        reconcile(new, OLD, ["n"])


def test_text_stays_text_and_moments_keep_their_kind() -> None:
    new = OLD.with_columns(c=pl.Series([1, 2]), d=pl.Series([datetime(2024, 3, 1, 5)] * 2))
    found = reconcile(new, OLD)
    assert found.frame["c"].to_list() == ["1", "2"]
    assert found.frame["d"].dtype == pl.Date
    assert len(found.notes) == 1
