"""Kinds of labels: one form each, errors that name the place, and likeness."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.errors import InputError
from milepost.labels.values import KINDS, SHAPES, canonical, mentioned, replaced, similarity, text

BOX = {"label": "cat", "x": 1, "y": 2, "w": 3, "h": 4}
TRIANGLE = {"label": "cat", "points": [[0, 0], [4, 0], [0, 4]]}
MASK = {"label": "cat", "rle": [1, 2, 1], "width": 2, "height": 2}
EXAMPLES: dict[str, Any] = {
    "choice": "cat",
    "tags": ["cat", "dog"],
    "number": 1.5,
    "vector": [1.0, 2.0],
    "boxes": [BOX],
    "polygons": [TRIANGLE],
    "mask": [MASK],
    "pair": "same",
    "like": True,
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_canonical_value_stays_what_it_is_in_json_too(kind: str) -> None:
    made = canonical(kind, EXAMPLES[kind], ("cat", "dog"))
    assert canonical(kind, json.loads(text(made)), ("cat", "dog")) == made
    assert similarity(kind, made, made) == 1


def test_values_that_say_the_same_become_equal() -> None:
    assert canonical("tags", ["b", "a", "b"]) == ["a", "b"]
    assert text(canonical("number", -0.0)) == text(canonical("number", 0))
    other = {**BOX, "label": "dog", "angle": 360}
    assert canonical("boxes", [other, {**BOX, "x": 1.0000000001}]) == canonical("boxes", [BOX, other])
    assert "angle" not in canonical("boxes", [other])[0]
    assert canonical("boxes", [{**BOX, "angle": -90}])[0]["angle"] == 270
    long = {**MASK, "rle": [1, 1, 0, 1, 1, 0, 0]}
    assert canonical("mask", [long]) == canonical("mask", [MASK])


@pytest.mark.parametrize(
    ("kind", "value", "place"),
    [
        ("choice", "cow", r"choice is 'cow'.*There are: 'cat', 'dog'"),
        ("choice", "cat ", r"choice is 'cat '.*Did you mean 'cat'"),
        ("choice", None, "choice is None"),
        ("choice", ["cat"], "choice is"),
        ("tags", ["cat", 3], r"tags\[1\] is 3"),
        ("tags", "cat", "tags is 'cat'"),
        ("number", True, "number is True"),
        ("number", float("nan"), "number is nan"),
        ("vector", [1, 2, 3], "2 numbers"),
        ("vector", [1, "2"], r"vector\[1\]"),
        ("boxes", [BOX, {**BOX, "w": 0}], r"boxes\[1\].w is 0"),
        ("boxes", [{**BOX, "colour": 1}], r"boxes\[0\]"),
        ("boxes", [{"label": "cat"}], r"boxes\[0\]"),
        ("polygons", [{**TRIANGLE, "points": [[0, 0], [1, 1], [0, 0]]}], r"polygons\[0\].points"),
        ("polygons", [{**TRIANGLE, "points": [[0, 0], [1, 1], [0]]}], r"polygons\[0\].points\[2\]"),
        ("mask", [{**MASK, "rle": [1, 2, 2]}], "add up to 2 x 2"),
        ("mask", [{**MASK, "rle": [4]}], "at least one pixel"),
        ("mask", [{**MASK, "rle": [1, -2, 5]}], r"mask\[0\].rle\[1\]"),
        ("mask", [{**MASK, "width": 2.0}], r"mask\[0\].width"),
        ("pair", "c", "pair is 'c'"),
        ("like", 1, "like is 1"),
        ("span", 1, "no kind of label 'span'"),
    ],
)
def test_what_is_no_value_is_refused_and_the_place_named(kind: str, value: Any, place: str) -> None:
    with pytest.raises(InputError, match=place):
        canonical(kind, value, ("cat", "dog"))


def test_labels_of_a_value_and_other_labels_in_their_place() -> None:
    assert [mentioned(kind, EXAMPLES[kind]) for kind in ("choice", "tags", "boxes", "number")] == [
        ("cat",), ("cat", "dog"), ("cat",), (),
    ]  # fmt: skip
    assert replaced("choice", "cat", {"cat": "pet"}) == "pet"
    assert replaced("choice", "cat", {"cat": None}) is None
    assert replaced("tags", ["cat", "dog"], {"cat": "pet", "dog": "pet"}) == ["pet"]
    assert replaced("tags", ["cat", "dog"], {"cat": None}) == ["dog"]
    assert replaced("number", 2.0, {"cat": "pet"}) == 2.0
    for kind in SHAPES:
        assert replaced(kind, EXAMPLES[kind], {"cat": "pet"})[0]["label"] == "pet"
        assert replaced(kind, EXAMPLES[kind], {"cat": None}) == []


def test_likeness() -> None:
    assert similarity("choice", "a", "b") == 0
    assert similarity("tags", ["a", "b"], ["b", "c"]) == pytest.approx(1 / 3)
    assert similarity("tags", [], []) == 1
    assert similarity("number", 1.0, 3.0, scale=4) == 0.5
    assert similarity("number", 1.0, 9.0, scale=4) == 0
    assert similarity("vector", [0.0, 0.0], [1.0, 4.0], scale=4) == pytest.approx((0.75 + 0) / 2)
    assert similarity("vector", [0.0], [0.0, 0.0]) == 0
    assert similarity("boxes", [], []) == 1
    assert similarity("boxes", [BOX], []) == 0
    assert similarity("boxes", [BOX], [{**BOX, "label": "dog"}]) == 0


def test_shapes_are_paired_so_that_they_share_most_and_loners_count_against_both() -> None:
    wide = {**BOX, "w": 6}  # shares half with BOX
    far = {**BOX, "x": 100}
    assert similarity("boxes", [BOX], [wide]) == pytest.approx(0.5)
    assert similarity("boxes", [BOX, far], [far, wide]) == pytest.approx(2 * 1.5 / 4)
    assert similarity("boxes", [BOX, far], [BOX]) == pytest.approx(2 / 3)
    greedy_would_lose = [{**BOX, "w": 4}, {**BOX, "w": 8}], [{**BOX, "w": 5}, {**BOX, "w": 1}]
    best = max(4 / 5 + 1 / 8, 1 / 4 + 5 / 8)
    assert similarity("boxes", *greedy_would_lose) == pytest.approx(2 * best / 4)


boxes = st.lists(
    st.fixed_dictionaries(
        {"label": st.sampled_from("ab")}
        | {name: st.floats(0, 50) for name in "xy"}
        | {name: st.floats(1, 50) for name in "wh"}
        | {"angle": st.sampled_from([0, 30, 200])}
    ),
    max_size=4,
)


@given(boxes, boxes)
def test_likeness_is_symmetric_and_between_0_and_1(one: list[Any], two: list[Any]) -> None:
    a, b = canonical("boxes", one), canonical("boxes", two)
    assert similarity("boxes", a, b) == pytest.approx(similarity("boxes", b, a))
    assert 0 <= similarity("boxes", a, b) <= 1 + 1e-9
    assert similarity("boxes", a, a) == pytest.approx(1)


def test_a_number_beyond_all_bounds_is_refused() -> None:
    for kind, value in (("number", 10**400), ("vector", [1, 10**400])):
        with pytest.raises(InputError, match="beyond all bounds"):
            canonical(kind, value)


def test_a_mask_or_polygon_without_bounds_is_refused_before_it_is_laid_out() -> None:
    huge = {"label": "car", "rle": [10**12, 10**12], "width": 10**6, "height": 2 * 10**6}
    with pytest.raises(InputError, match="1000000 x 2000000"):
        canonical("mask", [huge])
    points = [[float(i), float(i % 7)] for i in range(10_001)]
    with pytest.raises(InputError, match="10,001 points"):
        canonical("polygons", [{"label": "car", "points": points}])
