"""A running road on a real terminal: bars, time left, questions in place; elsewhere a line a step."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from milepost import Project
from milepost.cli.terminal import Clock, Terminal
from milepost.steps.work import Question

QUESTION = Question("frame.ethics.harm", "Whom could it harm?", (), "nobody")
PLAIN = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Screen:
    """A command on a terminal of its own, 80 columns wide."""

    def __init__(self, *words: object) -> None:
        self.master, inner = pty.openpty()
        environment = {**os.environ, "COLUMNS": "80", "LINES": "40", "TERM": "xterm-256color"}
        command = [sys.executable, "-m", "milepost", *map(str, words)]
        self.process = subprocess.Popen(
            command, stdin=inner, stdout=inner, stderr=inner, env=environment, start_new_session=True
        )
        os.close(inner)
        self.seen = ""

    def until(self, text: str, seconds: float = 90) -> str:
        """Everything shown so far, as soon as it holds a text."""
        deadline = time.monotonic() + seconds
        while text not in self.seen and time.monotonic() < deadline:
            if not select.select([self.master], [], [], 0.2)[0]:
                continue
            try:
                self.seen += PLAIN.sub("", os.read(self.master, 65536).decode(errors="replace"))
            except OSError:  # the other end is closed
                break
        assert text in self.seen, self.seen
        return self.seen

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())


def test_time_left_is_told_as_soon_as_it_is_known() -> None:
    assert Clock.times(75.4, 150.0) == "1:15, 1:15 left"
    assert Clock.times(8.0, None) == "0:08"
    assert Clock.times(30.0, 20.0) == "0:30", "longer than thought: nothing is promised"


def test_without_a_terminal_nobody_is_asked_and_steps_are_lines(
    finished: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    with terminal as talk:
        assert talk.ask(QUESTION) is None
        talk.say("half", 0.5)
        for evidence in finished.ledger.all()[:2]:
            talk.done(evidence, True)
    told = capsys.readouterr()
    assert told.out == ""
    assert [line.split()[1] for line in told.err.splitlines()] == ["frame", "collect"]


@pytest.mark.slow
def test_on_a_terminal_questions_are_put_in_place_and_an_interrupt_leaves_a_clean_line(
    tmp_path: Path, shop: pl.DataFrame
) -> None:
    project = Project.new(tmp_path / "p", shop, "bought", budget="20s")
    screen = Screen("run", project.folder)
    screen.until("answer [not answered]: ")
    screen.type("a family\n")
    screen.until("May these data be used")
    screen.type("\n")
    screen.until("✓ collect")
    screen.until("overfit")
    os.killpg(screen.process.pid, signal.SIGINT)
    shown = screen.until("the same command goes on.")
    assert screen.process.wait(30) == 130
    assert shown.rstrip().splitlines()[-1] == "stopped. What was finished is kept: the same command goes on."
    answers = project.ledger.answers()
    assert answers["frame.ethics.harm"]["value"] == "a family"
    assert answers["frame.ethics.consent"]["value"] == "not answered"
    again = Screen("run", project.folder, "--until", "baseline")
    shown = again.until("next:")
    assert again.process.wait(30) == 0
    assert "Whom could" not in shown
    assert shown.count("unchanged") >= 7
    assert shown.count("✓ collect") == 1, "what was shown on the way is not shown again"
    assert "collect           unchanged" not in shown


@pytest.mark.slow
def test_the_end_of_input_is_no_answer(tmp_path: Path, shop: pl.DataFrame) -> None:
    project = Project.new(tmp_path / "p", shop, "bought")
    screen = Screen("run", project.folder)
    screen.until("answer [not answered]: ")
    screen.type("\x04")
    screen.until("next:")
    assert screen.process.wait(30) == 4
    assert project.ledger.answers() == {}
