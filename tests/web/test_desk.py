"""What pages about labels share: answers in words, references, types of media, fields of a request."""

from __future__ import annotations

import pytest

from milepost.errors import InputError
from milepost.labels.labelset import LabelSet
from milepost.web.desk import fields, part, references, shortly, sniffed, told, words

CARS = LabelSet.start("cars", "boxes", ["Car", "Big > Bus"])
BOX = {"label": "bus", "x": 0.0, "y": 0.0, "w": 1.0, "h": 1.0}


@pytest.mark.parametrize(
    ("labels", "value", "said"),
    [
        (CARS, [BOX, BOX, {**BOX, "label": "car"}], "2 × Big > Bus, 1 × Car"),
        (CARS, [], "none"),
        (LabelSet.start("n", "number"), 1.5, "1.5"),
        (LabelSet.start("n", "vector", ["x", "y"]), [1.0, 2.0], "1.0, 2.0"),
        (LabelSet.start("n", "pair"), "same", "same"),
        (LabelSet.start("n", "like"), False, "not like"),
        (LabelSet.start("n", "choice", ["Cat"]), "cat", "Cat"),
        (CARS, None, "discarded"),
    ],
)
def test_an_answer_in_words(labels: LabelSet, value: object, said: str) -> None:
    assert words(labels, value) == said


def test_references_are_found_at_any_depth() -> None:
    one, two = f"image:{'0' * 64}", f"sound:{'1' * 64}"
    assert list(references({"a": [one, {"b": two}], "c": "image:no", "d": 3})) == [one, two]


@pytest.mark.parametrize("data", [b"", b"<html>", b"%PDF-1.4", b"<?xml version='1.0'?><svg/>", b"GIF"])
def test_nothing_but_pictures_and_sounds_has_a_type(data: bytes) -> None:
    assert sniffed(data) == ""


def test_fields_of_a_request_have_their_types() -> None:
    with pytest.raises(InputError, match="'item' is 'True'"):
        fields({"item": True}, item=int)
    assert fields({"item": None}, item=int) == {}
    assert part("a", "b") != part("ab")


def test_a_long_set_is_told_in_part() -> None:
    many = LabelSet.start("n", "choice", [f"L {i}" for i in range(400)])
    assert (told(many)["count"], len(told(many)["labels"])) == (400, 300)
    assert shortly(CARS, "bus")["path"] == "Big > Bus"
