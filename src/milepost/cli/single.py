"""One command a milepost, made from the step's own fields."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from typing import Annotated, Any

import typer

from milepost.cli import show
from milepost.cli.common import HERE, Dir, Json, Quiet, Yes
from milepost.cli.terminal import NAMES, Terminal
from milepost.errors import GateFailed, Waits
from milepost.project import Project
from milepost.project.settings import read, shown
from milepost.steps.base import Step
from milepost.steps.workflow import BEYOND, ROAD

OWN = ("ship", "renew")
"""Steps that have a command of their own."""
CODES = {"failed": GateFailed.exit_code, "waiting": Waits.exit_code}


def command(kind: type[Step]) -> Any:
    """Makes the function that Typer turns into a step's command: its parameters are the settings."""
    hints = typing.get_type_hints(kind)

    def call(**given: Any) -> None:
        folder, as_json = given.pop("dir"), given.pop("json")
        yes, no_input = given.pop("yes"), given.pop("no_input")
        settings = {
            name: read(name, value, hints[name]) for name, value in given.items() if value is not None
        }
        project = Project(folder)
        names = (kind.name,) if kind in BEYOND else NAMES
        with Terminal(yes, not (no_input or as_json), names) as talk:
            evidence = project.step(kind.name, talk, **settings)
        status = project.status()
        if as_json:
            show.as_json(evidence)
        else:
            if status.waiting:
                show.questions(status.waiting, status.folder)
            show.following(status.next)
        raise typer.Exit(CODES.get(evidence.verdict, 0))

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter("dir", keyword, default=HERE, annotation=Dir)]
    for option in dataclasses.fields(kind):
        help = f"{option.metadata.get('help', '')} (default: {shown(option.default)})"
        note = Annotated[str | None, typer.Option(f"--{option.name.replace('_', '-')}", help=help)]
        parameters.append(inspect.Parameter(option.name, keyword, default=None, annotation=note))
    for name, flag in (("yes", Yes), ("no_input", Quiet), ("json", Json)):
        parameters.append(inspect.Parameter(name, keyword, default=False, annotation=flag))
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {p.name: p.annotation for p in parameters}
    call.__doc__ = f"{kind.question}\n\n{inspect.getdoc(kind)}"
    return call


def add(app: typer.Typer) -> None:
    """Adds one command a milepost."""
    for kind in (*ROAD, *BEYOND):
        if kind.name not in OWN:
            app.command(kind.name, rich_help_panel="Single mileposts")(command(kind))
