"""Bundles of every kind of label, with all that a format may find hard to hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from milepost.labels import shapes
from milepost.labels.formats.bundle import Answer, Bundle, Item, Suggestion
from milepost.labels.labelset import LabelSet
from milepost.labels.values import NAMED, canonical

NAMES = ("Cat", 'Big dog, or "wolf"', "Kühe > Kälber", "鳥")
WIDE, HIGH = 64, 48


def mask(label: str, x: int, y: int, w: int, h: int) -> dict[str, Any]:
    picture = np.zeros((HIGH, WIDE), bool)
    picture[y : y + h, x : x + w] = True
    picture[y, x] = False
    return {"label": label, "rle": shapes.runs(picture), "width": WIDE, "height": HIGH}


def values_of(kind: str, ids: list[str]) -> list[Any]:
    """Three values of a kind."""
    made: dict[str, list[Any]] = {
        "choice": ids[:3],
        "tags": [[], ids[:2], [ids[-1]]],
        "number": [0.0, -1.5, 1 / 3],
        "vector": [[1.0] * len(ids), [0.1, -2.0, 1e-9, 3.0, 0.0][: len(ids)], [7.0] * len(ids)],
        "boxes": [
            [
                {"label": ids[0], "x": 1.5, "y": 2, "w": 10.25, "h": 7},
                {"label": ids[1], "x": 0, "y": 0, "w": 64, "h": 48},
            ],
            [],
            [{"label": ids[2], "x": 1 / 3, "y": 20, "w": 11, "h": 9, "angle": 30}],
        ],
        "polygons": [
            [{"label": ids[0], "points": [[1, 2], [30.5, 2], [12, 40.125]]}],
            [],
            [
                {"label": ids[3], "points": [[0, 0], [64, 0], [64, 48], [0, 48]]},
                {"label": ids[1], "points": [[5, 5], [9, 5], [9, 9], [7, 6], [5, 9]]},
            ],
        ],
        "mask": [[mask(ids[0], 3, 4, 10, 8), mask(ids[1], 0, 0, 64, 48)], [], [mask(ids[2], 60, 40, 4, 8)]],
        "pair": ["a", "same", "b"],
        "like": [True, False, True],
    }
    return [canonical(kind, value) for value in made[kind]]


@pytest.fixture
def bundle() -> Callable[..., Bundle]:
    """Makes a bundle of a kind: three labelled pictures and one without a label.

    With `plain` one person gave one answer each, and nothing else is said.
    """

    def made(kind: str, plain: bool = False) -> Bundle:
        labels = LabelSet.start("things", kind, NAMES if kind in (*NAMED, "vector") else ())
        ids = [label.id for label in labels.labels if label.id != "kuhe"] or ["none"] * 4
        if kind == "vector":
            ids = [label.id for label in labels.labels]
        names = ["a/one.jpg", "b/one.jpg", "zwei, drei.jpg", "四.png"]
        items = tuple(Item(name, {"image": name, "width": WIDE, "height": HIGH}) for name in names)
        given = values_of(kind, ids)
        said = [
            Answer(name, "ann@example.org", value, seconds=2.5 + at, at="2026-11-26T10:00:00+00:00")
            for at, (name, value) in enumerate(zip(names, given, strict=False))
        ]
        if plain:
            bare = tuple(Answer(answer.item, "ann@example.org", answer.value) for answer in said)
            return Bundle(labels, items, bare)
        said += [
            Answer(names[0], "bob", given[1], comment='sure, "quite"\nsure'),
            Answer(names[1], "bob", None, act="discarded", comment="blurred"),
            Answer(names[2], "bob", given[0], act="draft"),
        ]
        order = {name: at for at, name in enumerate(names)}
        said.sort(key=lambda answer: order[answer.item])
        hints = (Suggestion(names[0], given[0], "net 3", 0.75), Suggestion(names[3], given[2], "net 3"))
        return Bundle(labels, items, tuple(said), hints)

    return made
