"""Migrations of label sets: told before they are made, and old answers read through them."""

from __future__ import annotations

import json

import pytest

from milepost.errors import InputError
from milepost.labels.labelset import LabelSet
from milepost.labels.migrations import (
    Add,
    Merge,
    Migration,
    Move,
    Rename,
    Retire,
    Split,
    plan,
    read,
    since,
    translated,
    write,
)

USES = {"bird": (120, 100), "cat": (1, 1), "dog": (7, 7)}


@pytest.fixture
def pets() -> LabelSet:
    return LabelSet.start("pets", "choice", ["Animal", "Animal > Bird", "Animal > Cat", "Dog", "Dog > Pug"])


@pytest.mark.parametrize(
    ("migration", "told"),
    [
        (Rename("cat", "House cat"), "'Cat' is renamed 'House cat'. No answer changes."),
        (Merge(("cat",), "dog"), "'Cat' becomes 'Dog'. 1 answer will be read anew."),
        (Merge(("cat", "bird"), "dog"), "'Cat', 'Bird' become 'Dog'. 121 answers will be read anew."),
        (Split("bird", ("Duck", "Goose")),
         "'Bird' is split into 'Duck', 'Goose'. 100 items will be labelled again."),
        (Add("Fish", parent="animal"), "'Fish' is added below 'Animal'. No answer changes."),
        (Retire("cat"), "'Cat' can no longer be chosen. No answer changes."),
        (Move("dog", "animal"), "'Dog' moves below 'Animal'. No answer changes."),
        (Move("cat"), "'Cat' moves to the top. No answer changes."),
    ],
)  # fmt: skip
def test_a_plan_tells_what_would_be_touched(pets: LabelSet, migration: Migration, told: str) -> None:
    made = plan(pets, migration, USES)
    assert made.sentence == told
    assert made.after.version == pets.version + 1
    assert read(json.loads(json.dumps(write(migration)))) == migration


def test_what_each_leaves_behind(pets: LabelSet) -> None:
    assert Rename("cat", "House cat", "indoors").apply(pets).label("cat").note == "indoors"
    merged = Merge(("dog",), "animal").apply(pets)
    assert (merged.label("dog").retired, merged.label("pug").parent) == (True, "animal")
    split = Split("bird", ("Bird", "Duck")).apply(pets)
    assert list(split.active) == ["animal", "bird-2", "duck", "cat", "dog", "pug"]
    assert split.path("duck") == ("animal", "duck")
    assert Add("Cat").apply(pets).label("cat-2").parent == ""
    assert Move("dog", "animal").apply(pets).path("pug") == ("animal", "dog", "pug")


@pytest.mark.parametrize(
    ("migration", "said"),
    [
        (Merge(("cat",), "cat"), "into itself"),
        (Merge(("dog",), "pug"), "lies below"),
        (Merge(("cow",), "dog"), "no label 'cow'"),
        (Split("dog", ("A", "B")), "Move them first"),
        (Split("cat", ("A", "A")), "fewer than two"),
        (Retire("dog"), "Move it first"),
        (Move("dog", "pug"), "below itself"),
        (Rename("cat", "Bird"), "name below one parent"),
        (Add("Dog"), "name below one parent"),
        (Add("Fish", parent="sea"), "no label 'sea'"),
        (Add("Fish", key="1"), "key '1'"),
    ],
)
def test_what_cannot_be_is_refused(pets: LabelSet, migration: Migration, said: str) -> None:
    with pytest.raises(InputError, match=said):
        migration.apply(pets)


def test_a_retired_label_takes_no_further_change(pets: LabelSet) -> None:
    after = Retire("cat").apply(pets)
    for migration in (Rename("cat", "x"), Merge(("cat",), "dog"), Move("cat"), Retire("cat")):
        with pytest.raises(InputError, match="is retired"):
            migration.apply(after)


def test_old_answers_are_read_through_all_migrations_since() -> None:
    became = since([Merge(("puma",), "cat"), Merge(("cat", "dog"), "pet"), Split("fish", ("eel", "carp"))])
    assert became == {"puma": "pet", "cat": "pet", "dog": "pet", "fish": None}
    assert since([Merge(("a",), "b"), Split("b", ("c", "d"))]) == {"a": None, "b": None}
    assert translated("choice", "puma", became) == ("pet", True)
    assert translated("choice", "fish", became) == (None, False)
    assert translated("tags", ["bird", "cat", "dog"], became) == (["bird", "pet"], True)
    assert translated("tags", ["bird", "fish"], became) == (["bird"], False)
    assert translated("number", 1.0, became) == (1.0, True)


def test_a_vector_keeps_its_numbers() -> None:
    old = LabelSet.start("size", "vector", ["Width", "Height"])
    for change in (Add("Depth"), Retire("width"), Merge(("width",), "height"), Split("width", ("A", "B"))):
        with pytest.raises(InputError, match="as many as before"):
            plan(old, change, {})
    assert plan(old, Rename("width", "Breadth"), {}).after.label("width").name == "Breadth"
