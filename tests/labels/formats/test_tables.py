"""CSV, JSON lines and Parquet, there and back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.errors import InputError
from milepost.labels.formats import hugging, studio
from milepost.labels.formats.bundle import Answer, Bundle, Item
from milepost.labels.formats.tables import parts, read, write
from milepost.labels.labelset import LabelSet
from milepost.labels.values import KINDS

FORMS = ("csv", "jsonl", "parquet")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_there_and_back(kind: str, form: str, bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    made = bundle(kind)
    given = write(made, tmp_path / f"labels.{form}")
    assert (given.items, given.answers, given.suggestions) == (4, 6, 2)
    taken = read(tmp_path / f"labels.{form}", labels=made.labels)
    assert taken.bad == ()
    assert taken.entries == 8, "six answers and two suggestions"
    assert taken.bundle.answers == made.answers
    assert taken.bundle.suggestions == made.suggestions
    if form == "csv":
        assert given.lost == ("8 parts of contents are no text, and become text.",)
        made = replace(
            made, items=tuple(Item(i.key, {k: str(v) for k, v in i.content.items()}) for i in made.items)
        )
    else:
        assert given.lost == ()
    assert taken.bundle.items == made.items


@pytest.mark.parametrize("form", FORMS)
def test_contents_with_hard_names_and_values(form: str, tmp_path: Path) -> None:
    labels = LabelSet.start("x", "choice", ["A"])
    content = {"label": "mine", "label_": "too", "text": 'a,"b"\n\tc;= 鳥', "item": "=1+1"}
    made = Bundle(labels, (Item("=key", content), Item("q", {"text": "  "})))
    write(made, tmp_path / f"x.{form}")
    assert read(tmp_path / f"x.{form}", labels=labels).bundle == made


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_types_of_the_content_are_kept(form: str, tmp_path: Path) -> None:
    labels = LabelSet.start("x", "like", [])
    contents = [{"a": 1, "b": 1.5, "c": True, "d": [1, {"e": None}], "m": "1"}, {"a": 2, "m": 1}, {"n": "x"}]
    made = Bundle(labels, tuple(Item(str(at), content) for at, content in enumerate(contents)))
    write(made, tmp_path / f"x.{form}")
    back = read(tmp_path / f"x.{form}", labels=labels).bundle
    assert back == made
    assert isinstance(back.items[0].content["a"], int)


def test_parquet_holds_the_label_set(bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    made = bundle("choice")
    write(made, tmp_path / "x.parquet")
    assert read(tmp_path / "x.parquet").bundle == made


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_without_a_label_set_names_become_labels(
    form: str, bundle: Callable[..., Bundle], tmp_path: Path
) -> None:
    made = bundle("tags")
    write(made, tmp_path / f"x.{form}")
    with pytest.raises(InputError, match="of which kind"):
        read(tmp_path / f"x.{form}")
    taken = read(tmp_path / f"x.{form}", kind="tags")
    old, new = ({label.name for label in labels.labels} for labels in (made.labels, taken.bundle.labels))
    assert new <= old | {"Kühe > Kälber"}
    assert len(taken.bundle.answers) == len(made.answers)


def test_bad_lines_are_listed_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(
        "item,text,label,person\np,hi,Cat,ann\nq,ho\nr,hu,Cow,ann\np,ha,Cat,bob\n\n", encoding="utf-8"
    )
    taken = read(path, labels=LabelSet.start("x", "choice", ["Cat"]))
    assert [bad.place for bad in taken.bad] == ["x.csv, line 3", "x.csv, line 4", "x.csv, line 5"]
    assert "2 cells for 4 columns" in taken.bad[0].reason
    assert "Cow" in taken.bad[1].reason
    assert taken.entries == 4
    lines = tmp_path / "x.jsonl"
    lines.write_bytes(b'{"item": "p", "label": "Cat", "person": "a"}\n[1]\n{"item": \xff}\n\n')
    taken = read(lines, labels=LabelSet.start("x", "choice", ["Cat"]))
    assert [bad.place for bad in taken.bad] == ["x.jsonl, line 2", "x.jsonl, line 3"]
    assert taken.entries == 3


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    labels = LabelSet("x", "like")
    for name, body, says in (
        ("x.csv", b"a,a\n1,2\n", "names a column twice"),
        ("y.csv", b"a\n\xff\n", "no CSV in UTF-8"),
        ("z.csv", b"", "no header"),
        ("x.parquet", b"nothing", "no Parquet"),
        ("x.xls", b"", "no form of a table"),
    ):
        (tmp_path / name).write_bytes(body)
        with pytest.raises(InputError, match=says):
            read(tmp_path / name, labels=labels)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_comes_in_parts(form: str, tmp_path: Path) -> None:
    labels = LabelSet.start("x", "choice", ["A"])
    items = tuple(Item(str(at), {"text": str(at)}) for at in range(25))
    made = Bundle(labels, items, tuple(Answer(str(at), "ann", "a") for at in range(25)))
    write(made, tmp_path / f"x.{form}")
    found = [*parts(tmp_path / f"x.{form}", labels=labels, size=10)]
    assert [taken.entries for taken in found] == [10, 10, 5]
    assert tuple(item for taken in found for item in taken.bundle.items) == items
    assert tuple(answer for taken in found for answer in taken.bundle.answers) == made.answers


def test_lines_nested_without_end_are_bad_lines(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("[" * 100_000 + "\n" + '{"item": "p", "d": ' + "[" * 100_000 + "\n")
    taken = read(tmp_path / "x.jsonl", labels=LabelSet("x", "like"))
    assert len(taken.bad) == 2


def test_an_empty_bundle_is_a_file_too(tmp_path: Path) -> None:
    empty = Bundle(LabelSet("x", "like"))
    for form in FORMS:
        write(empty, tmp_path / f"x.{form}")
        assert read(tmp_path / f"x.{form}", labels=empty.labels).bundle == empty


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(st.lists(st.dictionaries(WORDS, WORDS, min_size=1, max_size=3), max_size=4), WORDS, WORDS)
def test_any_text_comes_back(contents: list[dict[str, str]], person: str, comment: str) -> None:
    labels = LabelSet.start("x", "choice", ["A"])
    items = tuple(Item(f"{at} {comment}", content) for at, content in enumerate(contents))
    said = tuple(Answer(item.key, person, "a", comment=comment, seconds=0.1) for item in items)
    made = Bundle(labels, items, said)
    with tempfile.TemporaryDirectory() as temporary:
        for form in FORMS:
            write(made, Path(temporary) / f"x.{form}")
            assert read(Path(temporary) / f"x.{form}", labels=labels).bundle == made
        studio.write(made, Path(temporary) / "x.json")
        assert studio.read(Path(temporary) / "x.json", labels=labels).bundle == made
        hugging.write(made, Path(temporary) / "h")
        assert hugging.read(Path(temporary) / "h", labels=labels).bundle == made or not items
