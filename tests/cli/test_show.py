"""What is printed reads well on narrow and wide terminals and in pipes."""

import io
import json

import pytest
from rich.console import Console

from milepost import Project
from milepost.cli import show

REASON = "120 of 600 labelled rows are sealed (drawn at random, 20.0% of the rows, evenly over the classes)."


def printed(width: int, terminal: bool) -> list[str]:
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=terminal, no_color=True, soft_wrap=True)
    show.row(console, "passed", "collect", "1.4 s", REASON)
    return stream.getvalue().replace("\x1b[1m", "").replace("\x1b[0m", "").replace("\x1b[2m", "").splitlines()


def test_a_narrow_terminal_wraps_and_indents() -> None:
    lines = printed(80, True)
    assert len(lines) == 2
    assert all(len(line) <= 80 for line in lines)
    assert lines[0].startswith("✓ collect        1.4 s 120 of 600")
    assert lines[1].startswith(" " * 23)
    assert " ".join(line[23:].strip() for line in lines) == REASON


def test_a_wide_terminal_keeps_lines_that_can_be_read() -> None:
    assert max(map(len, printed(300, True))) <= show.WIDEST


def test_a_pipe_gets_one_line_a_milepost() -> None:
    assert printed(80, False) == [f"✓ collect        1.4 s  {REASON}"]


def test_text_is_never_taken_for_markup(capsys: pytest.CaptureFixture[str]) -> None:
    show.row(show.out, "failed", "final", "", "[red]x[/] and [/nothing]")
    question = {"name": "a.b", "text": "is [this] so?", "options": ["[y]", "n"], "default": "n", "why": "[/]"}
    show.questions([question], "p q")
    told = capsys.readouterr().out
    assert "[red]x[/] and [/nothing]" in told
    assert "is [this] so?" in told
    assert "([y] or n)" in told
    assert "milepost answer 'p q' a.b n" in told


def test_json_is_one_document_without_what_json_cannot_say(capsys: pytest.CaptureFixture[str]) -> None:
    show.as_json({"a": float("nan"), "b": (1, 2), "c": "東京"})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [1, 2], "c": "東京"}


def test_the_road_shows_every_milepost_and_how_often_the_seal_was_opened(
    finished: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    show.road(finished.status())
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines[:13]] == [mile.step for mile in finished.status().miles]
    past = finished.status().beyond
    assert [line.split()[1] for line in lines[13 : 13 + len(past)]] == [mile.step for mile in past]
    assert (
        lines[13 + len(past)]
        == f"{len(finished.looks())} looks at validation rows; the seal was opened once."
    )


def test_every_look_is_a_line(finished: Project, capsys: pytest.CaptureFixture[str]) -> None:
    show.looks(finished.looks())
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(finished.looks()) + 1
    assert lines[-1] == f"{len(finished.looks())} looks at validation rows."


def test_nothing_waits(capsys: pytest.CaptureFixture[str]) -> None:
    show.questions([], ".")
    assert capsys.readouterr().out == "Nothing waits for an answer.\n"
