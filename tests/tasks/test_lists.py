"""Cells that hold several labels are told from names that merely contain a comma."""

import numpy as np
import polars as pl
import pytest

from milepost.tasks.lists import form, guess, listed, split

RANDOM = np.random.default_rng(0)


def tags(delimiter: str, rows: int = 200, labels: str = "abcde", share: float = 0.35) -> list[str]:
    """Rows that bear each label with a chance, joined."""
    return [delimiter.join(x for x in labels if RANDOM.random() < share) for _ in range(rows)]


def test_labels_are_split_each_once_and_without_spaces():
    assert split(" b;a; b ;", ";") == ("b", "a")
    assert split('["a b", 3, true]', "json") == ("a b", "3", "true")
    assert split("[]", ";") == split("", ";") == split("[]", "json") == ()
    assert listed('[["a"]]') is None
    assert listed("[a") is None
    assert listed('{"a": 1}') is None


@pytest.mark.parametrize("delimiter", [";", "|", ",", "; ", ", "])
def test_a_delimiter_is_recognised_where_labels_come_in_changing_company(delimiter):
    found, why = form(pl.Series(tags(delimiter)))
    assert found == delimiter.strip()
    assert "5 labels" in why


def test_json_lists_are_recognised():
    cells = [str(cell.split(";")).replace("'", '"') if cell else "[]" for cell in tags(";")]
    found, why = form(pl.Series(cells))
    assert found == "json"
    assert "hold several labels" in why


def many(*cells: str) -> list[str]:
    return [cells[i] for i in RANDOM.integers(0, len(cells), 300)]


PLAIN = {
    "cities": many("Paris, France", "Lyon, France", "Rome, Italy", "Oslo, Norway", "Bern, Switzerland"),
    "names": [f"{a}, {b}" for a, b in zip(RANDOM.permutation(300), many("Ann", "Bob", "Eve"), strict=True)],
    "answers": many("Yes, often", "Yes, rarely", "No", "Never, I think"),
    "states": many("Married, spouse present", "Married, spouse absent", "Never married", "Widowed"),
    "pairs": [f"{a}, {b}" for a, b in zip(many("18-24", "25-34", "35-44"), many("f", "m"), strict=True)],
    "works": many("Sales", "Sales, retail", "Sales, wholesale", "Management"),
    "one of them": many("a;b", "c", "d"),
    "words": many("red", "green", "blue"),
    "sentences": [f"It rained, and {a} people came; {b}" for a, b in RANDOM.integers(0, 99, (300, 2))],
    "a stray comma": [*many("red", "green", "blue"), "red, green"],
}


@pytest.mark.parametrize("case", PLAIN)
def test_names_that_contain_a_delimiter_stay_whole(case):
    assert form(pl.Series(PLAIN[case])) == ("", "")


def test_where_the_task_is_said_the_likeliest_delimiter_is_taken():
    assert guess(pl.Series(["a|b", "c", "d"])) == "|"
    assert guess(pl.Series(["a", "", None])) == ";"
    assert guess(pl.Series(['["a"]', "[]"])) == "json"
