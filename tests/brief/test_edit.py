"""A brief's text with other values: comments, order and odd ways of writing stay."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.brief import FILE, Brief
from milepost.brief.edit import edited
from milepost.brief.toml import commented, guesses
from milepost.errors import BriefError

BEFORE = Brief.of(
    {
        "target": {"columns": "late", "task": "binary"},
        "value": {"events_per_day": 200},
        "columns": {"a b": {"role": "ignored"}},
    }
)
NOTES = {"target.task": "two values", "columns.a b.role": "it names the rows"}
OWN = (
    "# Mine, first line\n"
    + commented(BEFORE, NOTES).replace("events_per_day = 200.0", "events_per_day = 200.0  # asked Jane")
    + "\n# Mine, last line\n"
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "problem.why": st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
        "target.task": st.sampled_from(["binary", "multiclass", ""]),
        "value.events_per_day": st.sampled_from([None, 10.0, 200.0]),
        "budget.seconds": st.sampled_from(["1m", "2h"]),
        "people.columns": st.lists(st.sampled_from(["age", "sex", "town"]), unique=True),
        "columns.a b": st.sampled_from([{}, {"role": "input"}, {"role": "ignored", "because": "x"}]),
        "columns.new": st.sampled_from([{"role": "ignored"}, {"available": False, "because": "later"}]),
    },
)


def remarks(text: str) -> list[str]:
    """The comments of a text that show no key, without what was inferred."""
    lines = [line for line in text.splitlines() if line.startswith("# ")]
    return [line.partition(" (inferred")[0] for line in lines if not line.startswith("# (inferred")]


@given(CHANGES)
def test_every_value_is_changed_and_every_comment_stays(changes: dict[str, object]) -> None:
    after = BEFORE.changed(changes)
    text = edited(OWN, after, Brief.of)
    said = Brief.of(tomllib.loads(text))
    blank = type(BEFORE.columns["a b"])()
    assert {**said.model_dump(), "columns": None} == {**after.model_dump(), "columns": None}
    for name in {*said.columns, *after.columns}:
        assert said.columns.get(name, blank) == after.columns.get(name, blank)
    assert remarks(text) == remarks(OWN)
    assert "# asked Jane" in text
    assert remarks(edited(text, BEFORE, Brief.of)) == remarks(OWN)


def test_nothing_changes_where_nothing_differs() -> None:
    assert edited(OWN, BEFORE, Brief.of) == OWN


def test_a_key_takes_the_place_of_the_comment_that_shows_it_and_goes_back() -> None:
    text = edited(OWN, BEFORE.changed({"problem.why": "money"}), Brief.of)
    changed = [line for line in text.splitlines() if line not in OWN.splitlines()]
    assert changed == ['why = "money"']
    assert len(text.splitlines()) == len(OWN.splitlines())
    back = edited(text, BEFORE, Brief.of)
    assert [line for line in back.splitlines() if line not in OWN.splitlines()] == ['#why = "money"']


def test_what_was_inferred_is_no_longer_said_of_what_was_changed() -> None:
    assert [path for path, _, _ in guesses(OWN)] == ["target.task", 'columns."a b".role']
    text = edited(OWN, BEFORE.changed({"target.task": "multiclass"}), Brief.of)
    assert [path for path, _, _ in guesses(text)] == ['columns."a b".role']


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('target = {columns = ["a"], task = "binary"} # in one\n', "# in one"),
        ('target.columns = ["a"] # dotted\n', "# dotted"),
        ('[target]\ncolumns = [\n "a", # first\n "b",\n]\ntask="binary" # t\n', ' "a", # first\n'),
        ('[target]\r\ncolumns = "a" # why\r\n\r\n# end\r\n', "\r\n\r\n# end"),
        ('[problem]\nwhy = """\n[target]\n#task = "x"\n"""\n[target]\n', '\n#task = "x"\n'),
        ("", ""),
    ],
)
def test_other_ways_of_writing_are_understood(text: str, kept: str) -> None:
    before = Brief.of(tomllib.loads(text))
    after = before.changed({"target.task": "multiclass", "budget.seed": 7, "columns.x": {"role": "ignored"}})
    made = edited(text, after, Brief.of)
    assert Brief.of(tomllib.loads(made)) == after
    assert kept in made


def test_the_file_is_edited_in_its_folder(tmp_path: Path) -> None:
    with pytest.raises(BriefError, match=r"there is no milepost\.toml"):
        BEFORE.edit(tmp_path)
    (tmp_path / FILE).write_text("\ufeff" + OWN, encoding="utf-8")
    BEFORE.changed({"budget.seconds": "5m"}).edit(tmp_path)
    text = (tmp_path / FILE).read_text(encoding="utf-8")
    assert "seconds = 300.0" in text
    assert "# Mine, last line" in text
