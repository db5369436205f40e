"""The command that renews a model: `milepost renew DIR --data FILE`."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import typer

from milepost.cli import show
from milepost.cli.common import HERE, Dir, Json, Quiet, Yes
from milepost.cli.terminal import NAMES, Terminal
from milepost.project import Project
from milepost.project.renew import Renewal
from milepost.project.settings import read, shown
from milepost.steps.renew import LIST, Renew

FIELDS = {field.name: field for field in dataclasses.fields(Renew)}
HINTS: dict[str, Any] = {
    "share": float,
    "keep": str,
    "rule": str,
    "expired": bool,
    "labels": tuple[str, ...],
    "most": int,
}


def option(name: str) -> Any:
    """The option of a setting, with its help and its default."""
    field = FIELDS[name]
    return typer.Option(f"--{name}", help=f"{field.metadata['help']} (default: {shown(field.default)})")


def renew(
    data: Annotated[str, typer.Option(help="The new rows: a file, a folder or an SQL URL.")],
    dir: Dir = HERE,
    pool: Annotated[
        str | None,
        typer.Option(
            help='Rows without a label to list what to label next from; "requests": the request log.'
        ),
    ] = None,
    share: Annotated[str | None, option("share")] = None,
    keep: Annotated[str | None, option("keep")] = None,
    rule: Annotated[str | None, option("rule")] = None,
    expired: Annotated[bool, typer.Option("--expired", help=FIELDS["expired"].metadata["help"])] = False,
    labels: Annotated[str | None, option("labels")] = None,
    most: Annotated[str | None, option("most")] = None,
    yes: Yes = False,
    no_input: Quiet = False,
    waive_all: Annotated[
        str | None, typer.Option(help="Waive each failed gate of the candidate with this reason.")
    ] = None,
    json: Json = False,
) -> None:
    """Makes the next generation of new rows, and promotes it where it beats the champion on fresh ones."""
    given = {"share": share, "keep": keep, "rule": rule, "labels": labels, "most": most}
    settings = {name: read(name, text, HINTS[name]) for name, text in given.items() if text is not None}
    settings |= {"expired": True} if expired else {}
    project = Project(dir)
    with Terminal(yes, not (no_input or json), (*NAMES, Renew.name)) as talk:
        made = project.renew(data, pool, yes, waive_all, talk, **settings)
    show.as_json(made.plain()) if json else _print(made)
    raise typer.Exit(made.code)


def _print(made: Renewal) -> None:
    """The decision, what waits, the list of what to label, and what comes next."""
    if made.waiting:
        show.questions(made.waiting, made.folder)
    if not (show.err.is_terminal and show.out.is_terminal):
        for mile in made.miles:
            show.row(show.out, mile.state, mile.step, f"{mile.seconds:.1f} s", mile.reason)
    show.out.print(f"[bold]{show.escape(made.reason)}[/]")
    if made.findings.get("listed"):
        show.out.print(f"{made.findings['listed']} rows to label next: {show.escape(made.folder)}/{LIST}")
    show.following(made.next)


def add(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(renew)
