import pytest

from milepost.errors import InputError
from milepost.labels.formats.bundle import Gathered
from milepost.labels.formats.naming import Naming
from milepost.labels.formats.rows import OURS, gather, inner, number, outer, parsed


def test_columns_of_the_content_never_meet_ours() -> None:
    names = [*OURS, "label_", "label__", "text", "labels", "_label"]
    assert [inner(outer(name)) for name in names] == names
    assert not {outer(name) for name in names} & set(OURS)


def test_a_row_is_one_entry_whatever_it_holds() -> None:
    into = Gathered(Naming("choice"))
    gather(into, "1", {"item": "p", "text": "x"})
    gather(into, "2", {"item": "p", "text": "x", "label": "Cat", "person": "ann", "seconds": "2.5"})
    gather(into, "3", {"item": "q", "text": "y", "label": "Cat", "model": "net", "score": 0.5})
    gather(into, "4", {"item": "p", "text": "other", "label": "Cat", "person": "bob"})
    gather(into, "5", {"item": "p", "text": "x", "person": "bob"})
    gather(into, "6", {"item": "p", "text": "x", "label": "Cat", "person": "bob", "seconds": "soon"})
    gather(into, "7", {"item": "p", "text": "x", "label": "Cat", "act": "lost"})
    taken = into.taken()
    assert taken.entries == 7
    assert [bad.place for bad in taken.bad] == ["4", "5", "6", "7"]
    assert [len(part) for part in (taken.bundle.items, taken.bundle.answers, taken.bundle.suggestions)] == [
        2,
        1,
        1,
    ]
    assert taken.bundle.answers[0].seconds == 2.5


def test_items_without_a_key_are_known_by_their_content() -> None:
    into = Gathered(Naming("choice"))
    for person in ("ann", "bob"):
        gather(into, "x", {"text": "same", "label": "Cat", "person": person})
    assert len(into.items) == 1
    assert len(into.answers) == 2


def test_numbers_and_json() -> None:
    assert number({"seconds": "1e1"}, "seconds") == 10
    assert number({"seconds": ""}, "seconds") is None
    for wrong in ("nan", "x", True, [1]):
        with pytest.raises(InputError, match="no number"):
            number({"seconds": wrong}, "seconds")
    with pytest.raises(InputError, match="no JSON"):
        parsed("{")
