"""Bad and strange data is answered with a sentence and exit code 2, or goes down the road."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from milepost import Project
from milepost.testing.toys import cycle, plain

ROWS = 120
Cli = Callable[..., tuple[int, str]]


def written(tmp_path: Path, content: str | bytes, name: str = "data.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


REFUSED: dict[str, tuple[str | bytes, str, str]] = {
    "empty": ("", "data.csv", "is empty"),
    "blank": (" \n\n", "data.csv", "nothing but blanks"),
    "header only": ("x,z,y\n", "data.csv", "has no rows"),
    "one column": ("y\n1\n2\n", "data.csv", "only one column"),
    "two rows": ("x,y\n1,2\n3,4\n", "data.csv", "2 labelled rows"),
    "duplicate names": ("x,x,y\n1,2,3\n", "data.csv", "more than one column named 'x'"),
    "0-byte Parquet": (b"", "data.parquet", "0 bytes"),
    "broken Parquet": (b"PAR1 nothing", "data.parquet", "not a readable Parquet"),
    "broken gzip": (b"\x1f\x8bnothing", "data.csv.gz", "cannot be unpacked"),
    "broken Excel": (b"PKnothing", "data.xlsx", "not a readable Excel"),
    "broken JSON": ('{"x": 1, "y": 2}\n{"x": ', "data.jsonl", "line 2"),
    "JSON of numbers": ("[1, 2, 3]", "data.json", "not a list of objects"),
    "binary": (bytes(range(256)) * 9, "data.csv", "not text"),
    "unknown suffix": ("x,y\n1,2\n", "data.xyz", "suffix"),
    "no suffix": ("x,y\n1,2\n", "data", "suffix"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_files_that_hold_no_table_are_refused(case: str, go: Cli, tmp_path: Path) -> None:
    content, name, says = REFUSED[case]
    code, said = go(written(tmp_path, content, name))
    assert (code, says in said) == (2, True), said
    assert not (tmp_path / "p" / "milepost.toml").exists()


@pytest.mark.parametrize(("cut", "fields"), [(",extra", 5), (None, 2)])
def test_a_ragged_row_is_named_by_its_line(cut: str | None, fields: int, go: Cli, tmp_path: Path) -> None:
    lines = plain().write_csv().splitlines()
    lines[57] = lines[57] + cut if cut else "1,2"
    code, said = go(written(tmp_path, "\n".join(lines)))
    assert code == 2
    assert f"line 58 of 'data.csv' has {fields} fields where the header has 4" in said
    assert go(plain(), until="frame")[0] == 0


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("flihgts.csv", "Did you mean 'flights.csv'"),
        ("nowhere/flights.csv", "no folder"),
        ("a" * 5000 + ".csv", "cannot be a path"),
        ("~nobody-here/x.csv", "cannot be a path"),
        ("https://example.org/a.csv", "Fetch the file first"),
        ("sqlite:///nowhere.db?table=x", "no database file"),
    ],
)
def test_a_missing_file_is_answered_with_the_nearest(
    source: str, says: str, go: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "x,y\n1,2\n", "flights.csv")
    code, said = go(source)
    assert (code, says in said) == (2, True), said


TARGETS: dict[str, tuple[pl.DataFrame, str, int, str]] = {
    "misspelt": (plain(), "yy", 2, "Did you mean 'y'"),
    "other case": (plain(), "Y", 2, "Did you mean 'y'"),
    "space forgotten": (plain().rename({"y": "late "}), "late", 2, "Did you mean 'late '"),
    "empty": (plain(), "", 2, "no target was named"),
    "named twice": (plain(), "x,x", 2, "twice"),
    "one class": (plain(y=pl.lit("yes")), "y", 2, "nothing to learn"),
    "constant number": (plain(x=pl.lit(3.0)), "x", 2, "nothing to learn"),
    "identifier": (plain(y=cycle(*(f"k{i}" for i in range(ROWS)))), "y", 2, "identifier"),
    "no label at all": (plain(y=pl.lit(None, dtype=pl.String)), "y", 2, "0 labelled rows"),
    "dates": (plain(y=cycle("2020-01-01", "2020-01-02").str.to_date()), "y", 2, "no task suits"),
    "too large": (plain(x=pl.col("x") * 1e200), "x", 2, "squares"),
    "too close": (plain(x=pl.col("x") * 1e-200), "x", 2, "squares"),
    "few labels": (plain(15), "y", 3, "too few"),
    "a class with few rows": (plain(y=cycle(*["a"] * 30, "b")), "y", 0, ""),
}


@pytest.mark.parametrize("case", TARGETS)
def test_targets(case: str, go: Cli) -> None:
    frame, target, wanted, says = TARGETS[case]
    code, said = go(frame, target)
    assert (code, says in said) == (wanted, True), said


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([True, False], 2),
        ([0.0, 1.0], 2),
        ([-7, 93, 193, 293, 393], 5),
        (["yes", "yes ", " yes", "YES"], 4),
        (["nan", "None", "null"], 3),
        (["q" * 20_000, "r" * 20_000], 2),
        (["a\n'\"🙂", "<b>", "{{c}}", "\u202ed"], 4),
    ],
)
def test_strange_labels_are_kept_as_they_are(
    labels: list[Any], classes: int, go: Cli, tmp_path: Path
) -> None:
    code, said = go(plain(y=cycle(*labels)), until="annotate")
    assert code == 0, said
    found = Project(tmp_path / "p").found("annotate")
    assert len(found.labels["counts"]) == classes
    assert found.rows + 24 == ROWS


def test_rows_without_a_label_are_set_aside_and_counted(go: Cli, tmp_path: Path) -> None:
    half = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.col("y"))
    code, said = go(plain(y=half))
    assert code == 0
    assert "60 without a target are set aside" in said
    numbers = cycle(1.5, float("nan"), float("inf"), 3.5, -2.0, 8.25) * cycle(*range(1, 62))
    code, said = go(plain(y=numbers), "y", "--task", "regression")
    assert code == 0
    assert "without a target are set aside" in said


NAMES = (
    'a"b',
    "new\nline",
    "dot.ted",
    "🙂",
    "",
    "target",
    "rows",
    "late ",
    " lead",
    "tab\there",
    "a,b",
    "[x]",
)
MORE = (
    "prediction",
    "proba_yes",
    "decision",
    "features",
    "const_1",
    "cast_2",
    "count",
    "index",
    "literal",
    "v",
)


@pytest.mark.parametrize("names", [NAMES, MORE], ids=["punctuation", "names milepost uses"])
def test_odd_names_go_down_the_road(names: tuple[str, ...], go: Cli, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    more = {name: rng.normal(size=ROWS) for name in names[::2]}
    more |= {name: rng.choice(["u", "v"], ROWS) for name in names[1::2]}
    code, said = go(plain().hstack(pl.DataFrame(more)), until="protocol")
    assert code == 0, said
    assert set(names) - {""} <= set(Project(tmp_path / "p").found("frame").inputs)


@pytest.mark.parametrize("name", ["__row__", "*", "^.*$"])
def test_names_that_cannot_be_are_refused(name: str, go: Cli) -> None:
    code, said = go(plain().rename({"z": name}))
    assert code == 2
    assert "Rename the column" in said


def test_a_target_of_odd_name_is_found(go: Cli, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["x\n1", 'z"q', "c ", "target"])
        writer.writerows(plain().rows())
    assert go(path, "target", until="frame")[0] == 0
    assert go(plain().rename({"y": 'ta"r\nget.x, z'}), 'ta"r\nget.x, z', until="frame")[0] == 0


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig", "latin-1"])
def test_encodings_are_found(encoding: str, go: Cli, tmp_path: Path) -> None:
    frame = plain(c=cycle("größe", "süß", "naïve")).rename({"c": "länge"}).select("y", "länge", "x", "z")
    code, said = go(written(tmp_path, frame.write_csv().encode(encoding)))
    assert code == 0, said
    assert Project(tmp_path / "p").found("frame").inputs[0] == "länge"


def test_money_shares_dates_and_gaps_are_read(go: Cli, tmp_path: Path) -> None:
    days = [f"2013-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(ROWS)]
    frame = plain(
        price=cycle(*(f"{1000 + 7 * i:,}.50" for i in range(ROWS))),
        euro=cycle(*(f"€{i}" for i in range(50))),
        share=cycle(*(f"{i} %" for i in range(99))),
        local=cycle(*(f"{1 + i % 28:02d}.{1 + i % 12:02d}.2013" for i in range(ROWS))),
        zoned=cycle(
            *(f"{day}T10:00:00{zone}" for day, zone in zip(days, cycle("Z", "+02:00", "-0500"), strict=True))
        ),
        mixed=cycle(*(days[i] if i % 2 else "5. Januar" for i in range(ROWS))),
        gaps=cycle(1.5, float("nan"), float("inf"), -2.5),
        nothing=pl.lit(None, dtype=pl.String),
        word=cycle("1", "2", "three"),
    )
    code, said = go(written(tmp_path, frame.write_csv()), until="understand")
    assert code == 0, said
    project = Project(tmp_path / "p")
    kinds = {column["name"]: column["dtype"] for column in project.found("understand").schema}
    wanted = {"price": "float", "euro": "float", "share": "float", "local": "date", "zoned": "datetime"}
    wanted |= {"mixed": "text", "gaps": "float", "nothing": "text", "word": "text"}
    assert wanted.items() <= kinds.items()
    notes = " ".join(project.found("collect").notes)
    for says in ("'price': '", "percent signs", "turned to UTC", "infinite", "'nothing': holds no value"):
        assert says in notes


def test_dates_beyond_the_calendar_are_missing_and_said(go: Cli, tmp_path: Path) -> None:
    far = cycle(-(2**62), 2**62, 0, 10**15).cast(pl.Datetime("us"))
    code, said = go(plain(far=far), until="understand")
    assert code == 0, said
    assert "60 value(s) outside the years 1 to 9999" in " ".join(
        Project(tmp_path / "p").found("collect").notes
    )


def test_many_categories_and_many_columns(go: Cli, tmp_path: Path) -> None:
    rows = 20_000
    many = plain(rows, u=pl.int_range(pl.len()).hash().cast(pl.String), k=pl.int_range(pl.len()) % 5000)
    code, said = go(many.with_columns(pl.format("k{}", "k").alias("k")), until="prepare")
    assert code == 0, said
    roles = {c["name"]: c["role"] for c in Project(tmp_path / "p").found("understand").schema}
    assert (roles["u"], roles["k"]) == ("ignored", "input")
    rng = np.random.default_rng(2)
    wide = plain().hstack(pl.DataFrame({f"w{i}": rng.normal(size=ROWS) for i in range(300)}))
    code, said = go(wide, until="annotate")
    assert code == 0, said


def test_inputs_that_hold_nothing_stop_at_a_gate(go: Cli, cli: Cli, tmp_path: Path) -> None:
    code, said = go(plain().select(pl.lit(1.0).alias("x"), pl.lit(None).alias("z"), "y"), until="prepare")
    assert code == 3
    assert "No column is left" in said
    code, said = cli("run", tmp_path / "p", "--until", "prepare", "--waive-all", "to see", "--no-input")
    assert code == 2
    assert "'x': it holds one value only" in said


TESTS: dict[str, tuple[pl.DataFrame, int, str]] = {
    "other columns": (plain(40).rename({"x": "xx"}), 2, "Did you mean 'xx'"),
    "other types": (plain(40, x=pl.lit("one")), 2, "'x' holds text in the test file"),
    "no labels": (plain(40).drop("y"), 2, "lacks the column(s) 'y'"),
    "no label known": (plain(40, y=pl.lit(None, dtype=pl.String)), 2, "no row of the test file has a label"),
    "a new label": (plain(40, y=pl.lit("perhaps")), 2, "'perhaps', which is no label"),
    "the same rows": (plain(), 2, "repeats in the test file"),
    "more columns": (plain(40, x=pl.col("x") + 9, more=pl.lit(1)), 0, "the test file given"),
}


@pytest.mark.parametrize("case", TESTS)
def test_the_users_test_file(case: str, go: Cli, tmp_path: Path) -> None:
    frame, wanted, says = TESTS[case]
    frame.write_parquet(tmp_path / "test.parquet")
    code, said = go(plain(), "y", "--test", tmp_path / "test.parquet")
    assert (code, says in said) == (wanted, True), said


def test_a_source_that_goes_or_changes_is_told_and_comes_back(go: Cli, cli: Cli, tmp_path: Path) -> None:
    assert go(plain())[0] == 0
    source, folder = tmp_path / "data.parquet", tmp_path / "p"
    source.unlink()
    code, said = cli("run", folder, "--until", "collect")
    assert code == 2
    assert "no file" in said
    plain().rename({"y": "yy"}).write_parquet(source)
    code, said = cli("run", folder, "--until", "collect")
    assert code == 2
    assert "Did you mean 'yy'" in said
    plain().write_parquet(source)
    assert cli("run", folder, "--until", "collect")[0] == 0
