"""Shapes of people who draw alike, shifted, other labels, or nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from milepost.errors import InputError
from milepost.labels import shapes
from milepost.labels.matching import drawn, match
from milepost.labels.values import canonical, similarity


def box(x: float, y: float = 0, size: float = 10, label: str = "cat") -> dict[str, Any]:
    return {"label": label, "x": x, "y": y, "w": size, "h": size}


def as_kind(kind: str, boxes: list[dict[str, Any]]) -> Any:
    if kind == "polygons":
        boxes = [{"label": b["label"], "points": shapes.box_corners(b).tolist()} for b in boxes]
    if kind == "mask":
        made = []
        for b in boxes:
            picture = np.zeros((100, 100), bool)
            picture[int(b["y"]) : int(b["y"] + b["h"]), int(b["x"]) : int(b["x"] + b["w"])] = True
            made.append({"label": b["label"], "rle": shapes.runs(picture), "width": 100, "height": 100})
        boxes = made
    return canonical(kind, boxes)


@pytest.mark.parametrize("kind", ["boxes", "polygons", "mask"])
def test_shapes_find_their_partners(kind: str) -> None:
    one = as_kind(kind, [box(0), box(20), box(40)])
    other = as_kind(kind, [box(22), box(1), box(70)])
    found = match(kind, one, other)
    assert sorted(round(share, 6) for *_, share in found.pairs) == [round(80 / 120, 6), round(90 / 110, 6)]
    assert len(found.one) == len(found.other) == 1
    assert found.found == pytest.approx(2 / 3)


def test_the_sum_of_overlaps_decides_not_the_first_best() -> None:
    one = [box(0, size=10), box(4, size=10)]
    other = [box(3, size=10), box(9, size=10)]
    found = match("boxes", one, other, bar=0.1)
    assert {pair[:2] for pair in found.pairs} == {(0, 0), (1, 1)}


def test_each_pair_of_shapes_is_laid_over_each_other_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, plain = [], shapes.iou
    one, other = [box(0), box(20, label="dog"), box(40)], [box(1), box(22, label="dog")]
    whole = similarity("boxes", one, other)
    monkeypatch.setattr(shapes, "iou", lambda *given: calls.append(given) or plain(*given))
    found = drawn("boxes", [(1, "ann", one), (1, "bob", other)], resamples=10)
    assert len(calls) == 6
    assert found.whole.mean.value == pytest.approx(whole)


def test_nothing_and_nothing_agree() -> None:
    assert match("boxes", [], []).found == 1
    nothing = match("boxes", [box(0)], [])
    assert nothing.found == 0
    assert nothing.one == (0,)


def crowd(seed: int, jitter: float, pictures: int = 60) -> list[tuple[int, str, Any]]:
    rng = np.random.default_rng(seed)
    told = []
    for picture in range(pictures):
        corners = rng.uniform(0, 80, (3, 2)).round()
        for person, shake in (("ann", jitter), ("bob", jitter), ("cyd", 8 * jitter)):
            seen = [box(*(corner + rng.normal(0, shake, 2)), size=20) for corner in corners]
            told.append((picture, person, canonical("boxes", seen)))
    return told


def test_agreement_of_three_people() -> None:
    found = drawn("boxes", crowd(0, 0.5))
    assert found.people["cyd"] < found.people["ann"] - 0.1
    assert found.whole.mean.interval.contains(found.whole.mean.value)
    assert 0.6 < found.whole.mean.value < 0.8
    assert found.whole.beyond.value < found.whole.mean.value
    assert 0.6 < found.found < drawn("boxes", crowd(0, 0.0)).found == 1
    assert 0.7 < found.overlap < 1
    assert math.isnan(found.labels.value), "one label alone tells nothing of labels"


def test_strangers_agree_as_chance_would() -> None:
    rng = np.random.default_rng(0)
    told = [
        (picture, person, [box(*rng.uniform(0, 40, 2), size=30)]) for picture in range(200) for person in "ab"
    ]
    found = drawn("boxes", told)
    assert found.whole.mean.value > 0.1
    assert found.whole.beyond.interval.contains(0)
    assert abs(found.whole.beyond.value) < 0.1


def test_labels_of_equal_shapes_are_compared() -> None:
    told = []
    for picture in range(40):
        kinds = ("cat", "dog") if picture % 2 else ("dog", "cat")
        other = kinds if picture % 4 else kinds[::-1]
        for person, labels in (("ann", kinds), ("bob", other)):
            told.append((picture, person, [box(0, label=labels[0]), box(50, label=labels[1])]))
    found = drawn("boxes", told)
    assert found.found == 1
    assert found.overlap == 1
    assert found.labels.value == pytest.approx(0.5)
    assert found.whole.mean.value == pytest.approx(0.75)


def test_one_picture_is_enough_for_overlap_but_not_for_chance() -> None:
    found = drawn("boxes", [(1, "ann", [box(0)]), (1, "bob", [])])
    assert found.found == 0
    assert math.isnan(found.overlap)
    assert math.isnan(found.whole.beyond.value)
    with pytest.raises(InputError, match="Raise the overlap"):
        drawn("boxes", [(1, "ann", [box(0)])])
    with pytest.raises(InputError, match="'choice'"):
        drawn("choice", [])
