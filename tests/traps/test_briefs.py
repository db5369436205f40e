"""Options and briefs that cannot work are refused with a sentence; the mended project goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from milepost import Project
from milepost.testing.toys import cycle, plain

Cli = Callable[..., tuple[int, str]]


DIVIDED: dict[str, tuple[dict[str, Any], tuple[str, ...], int, str]] = {
    "group is the row number": ({"g": pl.int_range(pl.len())}, ("--group", "g"), 0, ""),
    "one group": ({"g": pl.lit(1)}, ("--group", "g"), 2, "one group"),
    "empty group": ({"g": pl.lit(None, dtype=pl.Int64)}, ("--group", "g"), 2, "no value at all"),
    "group with gaps": (
        {"g": cycle("a", None, "b", None, "c", "d", "e", None, "f")},
        ("--group", "g"),
        0,
        "",
    ),
    "group is the target": ({}, ("--group", "y"), 2, "also what is predicted"),
    "time is the target": ({}, ("--time", "y"), 2, "also what is predicted"),
    "unknown time": ({}, ("--time", "t"), 2, "no column 't'"),
    "time as words": ({"t": cycle("week 1", "week 2")}, ("--time", "t"), 2, "such as 'week 1'"),
    "empty time": ({"t": pl.lit(None, dtype=pl.Datetime("us"))}, ("--time", "t"), 2, "no value at all"),
    "one time": ({"t": pl.lit(5)}, ("--time", "t"), 2, "the same time"),
    "time with gaps": ({"t": cycle(*range(1, 50), None)}, ("--time", "t"), 0, ""),
    "time and group in one": ({"t": cycle(*range(1, 50))}, ("--time", "t", "--group", "t"), 0, ""),
    "split without its column": ({}, ("--split", "time"), 2, "needs a column"),
    "unknown split": ({}, ("--split", "tme"), 2, "Did you mean 'time'"),
}


@pytest.mark.parametrize("case", DIVIDED)
def test_columns_that_divide(case: str, go: Cli) -> None:
    columns, options, wanted, says = DIVIDED[case]
    code, said = go(plain(**columns), "y", *options)
    assert (code, says in said) == (wanted, True), said


def test_rows_without_time_or_group_are_told(go: Cli, tmp_path: Path) -> None:
    code, _ = go(
        plain(t=cycle(*range(1, 30), None), g=cycle("a", "b", None)), "y", "--time", "t", "--group", "g"
    )
    assert code == 0
    notes = " ".join(Project(tmp_path / "p").found("collect").notes)
    assert "4 labelled rows have no 't' and count as the oldest." in notes
    assert "40 labelled rows have no 'g' and stand alone." in notes


OPTIONS: dict[str, tuple[tuple[object, ...], str]] = {
    "task": (("--task", "binry"), "Did you mean 'binary'"),
    "unfit task": (("--task", "regression"), "holds numbers"),
    "metric": (("--metric", "rocauc"), "Did you mean 'roc_auc'"),
    "unfit metric": (("--metric", "rmse"), "no metric for binary"),
    "budget": (("--budget", "lots"), "120s, 2m, 1h30m"),
    "no budget": (("--budget", "0"), "more than 0"),
    "threads": (("--threads", "0"), "at least 1"),
    "seed": (("--seed", "-1"), "at least 0"),
    "refit": (("--refit", "some"), "development"),
    "test file": (("--test", "nowhere.csv"), "no file 'nowhere.csv' for --test"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_options_that_cannot_work(case: str, go: Cli) -> None:
    options, says = OPTIONS[case]
    code, said = go(plain(), "y", *options)
    assert (code, says in said) == (2, True), said


BRIEFS: dict[str, tuple[dict[str, Any], int, str]] = {
    "two weights": ({"columns": {"x": {"role": "weight"}, "z": {"role": "weight"}}}, 2, "one column"),
    "weight of words": ({"columns": {"c": {"role": "weight"}}}, 2, "holds no numbers"),
    "negative weight": ({"columns": {"x": {"role": "weight"}}}, 2, "negative in"),
    "unknown column": ({"columns": {"xx": {"role": "ignored"}}}, 2, "Did you mean 'x'"),
    "target ignored": ({"columns": {"y": {"role": "ignored"}}}, 2, "is what is predicted"),
    "second target": ({"columns": {"x": {"role": "target"}}}, 2, "[target] columns does not name"),
    "unfit kind": ({"columns": {"c": {"modality": "number"}}}, 2, "holds text, not numbers"),
    "unknown kind": ({"columns": {"c": {"modality": "numbr"}}}, 2, "Did you mean 'number'"),
    "half a place": ({"columns": {"x": {"modality": "place"}}}, 2, "no partner"),
    "people": ({"people__columns": ("sex",)}, 2, "[people] columns names 'sex'"),
    "cost column": ({"value__cost_miss": "price"}, 2, "[value] cost_miss names 'price'"),
    "cost of words": ({"value__cost_miss": "c"}, 2, "holds no numbers"),
    "negative cost": ({"value__cost_false_alarm": "x"}, 2, "negative in"),
    "rule": ({"existing__rule": "rules.py:late"}, 2, "no such file"),
    "positive": ({"target__positive": "jes"}, 3, "Did you mean 'yes'"),
}


@pytest.mark.parametrize("case", BRIEFS)
def test_briefs_that_do_not_fit_the_data(case: str, go: Cli, cli: Cli, tmp_path: Path) -> None:
    brief, wanted, says = BRIEFS[case]
    code, said = go(plain(), until="measure", **brief)
    assert (code, says in said) == (wanted, True), said
    mended = Project(tmp_path / "p").brief
    columns, value = {}, type(mended.value)()
    content = mended.plain() | {"columns": columns, "value": value.model_dump()}
    content["people"] = content["existing"] = {}
    content["target"] = {**content["target"], "positive": "yes"}
    type(mended).of(content).write(tmp_path / "p")
    assert cli("run", tmp_path / "p", "--until", "frame", "--no-input", "--yes")[0] == 0


TOML: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "names no data"),
    "no TOML": ("[budget\n", "is not TOML"),
    "binary": (bytes(range(256)), "not UTF-8"),
    "deep": ("a = " + "[" * 100_000, "nested too deeply"),
    "a long number": ("[budget]\nseed = " + "9" * 5000, "too long"),
    "a large seed": ("[budget]\nseed = 99999999999", "at most 2,147,483,647"),
    "many threads": ("[budget]\nthreads = 5000", "at most 1,024"),
    "an endless budget": ("[budget]\nseconds = 1e300", "at most 1,000,000,000"),
    "no numbers": ("[success]\nbar = nan\n[value]\nevents_per_day = inf\n", "2 mistakes"),
    "wrong types": ("[budget]\nthreads = 'two'\n[target]\ncolumns = {a = 1}\n", "2 mistakes"),
    "unknown table": ("[budjet]\nseconds = 5\n", "Did you mean 'budget'"),
    "unknown key": ("[data]\nsorce = 'a'\n", "Did you mean 'source'"),
    "climbing rule": ("[existing]\nrule = '../../evil.py:f'\n", "inside this folder"),
    "absolute rule": ("[existing]\nrule = '/etc/evil.py:f'\n", "inside this folder"),
}


@pytest.mark.parametrize("case", TOML)
def test_a_malicious_brief_is_refused_and_the_mended_one_goes_on(
    case: str, go: Cli, cli: Cli, tmp_path: Path
) -> None:
    assert go(plain(), until="frame")[0] == 0
    path, (content, says) = tmp_path / "p" / "milepost.toml", TOML[case]
    good = path.read_bytes()
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    code, said = cli("run", tmp_path / "p", "--until", "frame")
    assert (code, says in said) == (2, True), said
    path.write_bytes(good)
    assert cli("run", tmp_path / "p", "--until", "frame")[0] == 0


def test_a_rule_that_links_out_of_the_project_is_refused(go: Cli, cli: Cli, tmp_path: Path) -> None:
    assert go(plain(), until="frame")[0] == 0
    (tmp_path / "evil.py").write_text("def f(rows): raise SystemExit(9)\n")
    (tmp_path / "p" / "rules.py").symlink_to(tmp_path / "evil.py")
    path = tmp_path / "p" / "milepost.toml"
    path.write_text(path.read_text().replace('#rule = "rules.py:late"', 'rule = "rules.py:f"'))
    code, said = cli("status", tmp_path / "p")
    assert code == 2
    assert "leads out of the project" in said


@pytest.mark.parametrize("code", ["def (", "raise ValueError('no')", "import not_there_at_all"])
def test_a_broken_plugin_is_named(code: str, go: Cli, cli: Cli, tmp_path: Path) -> None:
    assert go(plain(), until="frame")[0] == 0
    (tmp_path / "p" / "plugins").mkdir()
    (tmp_path / "p" / "plugins" / "mine.py").write_text(code)
    found, said = cli("status", tmp_path / "p")
    assert found == 2
    assert "'mine.py' raised" in said


def test_a_frame_that_cannot_be_waived_says_so(go: Cli, cli: Cli, tmp_path: Path) -> None:
    go(plain(), until="frame", target__positive="jes")
    code, said = cli("run", tmp_path / "p", "--waive-all", "because", "--no-input")
    assert code == 2
    assert "cannot be waived" in said


def test_a_place_without_a_project(cli: Cli, tmp_path: Path) -> None:
    for words in (("run",), ("status",), ("report",), ("waive", "frame", "--because", "x")):
        code, said = cli(words[0], tmp_path, *words[1:])
        assert code == 2
        assert "milepost new" in said


def test_a_second_project_does_not_write_over_the_first(go: Cli, cli: Cli, tmp_path: Path) -> None:
    assert go(plain(), until="frame")[0] == 0
    before = (tmp_path / "p" / "milepost.toml").read_bytes()
    code, said = cli("new", tmp_path / "p", "--data", tmp_path / "data.parquet", "--target", "x")
    assert code == 2
    assert "already holds a project" in said
    assert (tmp_path / "p" / "milepost.toml").read_bytes() == before
    other = tmp_path / "q"
    other.mkdir()
    (other / "data.parquet").write_bytes(b"mine")
    with pytest.raises(Exception, match="not written over"):
        Project.new(other, plain(), "y")
    assert (other / "data.parquet").read_bytes() == b"mine"
    with pytest.raises(Exception, match="no column 'yy'"):
        Project.new(tmp_path / "r", plain(), "yy")
    assert Project.new(tmp_path / "r", plain(), "y").status().code == 0
