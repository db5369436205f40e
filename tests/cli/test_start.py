"""The commands that begin something: try, new, demo."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from milepost import Project
from milepost.brief import Brief
from milepost.cli.start import guesses, watched
from milepost.demos.base import Demo, demos

Milepost = Callable[..., Any]


def test_new_tells_what_it_guessed_and_why(milepost: Milepost, csv: Path, tmp_path: Path) -> None:
    said = milepost("new", tmp_path / "p", "--data", csv, "--target", "bought")
    assert said.code == 0
    assert "target.task = \"binary\"  'bought' holds two values" in said.out
    assert 'success.metric = "roc_auc"' in said.out
    assert f"next: milepost run {tmp_path / 'p'}" in said.out
    again = milepost("new", tmp_path / "p", "--data", csv, "--target", "bought")
    assert again.code == 2
    assert "already holds a project" in again.err


def test_new_takes_every_option(milepost: Milepost, csv: Path, tmp_path: Path) -> None:
    like = tmp_path / "like"
    Brief.of({"problem": {"why": "To learn."}}).write(like)
    said = milepost(
        "new", tmp_path / "p", "--data", csv, "--target", "bought", "--task", "binary", "--metric", "brier",
        "--time", "joined", "--split", "time", "--test", csv, "--production", csv, "--budget", "2m",
        "--threads", "1", "--seed", "7", "--refit", "all", "--like", like, "--json",
    )  # fmt: skip
    assert said.code == 0, said.out
    brief = said.json
    assert brief["problem"]["why"] == "To learn."
    assert brief["data"]["time"] == "joined"
    assert brief["data"]["test"] == brief["data"]["production"] == str(csv)
    assert brief["success"]["metric"] == "brier"
    assert brief["budget"] == {"seconds": 120.0, "threads": 1, "seed": 7, "refit": "all", "trials": None}
    other = milepost("new", tmp_path / "q", "--data", csv, "--target", "bought", "--group", "visit", "--like",
                     like / "milepost.toml", "--json")  # fmt: skip
    assert other.json["data"]["group"] == "visit"


def test_new_makes_the_present_folder_a_project(
    milepost: Milepost, csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert milepost("new", "--data", "shop.csv", "--target", "bought").code == 0
    assert Project(".").brief.target.columns == ("bought",)


def test_guesses_are_read_from_the_comments_of_a_brief() -> None:
    text = '[target]\n# The task. (inferred: two (2) values)\ntask = "binary"\n# Other.\n#positive = "x"\n'
    assert guesses(text) == [("target.task", '"binary"', "two (2) values")]


def test_a_report_is_opened_only_where_there_is_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    assert not watched(), "standard output is no terminal here"


@pytest.mark.slow
def test_try_needs_a_file_and_a_target_and_leaves_a_report(
    milepost: Milepost, csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    said = milepost("try", "shop.csv", "--target", "bought", "--budget", "4s")
    assert said.code == 0
    assert "✓ ship" in said.out
    assert f"report: {tmp_path / 'milepost-report.html'}" in said.out
    assert "milepost try shop.csv --target bought --keep DIR keeps the project" in said.out
    told = (tmp_path / "milepost-report.html").read_text()
    assert told.count("<html") == 1
    assert "temporary" not in told, "the report names no folder that is gone"
    assert os.listdir(tmp_path / "temporary") == [], "the temporary project is gone"


@pytest.mark.slow
def test_try_waives_what_fails_and_can_keep_the_project(
    milepost: Milepost, tmp_path: Path, shop: Any
) -> None:
    noise = shop.with_columns(shop["bought"].shuffle(seed=1))
    noise.write_csv(tmp_path / "noise.csv")
    said = milepost(
        "try",
        tmp_path / "noise.csv",
        "--target",
        "bought",
        "--keep",
        tmp_path / "kept",
        "--budget",
        "4s",
        "--json",
    )
    assert said.code == 0
    assert said.json["report"] == str(tmp_path / "kept" / "report.html")
    waived = [mile for mile in said.json["miles"] if mile["state"] == "waived"]
    assert "baseline" in [mile["step"] for mile in waived]
    assert all("a first try" in mile["reason"] for mile in waived)
    assert Project(tmp_path / "kept").verify().passed


def test_try_refuses_what_cannot_be_tried(milepost: Milepost, csv: Path, tmp_path: Path) -> None:
    assert milepost("try", csv, "--target", "bougth").code == 2
    assert "no file" in milepost("try", tmp_path / "nowhere.csv", "--target", "y").err
    assert not (Path.cwd() / "milepost-report.html").exists()


@pytest.mark.slow
def test_demo_makes_a_project_runs_it_and_says_how_to_go_on(
    milepost: Milepost, csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(folder: Path) -> Brief:
        return Project.new(folder, csv, "bought", budget="5s").brief

    toy = Demo("toy", "A shop.", build)
    monkeypatch.setitem(demos._items, "toy", toy)
    folder = tmp_path / "toy"
    made = milepost("demo", "toy", "--into", folder, "--build-only", "--json")
    assert made.json == {"folder": str(folder)}
    said = milepost("demo", "toy", "--into", folder)
    assert said.code in (0, 3)
    assert f"report: {folder / 'report.html'}" in said.out
    assert f"ask it: milepost predict {folder} --data {csv} --out answers.parquet" in said.out
    assert milepost("demo", "toy", "--into", folder, "--json").json["report"] == str(folder / "report.html")
