"""One command a milepost, made from the step's own fields."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from pathlib import Path
from typing import Annotated, Any

import typer

from milepost.brief import seconds
from milepost.cli import show
from milepost.cli.terminal import Terminal
from milepost.errors import UsageError
from milepost.project import Project
from milepost.steps.base import Step
from milepost.steps.workflow import ROAD

OWN = ("ship",)
"""Steps that have a command of their own."""


def command(kind: type[Step]) -> Any:
    """Makes the function that Typer turns into the command of a step: its parameters are the step's settings."""
    hints = typing.get_type_hints(kind)

    def call(**given: Any) -> None:
        folder, as_json = given.pop("dir"), given.pop("json")
        settings = {
            name: read(name, value, hints[name]) for name, value in given.items() if value is not None
        }
        project = Project(folder)
        with Terminal(quiet=as_json) as talk:
            project.step(kind.name, talk, **settings)
        status = project.status()
        if as_json:
            evidence = project.ledger.last(kind.name)
            show.as_json(evidence)
        else:
            show.out.print(f"[bold]next:[/] {show.escape(status.next)}")
        raise typer.Exit(status.code)

    keyword = inspect.Parameter.KEYWORD_ONLY
    place = Annotated[Path, typer.Argument(help="The project's folder.", metavar="[DIR]")]
    parameters = [inspect.Parameter("dir", keyword, default=Path("."), annotation=place)]
    for option in dataclasses.fields(kind):
        help = f"{option.metadata.get('help', '')} (now {shown(option.default)})"
        note = Annotated[str | None, typer.Option(f"--{option.name.replace('_', '-')}", help=help)]
        parameters.append(inspect.Parameter(option.name, keyword, default=None, annotation=note))
    flag = Annotated[bool, typer.Option("--json", help="Print the evidence as JSON.")]
    parameters.append(inspect.Parameter("json", keyword, default=False, annotation=flag))
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {p.name: p.annotation for p in parameters}
    call.__doc__ = f"{kind.question}\n\n{inspect.getdoc(kind)}"
    return call


def shown(value: Any) -> str:
    """A default as it would be typed."""
    return (
        ",".join(map(str, value))
        if isinstance(value, tuple)
        else "its share"
        if value is None
        else str(value)
    )


def read(name: str, text: str, hint: Any) -> Any:
    """A setting's text as its type: numbers, durations for `budget`, comma-separated lists.

    Raises:
        UsageError: the text is no such value.
    """
    kinds = set(typing.get_args(hint)) or {hint}
    try:
        if name == "budget":
            return seconds(text)
        if typing.get_origin(hint) is tuple:
            return [part.strip() for part in text.split(",") if part.strip()]
        if bool in kinds:
            return text.lower() in ("1", "true", "yes")
        if int in kinds:
            return int(text)
        return float(text) if float in kinds else text
    except ValueError as problem:
        raise UsageError(f"--{name} got '{text}'.", expected=f"A value like {hint}.") from problem


def add(app: typer.Typer) -> None:
    """Adds one command a milepost."""
    for kind in ROAD:
        if kind.name not in OWN:
            app.command(kind.name, rich_help_panel="Single mileposts")(command(kind))
