"""Options that commands share, and how a run is started and ended on a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from milepost.brief import FILE
from milepost.cli import show
from milepost.cli.terminal import Terminal
from milepost.project import Project
from milepost.project.status import Status

Dir = Annotated[Path, typer.Argument(help="The project's folder.", metavar="DIR")]
Json = Annotated[bool, typer.Option("--json", help="Print the same facts as one JSON document.")]
Quiet = Annotated[bool, typer.Option("--no-input", help="Never ask; stop where a person has to answer.")]
Yes = Annotated[
    bool, typer.Option("--yes", help="Take every stated default; still stops where a gate fails.")
]
By = Annotated[str | None, typer.Option(help="Your name; the one you are logged in with if left out.")]
HERE = Path(".")


def carry(project: Project, yes: bool = False, ask: bool = True, **how: Any) -> Status:
    """Runs a project's road with progress on standard error; `how` goes to `Project.run`."""
    with Terminal(yes, ask) as talk:
        return project.run(talk=talk, **how)


def end(status: Status, report: Path | None = None, told: bool = False, following: str = "") -> None:
    """Prints the road, what waits, the report's path and what comes next.

    Args:
        status: where the project stands.
        report: a report that was written.
        told: whether the finished mileposts were just shown to the same person.
        following: what comes next, where it is something else than the status says.
    """
    if not (told and show.err.is_terminal and show.out.is_terminal):
        show.road(status)
    if status.waiting:
        show.questions(status.waiting, status.folder)
    if report:
        show.out.print(f"[bold]report:[/] {show.escape(str(report))}")
    show.following(following or status.next)


def shift(folder: Path, *words: str) -> tuple[Path, tuple[str, ...]]:
    """The project's folder and the words after it; words that name no project belong to the present one.

    Args:
        folder: the first word, as it was taken for a folder.
        words: the others, "" where they were left out.
    """
    if not (folder / FILE).is_file() and (HERE / FILE).is_file() and not words[-1]:
        return HERE, (str(folder), *words[:-1])
    return folder, words
