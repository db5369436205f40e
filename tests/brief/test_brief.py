"""The brief as a whole: written, read back, changed, cut into the parts that cache keys hold."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from milepost.brief import FILE, Brief, part
from milepost.errors import BriefError, EnvironmentProblem

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
names = st.lists(words.filter(bool), max_size=3, unique=True)
positive = st.floats(1e-6, 1e9)
columns = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from(["input", "key", "ignored"]),
        "available": st.booleans(),
        "because": words,
    },
)
contents = st.fixed_dictionaries(
    {},
    optional={
        "problem": st.fixed_dictionaries(
            {},
            optional={
                "question": words,
                "hypotheses": st.tuples(words, words).filter(lambda p: p[0] != p[1]),
            },
        ),
        "target": st.fixed_dictionaries({}, optional={"columns": names, "task": words, "positive": words}),
        "data": st.fixed_dictionaries(
            {"time": words.filter(bool)},
            optional={"source": words, "keys": names, "split": st.sampled_from(["", "random", "time"])},
        ),
        "columns": st.dictionaries(words, columns, max_size=3),
        "success": st.fixed_dictionaries({}, optional={"bar": st.floats(-1e9, 1e9)}),
        "value": st.fixed_dictionaries(
            {},
            optional={
                "cost_miss": st.one_of(positive, words.filter(bool)),
                "prevalence": st.floats(0.001, 0.999),
            },
        ),
        "correction": st.fixed_dictionaries(
            {},
            optional={
                "margins": st.dictionaries(words, st.dictionaries(words, positive, max_size=2), max_size=2)
            },
        ),
        "budget": st.fixed_dictionaries(
            {}, optional={"seconds": positive, "threads": st.integers(1, 64), "trials": st.integers(1, 99)}
        ),
    },
)
notes = st.dictionaries(
    st.sampled_from(["target.task", "data.split", "budget.seed", "value.cost_miss"]), words
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(contents, notes)
def test_what_is_written_is_loaded_again(
    tmp_path: Path, content: dict[str, Any], notes: dict[str, str]
) -> None:
    brief = Brief.of(content)
    brief.write(tmp_path, notes)
    assert Brief.load(tmp_path) == brief
    assert Brief.of(brief.plain()) == brief


def test_writing_leaves_the_old_file_or_the_new_and_nothing_else(tmp_path: Path) -> None:
    path = Brief().write(tmp_path / "new" / "folder")
    path.chmod(0o600)
    Brief.of({"budget": {"seed": 7}}).write(path.parent)
    assert [found.name for found in path.parent.iterdir()] == [FILE]
    assert path.stat().st_mode & 0o777 == 0o600
    assert Brief.load(path.parent).budget.seed == 7


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        Brief().write(tmp_path / "file")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"[target\n", "is not TOML.*line 1"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"[budget]\nseed = 1\nseed = 2\n", "is not TOML"),
        (b"[budget]\nsede = 1\n", "Did you mean 'seed'"),
        (b"[data]\ntime = 2013-01-01\n", "2013-01-01.*A text in quotes"),
        (b'[existing]\nrule = "../../etc/x.py:f"\n', "inside this folder"),
    ],
)
def test_a_bad_file_is_refused_with_its_path(tmp_path: Path, data: bytes, sentence: str) -> None:
    (tmp_path / FILE).write_bytes(data)
    with pytest.raises(BriefError, match=sentence) as caught:
        Brief.load(tmp_path)
    assert FILE in str(caught.value)


def test_a_folder_without_a_brief_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BriefError, match="milepost new"):
        Brief.load(tmp_path)


def test_a_rule_behind_a_link_out_of_the_project_is_refused(tmp_path: Path) -> None:
    project = tmp_path / "project"
    Brief.of({"existing": {"rule": "rules.py:f"}}).write(project)
    (tmp_path / "rules.py").write_text("")
    (project / "rules.py").symlink_to(tmp_path / "rules.py")
    with pytest.raises(BriefError, match="leads out"):
        Brief.load(project)


def test_the_files_that_it_names_are_told_by_their_keys() -> None:
    brief = Brief.of(
        {"existing": {"rule": "rules.py:late"}, "columns": {"said": {"vectors": "wiki.vec"}, "age": {}}}
    )
    assert brief.files == {"[existing] rule": "rules.py", "[columns.said] vectors": "wiki.vec"}


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("[budget]\nseed = 3\n", encoding="utf-8-sig")
    assert Brief.load(tmp_path).budget.seed == 3


def test_parts_hold_what_was_asked_for_and_nothing_else() -> None:
    brief = Brief.of({"budget": {"seed": 3}, "columns": {"age": {"role": "key"}}})
    told = brief.plain()
    assert part(told, "budget.seed") == 3
    assert part(told, "columns")["age"]["role"] == "key"
    assert part(told, "columns.height") is None
    assert part(told, "budget.seed", "budget.threads") == {"budget.seed": 3, "budget.threads": 2}
    with pytest.raises(BriefError, match="Did you mean 'budget'"):
        part(told, "budgt")
    with pytest.raises(BriefError, match="Did you mean 'seed'"):
        part(told, "budget.sed")


def test_a_changed_brief_is_checked_and_the_old_one_stays() -> None:
    brief = Brief()
    changed = brief.changed(
        {"budget.seconds": "1h", "target.columns": "late", "columns.age": {"role": "key"}}
    )
    assert (changed.budget.seconds, changed.target.columns, changed.columns["age"].role) == (
        3600,
        ("late",),
        "key",
    )
    assert brief == Brief()
    with pytest.raises(BriefError, match="Did you mean 'threads'"):
        brief.changed({"budget.thread": 2})
    with pytest.raises(BriefError, match="no table"):
        brief.changed({"bugdet.seed": 2})
