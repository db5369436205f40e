"""The schema knows columns, joins places into fields, and survives JSON."""

import pytest

from milepost.data.schema import Column, Schema
from milepost.errors import InputError

SCHEMA = Schema(
    (
        Column("id", "text", "category", "key", "string"),
        Column("age", "float", "number", "input", "float"),
        Column("lat", "float", "place", "input", "float", pair="home"),
        Column("lon", "float", "place", "input", "float", pair="home"),
        Column("late", "bool", "category", "target", "string"),
    )
)


def test_fields_join_the_columns_of_a_place() -> None:
    assert [(field.name, field.names) for field in SCHEMA.fields()] == [
        ("age", ("age",)),
        ("home", ("lat", "lon")),
    ]


def test_roles_and_names() -> None:
    assert SCHEMA.of_role("target") == ("late",)
    assert "age" in SCHEMA
    assert [column.name for column in SCHEMA.inputs] == ["age", "lat", "lon"]
    with pytest.raises(InputError, match="Did you mean 'age'"):
        SCHEMA["agee"]


def test_half_a_place_becomes_a_number() -> None:
    left = SCHEMA.without(["lat"], "a leak")
    assert left["lat"].role == "ignored"
    assert left["lat"].why == "a leak"
    assert (left["lon"].modality, left["lon"].pair) == ("number", "")


def test_json_and_back() -> None:
    assert Schema.of(SCHEMA.plain()) == SCHEMA
