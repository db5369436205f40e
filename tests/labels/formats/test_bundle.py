import pytest

from milepost.errors import InputError
from milepost.labels.formats.bundle import Answer, Bundle, Gathered, Item, Suggestion, lost, said_besides
from milepost.labels.formats.naming import Naming
from milepost.labels.labelset import LabelSet

PETS = LabelSet.start("pets", "choice", ["Cat", "Dog"])
ITEMS = (Item("p", {"text": "miau"}), Item("q", {"text": "wau"}))


def test_a_bundle_knows_its_items() -> None:
    said = (Answer("p", "ann", "cat"), Answer("p", "bob", "dog"))
    made = Bundle(PETS, ITEMS, said)
    assert made.by_item == {"p": list(said), "q": []}
    with pytest.raises(InputError, match="two items have the key 'p'"):
        Bundle(PETS, (ITEMS[0], ITEMS[0]))
    with pytest.raises(InputError, match="'r', which is no item"):
        Bundle(PETS, ITEMS, (Answer("r", "ann", "cat"),))


def test_one_answer_an_item_is_taken_only_where_there_is_one() -> None:
    draft = Answer("p", "cyd", "cat", act="draft")
    made = Bundle(PETS, ITEMS, (Answer("p", "ann", "cat"), Answer("p", "bob", "dog"), draft))
    with pytest.raises(InputError, match="Write the consensus"):
        made.settled()
    assert made.settled("bob")["p"].value == "dog"
    assert made.settled("cyd") == {}


def test_what_is_left_out_is_counted() -> None:
    said = (Answer("p", "ann", "cat", comment="hm"), Answer("p", "bob", None, act="discarded"))
    made = Bundle(PETS, ITEMS, said, (Suggestion("q", "dog"),))
    told = lost(said_besides(made, made.settled()))
    assert told == (
        "1 items discarded by somebody were left out.",
        "1 suggestions of models were left out.",
        "1 comments were left out.",
    )


def test_every_entry_is_used_or_listed() -> None:
    into = Gathered(Naming("", PETS))
    assert into.item("line 1", "p", {})
    assert not into.item("line 2", "p", {})
    into.answer("line 3", Answer("p", "ann", "cat"))
    into.answer("line 4", Answer("p", "ann", "cow"))
    into.answer("line 5", Answer("z", "ann", "cat"))
    into.suggestion("line 6", Suggestion("p", 3))
    into.refuse("line 7", "it is empty", counted=False)
    taken = into.taken()
    kept = len(taken.bundle.items) + len(taken.bundle.answers) + len(taken.bundle.suggestions)
    assert taken.entries == 7 == kept + len(taken.bad)
    assert [bad.place for bad in taken.bad] == ["line 2", "line 4", "line 5", "line 6", "line 7"]
    assert "cow" in taken.bad[1].reason
