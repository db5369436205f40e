from __future__ import annotations

import polars as pl
import pytest

from milepost.errors import InputError
from milepost.tasks.labels import choose_positive, lonely, ordered


@pytest.mark.parametrize(
    ("labels", "asked", "positive"),
    [
        (["0", "1", "1"], "", "1"),
        (["no", "yes", "yes"], "", "yes"),
        (["on time", "late", "late"], "", "late"),
        (["-1", "1", "1"], "", "1"),
        (["1", "2", "2"], "", "1"),
        (["1", "1", "2"], "", "2"),
        (["cat", "dog", "dog"], "", "cat"),
        (["cat", "dog"], "", "dog"),
        (["cat", "dog", "dog"], "Dog", "dog"),
        (["No", "Maybe", "Maybe"], "", "Maybe"),
    ],
)
def test_positive_is_asked_for_or_reads_so_or_is_rarer(labels: list[str], asked: str, positive: str) -> None:
    assert choose_positive(pl.Series("y", labels), asked)[0] == positive


def test_an_unknown_positive_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'yes'"):
        choose_positive(pl.Series("y", ["yes", "no"]), "yess")


def test_order_is_by_size_where_all_are_numbers() -> None:
    assert ordered(["10", "9", "-1"]) == ["-1", "9", "10"]
    assert ordered(["b", "nan", "1"]) == ["1", "b", "nan"]
    assert ordered(["nan", "2", "10"]) == ["10", "2", "nan"]


def test_classes_with_one_row_are_remarked_on() -> None:
    assert lonely(pl.Series(["a", "a", "b"])).startswith("; 1 of them")
    assert lonely(pl.Series(["a", "a"])) == ""
