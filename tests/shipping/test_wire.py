import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.errors import InputError
from milepost.shipping import specimens
from milepost.shipping.manifest import Column
from milepost.shipping.wire import MISSING, Entry, Refused, quote, tensors

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
KINDS = [
    ("float", "float"), ("int", "float"), ("float", "double"), ("bool", "float"), ("date", "int64"),
    ("datetime", "int64"), ("text", "string"), ("bool", "string"), ("int", "string"), ("float", "string"),
]  # fmt: skip


def entry(dtype, wire):
    return Entry.of(Column("c", dtype, "number", wire))


@pytest.mark.parametrize(
    ("dtype", "wire", "value", "expected"),
    [
        ("float", "float", 1.5, 1.5),
        ("int", "float", 3, 3.0),
        ("float", "double", 1e308, 1e308),
        ("bool", "float", True, 1.0),
        ("bool", "double", 0, 0.0),
        ("date", "int64", "2013-01-01", 1356998400),
        ("datetime", "int64", "2013-01-01T10:00:00", 1357034400),
        ("datetime", "int64", "2013-01-01T10:00:00Z", 1357034400),
        ("datetime", "int64", "2013-01-01 12:00:00+02:00", 1357034400),
        ("datetime", "int64", "2013-01-01T10:00:00.999", 1357034400),
        ("datetime", "int64", "1969-12-31T23:59:59.5", -1),
        ("datetime", "int64", 1357034400, 1357034400),
        ("datetime", "int64", -0.5, -1),
        ("date", "int64", "0001-01-01", -62135596800),
        ("date", "int64", None, MISSING),
        ("text", "string", "Zürich", "Zürich"),
        ("text", "string", None, ""),
        ("bool", "string", True, "true"),
        ("bool", "string", False, "false"),
        ("bool", "string", 0, "false"),
        ("bool", "string", None, ""),
        ("int", "string", 5, "5"),
        ("int", "string", 5.0, "5"),
        ("float", "string", 5.0, "5"),
        ("float", "string", 5.5, "5.5"),
        ("float", "string", -0.0, "0"),
        ("float", "string", None, ""),
    ],
)
def test_values_are_converted(dtype, wire, value, expected):
    assert entry(dtype, wire).one(value) == expected
    tensor = entry(dtype, wire).many([value, value])
    assert tensor.shape == (2, 1)
    assert tensor[1, 0] == expected


@pytest.mark.parametrize("wire", ["float", "double"])
@pytest.mark.parametrize("dtype", ["float", "bool"])
def test_a_missing_number_is_nan(wire, dtype):
    assert math.isnan(entry(dtype, wire).one(None))


@pytest.mark.parametrize(
    ("dtype", "wire", "value"),
    [
        ("float", "float", True),
        ("float", "float", "1"),
        ("float", "float", 1e39),
        ("float", "float", math.inf),
        ("float", "double", math.nan),
        ("float", "double", 10**400),
        ("float", "float", [1]),
        ("bool", "float", 2),
        ("bool", "string", "true"),
        ("date", "int64", "yesterday"),
        ("date", "int64", ""),
        ("date", "int64", True),
        ("date", "int64", 1.7e12),
        ("date", "int64", math.nan),
        ("text", "string", 5),
        ("text", "string", True),
        ("text", "string", {}),
        ("text", "string", "\ud800"),
        ("int", "string", "5"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_and_named(dtype, wire, value):
    with pytest.raises(Refused, match="'c' cannot be") as problem:
        entry(dtype, wire).one(value, 4)
    assert (problem.value.field, problem.value.row, problem.value.status) == ("c", 4, 400)
    assert "null" in problem.value.expected
    with pytest.raises(Refused) as problem:
        entry(dtype, wire).many([None, value])
    assert problem.value.row == 1


@given(value=JSON, kind=st.sampled_from(KINDS))
def test_any_json_value_is_taken_or_refused(value, kind):
    def said():
        try:
            return entry(*kind).many([value])
        except Refused as problem:
            return problem

    names = {"float": "float32", "double": "float64", "int64": "int64", "string": "object"}
    found = said()
    if isinstance(found, Refused):
        assert found.field == "c"
        assert len(found.what) < 400
    else:
        assert (found.shape, found.dtype.name) == ((1, 1), names[kind[1]])


def test_columns_become_tensors():
    columns = [Column("a", "float", "number", "float"), Column("b", "text", "category", "string")]
    made = tensors(columns, {"a": [1, None], "b": ["x", None], "other": [1, 2]})
    np.testing.assert_array_equal(made["a"], np.float32([[1], [np.nan]]))
    assert made["b"].tolist() == [["x"], [""]]
    assert list(made) == ["a", "b"]


def test_an_unknown_wire_type_is_refused():
    with pytest.raises(InputError, match="'strin'"):
        Entry.of(Column("a", "float", "number", "strin"))


def test_a_refusal_survives_pickling():
    problem = pickle.loads(pickle.dumps(Refused("no", "age", expected="a number", row=3, status=413)))
    assert (problem.what, problem.field, problem.expected, problem.row, problem.status) == (
        "no",
        "age",
        "a number",
        3,
        413,
    )


def test_quotes_are_short_and_in_terms_of_json():
    assert [quote(v) for v in (None, True, 1.5, "a", [1, 2], {"a": 1})] == [
        "null", "true", "1.5", "'a'", "a list of 2", "an object of 1 fields",
    ]  # fmt: skip
    assert len(quote("x" * 1000)) < 70


def test_a_text_column_of_bytes():
    one = entry("text", "bytes")
    assert one.scalar("Zürich\0") == "Zürich ".encode()
    assert one.scalar("x" * 20_000) == b"x" * 16_384
    assert one.many([None, "ab"]).tolist() == [[0, 0], [97, 98]]
    with pytest.raises(Refused, match=r"'c' cannot be 7\. text or null"):
        one.one(7)
    with pytest.raises(Refused, match="it holds half a surrogate pair"):
        one.many(["fine", "\ud83d"])


def test_a_picture_and_why_it_is_none():
    pytest.importorskip("PIL")
    photo = entry("image", "pixels")
    tiny = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
    assert photo.many([tiny, None]).tolist() == [[[[255, 0, 0]]], [[[0, 0, 0]]]]
    with pytest.raises(Refused, match=r"'c' cannot be 'cat\.jpg': it is not base64.*as base64 or as a data"):
        photo.one("cat.jpg", 3)
    with pytest.raises(Refused, match="it is no picture of a format that is read"):
        photo.one("AAAA")
    with pytest.raises(Refused, match=r"it is truncated|cannot be decoded"):
        photo.one(max(specimens.edges(Column("c", "image", "image", "pixels"))[1:], key=len)[:1_000])
    huge = (
        "iVBORw0KGgoAAAANSUhEUgAAw1AAAMNQCAIAAADEzaqdAAAAAElEQVQ1rwYe"  # the header of 50,000 x 50,000 pixels
    )
    with pytest.raises(Refused, match="it claims more than 100 megapixels"):
        photo.one(huge)
    assert "image" in photo.expected
    assert entry("sound", "wave").one(None).tolist() == [16_000, 0]
