"""Labels that were renamed, merged, split or added, and old rows under the new ones."""

import polars as pl
import pytest

from milepost.errors import InputError
from milepost.steps.relabel import edit, parse, unknown

OLD = ("bird", "cat", "dog")


def test_names_that_stay_map_to_themselves() -> None:
    found = edit(OLD, ["cat", "dog"], ())
    assert (found.pairs, found.labels, found.fresh) == ((), OLD, ())


def test_a_merger_moves_old_rows_and_new_rows_that_use_the_old_name() -> None:
    found = edit(OLD, ["pet", "cat", "bird"], parse("cat>pet, dog>pet"))
    assert found.labels == ("bird", "pet")
    assert found.fresh == ()
    assert found.apply(pl.Series(["cat", "dog", "bird"])).to_list() == ["pet", "pet", "bird"]
    assert found.apply(pl.Series(["cat", "pet"]), fresh=True).to_list() == ["pet", "pet"]


def test_a_split_leaves_old_rows_without_a_label() -> None:
    found = edit(OLD, ["cat", "dog", "duck", "goose"], parse("bird>duck, bird>goose"))
    assert found.labels == ("cat", "dog", "duck", "goose")
    assert found.apply(pl.Series(["bird", "cat"])).to_list() == [None, "cat"]


def test_a_split_that_keeps_the_name_tells_old_rows_from_new_ones() -> None:
    found = edit(OLD, ["bird", "goose", "cat"], parse("bird>bird, bird>goose"))
    assert set(found.labels) == {"cat", "dog", "bird", "goose"}
    assert found.apply(pl.Series(["bird"])).to_list() == [None]
    assert found.apply(pl.Series(["bird", "goose"]), fresh=True).to_list() == ["bird", "goose"]


def test_a_new_class_comes_last() -> None:
    assert unknown(OLD, ["newt", "cat"], ()) == ("newt",)
    found = edit(OLD, ["newt", "cat"], ())
    assert (found.labels, found.fresh) == ((*OLD, "newt"), ("newt",))


@pytest.mark.parametrize("said", ["bird", "bird>", ">duck", "bird->"])
def test_what_is_no_pair_is_refused(said: str) -> None:
    with pytest.raises(InputError, match="does not say what a label became"):
        parse(said)


def test_new_rows_may_not_use_a_name_that_was_split() -> None:
    with pytest.raises(InputError, match="still hold 'bird'"):
        edit(OLD, ["bird", "duck"], parse("bird>duck, bird>goose"))


def test_an_old_label_that_never_was_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="no label 'brid'") as caught:
        edit(OLD, ["duck"], parse("brid>duck"))
    assert "'bird'" in caught.value.todo
