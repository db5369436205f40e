"""The application: every command in its place. Those of single steps are made from the steps' own fields."""

from __future__ import annotations

from typing import Annotated

import typer

from milepost import __version__
from milepost.cli import deliver, keep, labels, renew, road, show, single, start, web

app = typer.Typer(
    name="milepost",
    help="From a problem to a proven, served model, one milepost at a time.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        show.out.print(f"milepost {__version__}")
        raise typer.Exit


@app.callback()
def milepost(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """From a problem to a proven, served model, one milepost at a time."""


for room in (start, labels, road, deliver, renew, web, keep, single):
    room.add(app)
