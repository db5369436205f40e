"""The tables: defaults, contradictions between keys, and a description for every key."""

import pytest
from pydantic import BaseModel, ValidationError

from milepost.brief import tables
from milepost.brief.brief import Brief

MODELS = [m for m in vars(tables).values() if isinstance(m, type) and issubclass(m, tables.Table)]


@pytest.mark.parametrize("model", MODELS)
def test_every_key_is_described_in_one_sentence_and_has_an_example_that_is_valid(
    model: type[BaseModel],
) -> None:
    for name, field in model.model_fields.items():
        assert field.description, name
        assert field.description.endswith(".")
        assert "\n" not in field.description
        value = (field.examples or [None])[0]
        partner = {"split": {"time": "t"}, "method": {"because": "x"}}.get(name, {})
        assert getattr(model(**{name: value, **partner}), name) == value


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"data": {"split": "time"}}, "needs a column, named by the key `time`"),
        ({"data": {"split": "group"}}, "needs a column, named by the key `group`"),
        ({"existing": {"rule": "r.py:f", "column": "c"}}, "one of them"),
        ({"correction": {"method": "none"}}, "needs a reason"),
        ({"correction": {"method": "raking"}}, "needs shares"),
        ({"problem": {"hypotheses": ["one"]}}, "two are expected"),
    ],
)
def test_contradictions_are_refused(content: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Brief.model_validate(content)


def test_a_brief_is_never_changed_once_made() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Brief().budget.seconds = 5.0  # type: ignore[misc]


def test_two_hypotheses_are_stated_where_none_are_given() -> None:
    assert len(Brief().problem.hypotheses) == 2
