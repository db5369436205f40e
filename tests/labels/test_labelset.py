"""Label sets: ids, keys, trees, what is refused, and search in thousands."""

from __future__ import annotations

import time

import pytest

from milepost.digest import plain
from milepost.errors import InputError
from milepost.labels.labelset import SHORTCUTS, Label, LabelSet, fold, fresh


@pytest.fixture
def animals() -> LabelSet:
    return LabelSet.start("animals", "choice", ["Animal", "Animal > Bird", "Animal > Bird > Red kite", "Car"])


def test_a_tree_from_names(animals: LabelSet) -> None:
    assert [(x.id, x.parent, x.key) for x in animals.labels] == [
        ("animal", "", "1"), ("bird", "animal", "2"), ("red-kite", "bird", "3"), ("car", "", "4"),
    ]  # fmt: skip
    assert animals.path("red-kite") == ("animal", "bird", "red-kite")
    assert animals.shown("red-kite") == "Animal > Bird > Red kite"
    assert [x.id for x in animals.below[""]] == ["animal", "car"]
    assert LabelSet.start("a", "choice", ["A > B > C"]).shown("c") == "A > B > C"
    many = LabelSet.start("many", "choice", [f"n{i}" for i in range(99)])
    assert "".join(x.key for x in many.labels) == SHORTCUTS
    assert LabelSet.read(plain(animals)) == animals


def test_ids_are_new_and_readable() -> None:
    assert fresh("Élan vital", set()) == "elan-vital"
    assert fresh("猫", set()) == "猫"
    assert fresh("!?", {"label"}) == "label-2"
    assert [x.id for x in LabelSet.start("a", "tags", ["A b", "a-b", "A > x", "C > x"]).labels] == [
        "a-b", "a-b-2", "a", "x", "c", "x-2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([Label("a", "A"), Label("a", "B")], "id 'a'"),
        ([Label("a", "A", key="1"), Label("b", "B", key="1")], "key '1'"),
        ([Label("a", "A"), Label("b", "a")], "name below one parent"),
        ([Label("a", " ")], "lacks an id or a name"),
        ([Label("a", "A", key="ab")], "not one character"),
        ([Label("a", "A", parent="c")], "not in the set"),
        ([Label("a", "A", parent="b"), Label("b", "B", parent="a")], "lies below itself"),
        ([Label("a", "A", retired=True), Label("b", "B", parent="a")], "is retired"),
    ],
)
def test_what_is_no_set_is_refused(labels: list[Label], said: str) -> None:
    with pytest.raises(InputError, match=said):
        LabelSet("x", "choice", 1, tuple(labels))


def test_kinds_and_labels_fit() -> None:
    with pytest.raises(InputError, match="no kind of label 'choise'.*choice"):
        LabelSet("x", "choise")
    with pytest.raises(InputError, match="name no labels"):
        LabelSet.start("x", "number", ["A"])
    with pytest.raises(InputError, match="given twice"):
        LabelSet.start("x", "choice", ["A", "A"])
    assert LabelSet.start("x", "vector", ["east", "north"]).check([1, 2]) == [1.0, 2.0]
    with pytest.raises(InputError, match="2 numbers"):
        LabelSet.start("x", "vector", ["east", "north"]).check([1])
    assert LabelSet.start("x", "number").check(3) == 3.0


def test_retired_labels_cannot_be_chosen(animals: LabelSet) -> None:
    assert animals.check("car") == "car"
    old = LabelSet("x", "choice", 1, (Label("a", "A"), Label("b", "B", retired=True)))
    with pytest.raises(InputError, match="not retired"):
        old.check("b")
    assert old.label("b").name == "B"
    with pytest.raises(InputError, match="no label 'c'"):
        old.label("c")


def test_search_ranks_and_folds() -> None:
    names = ["Fruit", "Fruit > Apple", "Fruit > Pineapple", "Green apple", "Appleton", "Café crème", "Tree"]
    found = LabelSet.start("food", "choice", names)
    assert [x.name for x in found.find("apple")] == ["Apple", "Appleton", "Green apple", "Pineapple"]
    assert [x.name for x in found.find("CAFE")] == ["Café crème"]
    assert [x.name for x in found.find("cr ca")] == ["Café crème"]
    assert [x.name for x in found.find("fruit pine")] == ["Pineapple"]
    assert [x.name for x in found.find("fruit")] == ["Fruit", "Apple", "Pineapple"]
    assert found.find("pear") == []
    assert len(found.find("", limit=3)) == 3
    assert fold("Straße") == "strasse"


def test_thousands_of_labels_are_made_and_searched_at_once() -> None:
    names = [f"Group {i % 100:02d} > Label {i:05d}" for i in range(20_000)]
    tops = [f"Group {i:02d}" for i in range(100)]
    begun = time.perf_counter()
    large = LabelSet.start("large", "choice", [*tops, *names])
    made = time.perf_counter() - begun
    large.find("x")  # folds the names once
    begun = time.perf_counter()
    assert [x.name for x in large.find("label 01234")] == ["Label 01234"]
    assert len(large.find("label")) == 20
    assert time.perf_counter() - begun < 0.5, "as one types"
    assert made < 10


@pytest.mark.parametrize("path", ["", "  ", "Animal >", "> Bird", "Animal > > Bird"])
def test_a_part_without_a_name_is_refused(path: str) -> None:
    with pytest.raises(InputError, match="has no name"):
        LabelSet.start("pets", "choice", ["Cat", path])
