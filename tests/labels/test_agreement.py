"""Agreement about every kind of label, against the functions of arrays beneath."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from milepost.errors import InputError
from milepost.labels.agreement import agreed
from milepost.statistics.alpha import alpha
from milepost.statistics.ratings import from_table

Array = np.ndarray


def crowd(seed: int = 0, items: int = 120, right: float = 0.85) -> Array:
    """Numbers 0 to 2 that three people gave (items, people)."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, (items, 1))
    return np.where(rng.random((items, 3)) < right, truth, rng.integers(0, 3, (items, 3)))


def said(table: Array, value: Any) -> list[tuple[str, str, Any]]:
    return [
        (f"item {at}", f"person {who}", value(table[at, who]))
        for at in range(len(table))
        for who in range(table.shape[1])
    ]


@pytest.mark.parametrize("kind", ["choice", "pair"])
def test_choices_are_compared_for_equality(kind: str) -> None:
    table = crowd()
    found = agreed(kind, said(table, lambda code: "abc"[code]), resamples=200)
    known = alpha(from_table(table), resamples=0)
    assert found.alpha is not None
    assert found.alpha.value == pytest.approx(known.value)
    assert [told.name for told in found.classes] == ["a", "b", "c"]
    assert {person.name for person in found.people} == {"person 0", "person 1", "person 2"}
    assert len(found.pairs) == 3
    assert found.raw is not None
    assert found.raw.value > 0.7


def test_likes_are_choices_too() -> None:
    found = agreed("like", said(crowd(), lambda code: bool(code)), resamples=50)
    assert [told.name for told in found.classes] == ["False", "True"]


def test_numbers_are_compared_by_their_distance() -> None:
    table = crowd() * 1.5
    found = agreed("number", said(table, float), resamples=50)
    assert found.alpha is not None
    assert found.alpha.value == pytest.approx(alpha(from_table(table), "interval", 0).value)
    assert found.alpha.scale == "interval"
    assert found.raw is None
    far = table.copy()
    far[::10, 0] += 100
    worse = agreed("number", said(far, float), resamples=50).alpha
    assert worse is not None
    assert worse.value < 0.2


def test_vectors_number_by_number() -> None:
    rng = np.random.default_rng(1)
    table = crowd()
    told = said(table, lambda code: [float(code), float(rng.normal())])
    found = agreed("vector", told, ["known", "noise"], resamples=50)
    assert found.parts["known"].value == pytest.approx(alpha(from_table(table), "interval", 0).value)
    assert found.parts["noise"].value == pytest.approx(0, abs=0.2)


def test_each_tag_is_a_question_of_its_own() -> None:
    rng = np.random.default_rng(2)
    table = crowd(right=0.95)
    told = said(table, lambda code: sorted({"abc"[code], *(["noise"] if rng.random() < 0.5 else [])}))
    found = agreed("tags", told, resamples=100)
    assert set(found.parts) == {"a", "b", "c", "noise"}
    assert found.parts["a"].value > 0.8
    assert found.parts["noise"].value == pytest.approx(0, abs=0.2)
    known = alpha(from_table((table == 0).astype(int)), resamples=0)
    assert found.parts["a"].value == pytest.approx(known.value)
    assert found.whole is not None
    assert 0.2 < found.whole.beyond.value < found.whole.mean.value < 1
    by_name = {told.name: told for told in found.classes}
    assert by_name["noise"].prevalence == pytest.approx(0.5, abs=0.1)
    assert by_name["a"].agreement.value > by_name["noise"].agreement.value


def test_drawings_are_matched() -> None:
    told = said(crowd(), lambda code: [{"label": "x", "x": 20.0 * code, "y": 0.0, "w": 10.0, "h": 10.0}])
    found = agreed("boxes", told, resamples=100)
    assert found.drawn is not None
    assert found.whole is found.drawn.whole
    known = alpha(from_table(crowd()), resamples=0).value
    assert found.whole.beyond.value == pytest.approx(known, abs=0.04), "equal or nothing in common: nominal"


def test_what_cannot_be_is_refused() -> None:
    for kind in ("choice", "tags", "boxes", "number"):
        with pytest.raises(InputError, match="Raise the overlap"):
            agreed(kind, [("p", "ann", {"choice": "a", "tags": [], "boxes": [], "number": 1.0}[kind])])
    with pytest.raises(InputError, match="'colour'"):
        agreed("colour", [])
