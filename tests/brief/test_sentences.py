"""Errors of a brief: they name the key, quote the value, and offer what was meant."""

from typing import Any

import pytest

from milepost.brief import Brief
from milepost.errors import BriefError


def complaint(content: dict[str, Any]) -> str:
    with pytest.raises(BriefError) as caught:
        Brief.of(content)
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "place", "meant"),
    [
        ({"budget": {"thread": 2}}, "[budget] has no key 'thread'", "Did you mean 'threads'?"),
        ({"buget": {}}, "no table [buget]", "Did you mean 'budget'?"),
        ({"metric": "f1"}, "'metric' stands outside a table", "Did you mean [success] metric?"),
        ({"target": {"metric": "f1"}}, "[target] has no key 'metric'", "Did you mean [success] metric?"),
        ({"columns": {"age": {"rol": "key"}}}, "[columns.age] has no key 'rol'", "Did you mean 'role'?"),
        ({"data": {"split": "tme"}}, '[data] split is "tme"', "Did you mean 'time'?"),
        ({"columns": {"age": {"role": "inpt"}}}, '[columns.age] role is "inpt"', "Did you mean 'input'?"),
        ({"target": "late"}, '[target] is "late"', 'columns = "late"'),
    ],
)
def test_the_nearest_name_is_offered(content: dict[str, Any], place: str, meant: str) -> None:
    text = complaint(content)
    assert place in text
    assert meant in text


@pytest.mark.parametrize(
    ("content", "place", "expected"),
    [
        ({"budget": {"threads": "2"}}, '[budget] threads is "2"', "A whole number is expected."),
        ({"budget": {"threads": True}}, "[budget] threads is true", "A whole number is expected."),
        ({"budget": {"seed": -1}}, "[budget] seed is -1", "at least 0"),
        ({"budget": {"seconds": "abc"}}, '[budget] seconds is "abc"', "1h30m"),
        ({"value": {"prevalence": 1.5}}, "[value] prevalence is 1.5", "less than 1"),
        ({"value": {"events_per_day": float("inf")}}, "[value] events_per_day", "finite"),
        ({"value": {"cost_miss": True}}, "[value] cost_miss is true", "the name of a column"),
        ({"people": {"columns": [1]}}, "[people] columns is 1", "A text in quotes"),
        ({"target": {"columns": 5}}, "[target] columns is 5", "A text or a list of texts"),
        ({"columns": {"age": 5}}, "[columns.age] is 5", "A table is expected."),
        ({"columns": []}, "[columns] is []", "A table is expected."),
        ({"columns": {"float": {"available": "no"}}}, '[columns.float] available is "no"', "True or false"),
        ({"correction": {"margins": {"sex": {"f": "x"}}}}, '[correction] margins.sex.f is "x"', "A number"),
        ({"existing": {"rule": "../../etc/x.py:f"}}, "../../etc/x.py:f", "inside this folder"),
    ],
)
def test_the_value_is_quoted_with_what_was_expected(
    content: dict[str, Any], place: str, expected: str
) -> None:
    text = complaint(content)
    assert place in text
    assert expected in text


def test_all_mistakes_are_told_at_once() -> None:
    text = complaint({"budget": {"threads": "2", "seed": -1}, "targets": {}})
    assert "3 mistakes" in text
    assert all(word in text for word in ("threads", "seed", "targets"))
