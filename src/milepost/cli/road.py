"""The commands along the road: run, status, next, answer, waive, looks, report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from milepost.cli import show
from milepost.cli.common import HERE, Dir, Json, Quiet, Yes, carry, end
from milepost.errors import UsageError
from milepost.project import Project


def run(
    dir: Dir = HERE,
    until: Annotated[str | None, typer.Option(help="The last milepost to run.")] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="Run this milepost and those after it again.")
    ] = None,
    yes: Yes = False,
    no_input: Quiet = False,
    waive_all: Annotated[
        str | None, typer.Option(help="Waive each failed gate with this reason, and go on.")
    ] = None,
    json: Json = False,
) -> None:
    """Runs the road until a gate fails, a person has to answer, or its end."""
    project = Project(dir)
    status = carry(project, json, yes, not no_input, until=until, start=start, waive_all=waive_all)
    end(status, None, json)
    raise typer.Exit(status.code)


def status(dir: Dir = HERE, json: Json = False) -> None:
    """Where the project stands: every milepost, what waits, what comes next."""
    found = Project(dir).status()
    show.as_json(found.plain()) if json else end(found, None, json)


def next_(dir: Dir = HERE, json: Json = False) -> None:
    """The next command, and why."""
    found = Project(dir).status()
    show.as_json({"next": found.next}) if json else show.out.print(show.escape(found.next))


def answer(
    dir: Dir = HERE,
    question: Annotated[str, typer.Argument(help="The question's name; none: list what waits.")] = "",
    value: Annotated[str, typer.Argument(help="The answer.")] = "",
    by: Annotated[str | None, typer.Option(help="Who answers.")] = None,
    because: Annotated[str, typer.Option(help="Why.")] = "",
    json: Json = False,
) -> None:
    """Answers a question that waits; alone it lists what waits."""
    project = Project(dir)
    if question and not value:
        raise UsageError(
            f"no value for '{question}'.", todo=f"Give one: milepost answer {dir} {question} VALUE"
        )
    if question:
        project.answer(question, value, by, because)
    waiting = project.ledger.waiting() if not question else []
    if json:
        show.as_json({"answered": question or None, "waiting": waiting})
    elif question:
        show.out.print(f"Recorded. Go on with: milepost run {dir}")
    else:
        show.questions(waiting, str(dir))


def waive(
    dir: Path,
    step: str,
    because: Annotated[str, typer.Option(help="Why the road may go on all the same.")],
    by: Annotated[str | None, typer.Option(help="Who waives.")] = None,
    json: Json = False,
) -> None:
    """Waives a failed milepost with a reason and a name; the report prints it."""
    made = Project(dir).waive(step, because, by)
    show.as_json(made) if json else show.out.print(show.escape(made.reason))


def looks(dir: Dir = HERE, json: Json = False) -> None:
    """Every look at validation rows so far."""
    seen = Project(dir).looks()
    show.as_json(seen) if json else show.looks(seen)


def report(
    dir: Dir = HERE,
    out: Annotated[Path | None, typer.Option(help="Where to write it.")] = None,
    json: Json = False,
) -> None:
    """Writes the report: one self-contained HTML file, readable without a network."""
    path = Project(dir).report(out)
    show.as_json({"report": str(path)}) if json else show.out.print(str(path))


def add(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    for command in (run, status, answer, waive, looks, report):
        app.command()(command)
    app.command("next")(next_)
