"""The commands around a package: predict, ship, verify, serve."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from milepost import Project
from milepost.cli.deliver import package_of
from milepost.errors import InputError

Milepost = Callable[..., Any]


def test_predict_answers_a_file_in_its_order(
    milepost: Milepost, finished: Project, csv: Path, tmp_path: Path, shop: pl.DataFrame
) -> None:
    said = milepost("predict", finished.folder, "--data", csv, "--out", tmp_path / "answers.csv")
    assert said.code == 0
    assert said.out == f"600 rows answered: {tmp_path / 'answers.csv'}\n"
    answers = pl.read_csv(tmp_path / "answers.csv")
    assert answers.height == shop.height
    assert {"prediction", "proba_no", "proba_yes", "decision"} <= set(answers.columns)
    said = milepost("predict", finished.package, "--data", csv, "--out", tmp_path / "a.parquet", "--json")
    assert said.json == {"rows": 600, "out": str(tmp_path / "a.parquet")}
    again = pl.read_parquet(tmp_path / "a.parquet")
    assert again["proba_yes"].to_list() == pytest.approx(answers["proba_yes"].to_list(), abs=1e-6)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--data", "nowhere.csv", "--out", "a.csv"), "no file 'nowhere.csv'"),
        (("--data", "shop.csv", "--out", "a.doc"), "suffix"),
        (("--data", "other.csv", "--out", "a.csv"), "income"),
    ],
)
def test_predict_says_what_it_cannot_answer(
    milepost: Milepost, finished: Project, csv: Path, monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...], sentence: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(csv.parent)
    Path("other.csv").write_text("a,b\n1,2\n")
    said = milepost("predict", finished.folder, *words)
    assert said.code == 2
    assert sentence in said.err


def test_ship_verify_and_a_package_that_was_tampered_with(
    milepost: Milepost, copied: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "shipped"
    said = milepost("ship", copied.folder, "--to", "server", "--out", out, "--json")
    assert said.code == 0, said.out
    assert said.json["folder"] == str(out)
    for place in (copied.folder, copied.package, out):
        said = milepost("verify", place)
        assert said.code == 0
        assert said.out.startswith("Proven: 500 golden rows")
    monkeypatch.chdir(copied.folder)
    assert milepost("verify", "--json").json["passed"] is True
    archive = shutil.make_archive(str(tmp_path / "packed"), "zip", copied.package)
    assert milepost("verify", archive).code == 0
    golden = copied.package / "golden.json"
    text = golden.read_text()
    answers = json.loads(text)
    answers["answers"]["proba"][0] = [0.5, 0.5]
    golden.write_text(json.dumps(answers))
    said = milepost("verify", copied.package)
    assert said.code == 3
    assert said.out.startswith("Not proven")
    golden.write_text(text[: len(text) // 2])
    assert milepost("verify", copied.package).code == 3
    golden.unlink()
    said = milepost("verify", copied.package, "--json")
    assert (said.code, said.json["passed"], said.json["code"]) == (3, False, 3)


def test_what_is_no_package_is_refused(tmp_path: Path, csv: Path) -> None:
    for path in (tmp_path, csv):
        with pytest.raises(InputError, match="neither a project nor a package"):
            package_of(path)


def test_a_package_that_is_not_of_the_present_state_is_told_of(
    milepost: Milepost, copied: Project, csv: Path, tmp_path: Path
) -> None:
    copied.brief.changed({"value.cost_miss": 20.0, "value.cost_false_alarm": 1.0}).write(copied.folder)
    said = milepost("predict", copied.folder, "--data", csv, "--out", tmp_path / "a.csv")
    assert said.code == 0
    assert "the package is not of the project's present state: milepost run" in said.err


def test_a_project_without_a_package_says_what_to_do(milepost: Milepost, young: Path) -> None:
    for words in (("verify", young), ("serve", young), ("predict", young, "--data", "a", "--out", "b")):
        said = milepost(*words)
        assert said.code == 2
        assert f"has no package yet. Run the road: milepost run {young}" in said.err


@pytest.mark.slow
def test_serve_answers_and_ends_when_told_to(copied: Project) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "milepost", "serve", str(copied.folder), "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        row = json.loads((copied.package / "golden.json").read_text())["rows"]
        body = json.dumps({name: values[0] for name, values in row.items()}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/predict", body, {"content-type": "application/json"}
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(request, timeout=5) as answered:
                    assert "prediction" in answered.read().decode()
                break
            except OSError:
                assert time.monotonic() < deadline
                assert server.poll() is None
                time.sleep(0.2)
        server.send_signal(signal.SIGINT)
        assert server.wait(60) in (0, 130)
    logged = [line for file in (copied.folder / "requests").rglob("*") if file.is_file()
              for line in file.read_text().splitlines()]  # fmt: skip
    assert len(logged) == 1


def test_a_port_that_is_taken_is_said(copied: Project) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "milepost", "serve", str(copied.folder), "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=dict(os.environ))
    assert done.returncode == 1
    assert f"the server could not start on 127.0.0.1:{port}. Name another port" in done.stderr
    assert "Traceback" not in done.stderr
