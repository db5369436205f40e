"""Options that commands share, and how a run is started and ended on a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from milepost.cli import show
from milepost.cli.terminal import Terminal
from milepost.project import Project
from milepost.project.status import Status

Dir = Annotated[Path, typer.Argument(help="The project's folder.", metavar="[DIR]")]
Json = Annotated[bool, typer.Option("--json", help="Print the same facts as JSON.")]
Quiet = Annotated[bool, typer.Option("--no-input", help="Never ask; stop where a person has to answer.")]
Yes = Annotated[
    bool, typer.Option("--yes", help="Take every stated default; still stops where a gate fails.")
]
HERE = Path(".")


def carry(project: Project, json: bool, yes: bool = False, ask: bool = True, **how: Any) -> Status:
    """Runs a project's road with progress on the terminal; `how` goes to `Project.run`."""
    with Terminal(yes, ask, quiet=json) as talk:
        return project.run(talk=talk, **how)


def end(status: Status, report: Path | None, json: bool) -> None:
    """Prints the road, what waits and the report's path; or all of it as JSON."""
    if json:
        show.as_json({**status.plain(), "report": str(report) if report else None})
        return
    show.out.print()
    show.road(status)
    if status.waiting:
        show.questions(status.waiting, status.folder)
    if report:
        show.out.print(f"[bold]report:[/] {report}")
