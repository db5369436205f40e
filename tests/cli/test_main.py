"""What goes wrong becomes one clear line and an exit code, or one JSON document; never a traceback."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from milepost import Project
from milepost.cli import main
from milepost.errors import Corrupt

Milepost = Callable[..., Any]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["staus"], 2, "No such command 'staus'. Did you mean 'status'? See: milepost --help"),
        (["run", "--untl", "tune"], 2, "No such option"),
        (["waive", ".", "final"], 2, "Missing option '--because'. See: milepost waive --help"),
        (["new", "p", "--data", "nowhere.csv", "--target", "y"], 2, "there is no file 'nowhere.csv'."),
        (["run", "nowhere"], 2, "there is no milepost.toml in 'nowhere'."),
        (["looks", "nowhere"], 2, "Make a project: milepost new DIR --data FILE --target COLUMN."),
        (["verify", "nowhere.zip"], 2, "there is no package at 'nowhere.zip'."),
        (["demo", "nowhere"], 2, "there is no demo 'nowhere'."),
        (["serve", "nowhere"], 2, "there is no milepost.toml"),
    ],
)
def test_a_mistake_is_one_line_and_its_exit_code(
    milepost: Milepost, words: list[str], code: int, sentence: str
) -> None:
    said = milepost(*words)
    assert said.code == code
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    assert sentence in said.err


@pytest.mark.parametrize("words", [["staus"], ["run", "nowhere"], ["run", "--bla"]])
def test_a_mistake_is_json_where_json_is_asked_for(milepost: Milepost, words: list[str]) -> None:
    said = milepost(*words, "--json")
    assert (said.code, said.err) == (2, "")
    assert said.json["code"] == 2
    assert set(said.json["error"]) == {"kind", "message", "what", "expected", "todo"}
    assert said.json["error"]["kind"] in ("UsageError", "BriefError")


def raising(problem: BaseException) -> typer.Typer:
    app = typer.Typer()

    @app.command()
    def fail(json: bool = False) -> None:
        raise problem

    @app.command()
    def other() -> None:
        pass

    return app


@pytest.mark.parametrize(
    ("problem", "code", "sentence"),
    [
        (Corrupt("these bytes were damaged."), 1, "error: these bytes were damaged."),
        (PermissionError(13, "Permission denied", "/x"), 1, "error: Permission denied (/x)."),
        (KeyboardInterrupt(), 130, "stopped. What was finished is kept: the same command goes on."),
        (
            ZeroDivisionError("by zero"),
            1,
            "error: a fault of milepost, not yours: ZeroDivisionError: by zero.",
        ),
    ],
)
def test_every_exception_has_its_line_and_code(
    milepost: Milepost, monkeypatch: pytest.MonkeyPatch, problem: BaseException, code: int, sentence: str
) -> None:
    monkeypatch.setattr("milepost.cli.app.app", raising(problem))
    said = milepost("fail")
    assert (said.code, said.out) == (code, "")
    assert said.err.startswith(sentence)
    assert milepost("fail", "--json").json["code"] == code


def test_the_traceback_of_a_fault_of_ours_is_kept_in_a_file(
    milepost: Milepost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("milepost.cli.app.app", raising(ZeroDivisionError("by zero")))
    log = Path(milepost("fail").err.split("Details: ")[1].strip())
    assert "Traceback" in log.read_text()
    log.unlink()


def test_a_reader_that_leaves_early_is_no_error(finished: Project) -> None:
    command = f"{sys.executable} -m milepost status {finished.folder} | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.split()[1] == "frame"


def test_two_documents_are_never_printed(milepost: Milepost, copied: Project) -> None:
    graph = copied.package / "model.onnx"
    graph.write_bytes(graph.read_bytes()[:-1] + b"\x00")
    said = milepost("verify", copied.folder, "--json")
    assert said.code == said.json["code"] == 3


def test_main_is_what_the_console_script_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["milepost", "--version"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
