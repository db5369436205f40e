"""What columns are and do, with the reason."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from milepost.data.infer import infer_schema
from milepost.errors import InputError, UsageError

ROWS = 200


def table(**more):
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "row": np.arange(ROWS),
            "customer_id": rng.permutation(np.arange(ROWS) * 7),
            "token": [f"{at:08x}" for at in rng.permutation(10**6)[:ROWS]],
            "age": rng.integers(18, 90, ROWS),
            "weight": rng.normal(70, 9, ROWS),
            "sex": rng.choice(["m", "f"], ROWS).tolist(),
            "zip": rng.choice(np.arange(10_000, 10_040), ROWS),
            "review": [f"a text that nobody wrote before, number {at}" for at in range(ROWS)],
            "seen": [date(2020, 1, 1) + timedelta(days=at) for at in range(ROWS)],
            "ok": rng.random(ROWS) < 0.5,
            "same": ["x"] * ROWS,
            "empty": pl.Series([None] * ROWS, dtype=pl.String),
            "from_lon": rng.normal(10, 1, ROWS),
            "from_lat": rng.normal(50, 1, ROWS),
            "to_lat": rng.normal(50, 1, ROWS),
            "y": rng.integers(0, 2, ROWS),
            **more,
        }
    )


def test_every_column_is_judged():
    schema = infer_schema(table(), ["y"])
    judged = {column.name: (column.role, column.modality) for column in schema.columns}
    assert judged == {
        "row": ("ignored", "number"),
        "customer_id": ("ignored", "category"),
        "token": ("ignored", "category"),
        "age": ("input", "number"),
        "weight": ("input", "number"),
        "sex": ("input", "category"),
        "zip": ("input", "category"),
        "review": ("input", "text"),
        "seen": ("input", "moment"),
        "ok": ("input", "category"),
        "same": ("ignored", "category"),
        "empty": ("ignored", "category"),
        "from_lon": ("input", "place"),
        "from_lat": ("input", "place"),
        "to_lat": ("input", "number"),
        "y": ("target", "number"),
    }
    assert all(column.why.endswith(".") for column in schema.columns)
    assert "free text" in schema["review"].why
    assert "identifier" in schema["token"].why
    assert schema["from_lat"].pair == schema["from_lon"].pair == "from_lat, from_lon"
    wires = {column.name: column.wire for column in schema.inputs}
    assert (wires["age"], wires["sex"], wires["seen"], wires["zip"]) == ("float", "string", "int64", "string")


def test_what_is_said_holds():
    roles = {
        "token": {"role": "input", "modality": None, "available": True},
        "age": {"modality": "category"},
        "sex": {"available": False},
        "zip": {"modality": "number"},
        "same": {"role": "input"},
        "weight": {"role": "weight"},
    }
    schema = infer_schema(table(), ["y"], roles, time="seen", group="customer_id", keys=["row"])
    judged = {column.name: (column.role, column.modality) for column in schema.columns}
    assert judged["token"] == ("input", "category")
    assert judged["age"] == ("input", "category")
    assert judged["sex"][0] == "ignored"
    assert judged["zip"] == ("input", "number")
    assert judged["same"][0] == "input"
    assert judged["weight"][0] == "weight"
    assert judged["seen"] == ("time", "moment")
    assert judged["customer_id"][0] == "group"
    assert judged["row"][0] == "key"
    again = infer_schema(table(), ["y"], {"seen": {"role": "input"}}, time="seen")
    assert again["seen"].role == "input"
    assert infer_schema(table(), ["y"], {"y": {"role": "input"}})["y"].role == "target"


def test_places_pair_by_the_rest_of_their_names():
    rng = np.random.default_rng(0)
    names = ("pickup_latitude", "dropoff_latitude", "pickup_longitude", "dropoff_longitude", "lat")
    frame = pl.DataFrame({name: rng.normal(40, 1, 50) for name in names})
    fields = infer_schema(frame).fields()
    assert [field.names for field in fields] == [
        ("pickup_latitude", "pickup_longitude"),
        ("dropoff_latitude", "dropoff_longitude"),
        ("lat",),
    ]
    said = infer_schema(frame, roles={"pickup_latitude": {"modality": "number"}})
    assert said["pickup_longitude"].modality == "number"


def test_small_tables_keep_their_columns():
    frame = pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
    assert [column.role for column in infer_schema(frame).columns] == ["input", "input"]


def test_what_cannot_be_is_refused():
    frame = table()
    with pytest.raises(InputError, match=r"no column 'agee'.*Did you mean 'age'"):
        infer_schema(frame, ["y"], {"agee": {"role": "input"}})
    with pytest.raises(InputError, match="no column 'target'"):
        infer_schema(frame, ["target"])
    with pytest.raises(InputError, match="'sex' is said to be a number"):
        infer_schema(frame, ["y"], {"sex": {"modality": "number"}})
    with pytest.raises(InputError, match="'to_lat' is said to be a place"):
        infer_schema(frame, ["y"], {"to_lat": {"modality": "place"}})
    with pytest.raises(UsageError, match=r"no modality 'numbr'.*number"):
        infer_schema(frame, ["y"], {"age": {"modality": "numbr"}})


def test_a_row_number_is_known_from_a_sample_of_the_rows():
    rows = pl.DataFrame(
        {"no": range(1, 1001), "km": [i * 37 % 10007 for i in range(1000)], "y": [0, 1] * 500}
    )
    schema = infer_schema(rows.sample(fraction=0.8, seed=1, shuffle=True), ["y"])
    assert (schema["no"].role, schema["km"].role) == ("ignored", "input")
    few = infer_schema(rows.sample(60, seed=1), ["y"])
    assert few["no"].role == "input"
