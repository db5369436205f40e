"""What the traps share: the command line as a function, and a project of a table in one call."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from milepost import Project
from milepost.cli.main import run
from milepost.testing import toys

Cli = Callable[..., tuple[int, str]]
Dying = Callable[..., AbstractContextManager[Callable[[str], None]]]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command; returns its exit code and everything it printed, on one line, never a traceback."""

    def call(*words: object) -> tuple[int, str]:
        code = run([str(word) for word in words])
        said = capsys.readouterr()
        text = " ".join((said.err + said.out).split())
        assert "Traceback" not in text
        assert "fault of milepost" not in text
        return code, text

    return call


@pytest.fixture
def dying(tmp_path: Path) -> Dying:
    """Starts a program that begins a run for each moment it reads; gives what has a run killed at one."""

    @contextmanager
    def started(program: str, *words: object) -> Iterator[Callable[[str], None]]:
        command, told = [sys.executable, "-c", program, *map(str, words)], tmp_path / "told"
        pipe = subprocess.PIPE
        with (
            told.open("w") as errors,
            subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors, text=True) as runs,
        ):
            assert runs.stdin is not None
            assert runs.stdout is not None
            asked, answered = runs.stdin, runs.stdout

            def kill(moment: str) -> None:
                asked.write(f"{moment}\n")
                asked.flush()
                assert answered.readline() == f"{-signal.SIGKILL}\n", told.read_text()

            yield kill

    return started


@pytest.fixture
def go(cli: Cli, tmp_path: Path) -> Cli:
    """Makes a project of a table or file and runs it; returns the first code that is not 0."""

    def call(
        data: object, target: str = "y", *options: object, until: str = "collect", **brief: Any
    ) -> tuple[int, str]:
        if isinstance(data, pl.DataFrame):
            data.write_parquet(tmp_path / "data.parquet")
            data = tmp_path / "data.parquet"
        folder = tmp_path / "p"
        shutil.rmtree(folder, ignore_errors=True)
        code, said = cli("new", folder, "--data", data, "--target", target, *options)
        if code:
            return code, said
        if brief:
            changed = Project(folder).brief.changed({k.replace("__", "."): v for k, v in brief.items()})
            changed.write(folder)
        return cli("run", folder, "--until", until, "--yes", "--no-input")

    return call


@pytest.fixture
def collected(go: Cli, tmp_path: Path) -> Path:
    """A project that has its rows."""
    assert go(toys.plain(2000))[0] == 0
    return tmp_path / "p"
