"""The commands along the road: run, status, next, answer, waive, looks, report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from milepost.cli import show
from milepost.cli.common import HERE, By, Dir, Json, Quiet, Yes, carry, end, shift
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
    if waive_all is not None and not waive_all.strip():
        raise UsageError("a waiver needs a reason.", todo='Say why: --waive-all "..."')
    project = Project(dir)
    status = carry(project, yes, not (no_input or json), until=until, start=start, waive_all=waive_all)
    show.as_json(status.plain()) if json else end(status, told=True)
    raise typer.Exit(status.code)


def status(dir: Dir = HERE, json: Json = False) -> None:
    """Where the project stands: every milepost, what waits, what comes next."""
    found = Project(dir).status()
    show.as_json(found.plain()) if json else end(found)


def next_(dir: Dir = HERE, json: Json = False) -> None:
    """The next command, and why."""
    found = Project(dir).status()
    show.as_json({"next": found.next}) if json else show.out.print(show.escape(found.next))


def answer(
    dir: Dir = HERE,
    question: Annotated[str, typer.Argument(help="The question's name; none: list what waits.")] = "",
    value: Annotated[str, typer.Argument(help="The answer.")] = "",
    by: By = None,
    because: Annotated[str, typer.Option(help="Why.")] = "",
    json: Json = False,
) -> None:
    """Answers a question that waits; alone it lists what waits."""
    dir, (question, value) = shift(dir, question, value)
    project = Project(dir)
    if question and not value:
        raise UsageError(
            f"no value for '{question}'.", todo=f"Give one: milepost answer {dir} {question} VALUE"
        )
    if question:
        project.answer(question, value, by, because)
    waiting = [other for other in project.ledger.waiting() if other["name"] != question]
    if json:
        show.as_json({"answered": question or None, "waiting": waiting})
        return
    if question:
        show.out.print(f"Recorded: {show.escape(question)} = {show.escape(value)}")
    if waiting or not question:
        show.questions(waiting, str(dir))
    else:
        show.following(f"milepost run {dir}")


def waive(
    because: Annotated[str, typer.Option(help="Why the road may go on all the same.")],
    dir: Dir = HERE,
    step: Annotated[str, typer.Argument(help="The milepost that failed.")] = "",
    by: By = None,
    json: Json = False,
) -> None:
    """Waives a failed milepost with a reason and a name; the report prints it."""
    dir, (step,) = shift(dir, step)
    project = Project(dir)
    if not step:
        raise UsageError("no milepost to waive.", todo=f"Name it: milepost waive {dir} STEP --because ...")
    made = project.waive(step, because, by)
    if json:
        show.as_json(made)
        return
    show.out.print(f"Waived: {show.escape(made.reason)}")
    show.following(f"milepost run {dir}")


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
    show.as_json({"report": str(path)}) if json else show.out.print(show.escape(str(path)))


def add(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    app.command()(run)
    app.command()(status)
    app.command("next")(next_)
    for command in (answer, waive, looks, report):
        app.command()(command)
