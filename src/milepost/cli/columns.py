"""What the commands of labelling share where a column beside the target is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from milepost.cli import show
from milepost.digest import plain
from milepost.labels.labels import Labels
from milepost.labels.plan import Terms
from milepost.project import Project
from milepost.project.columns import Begun, ColumnLabels
from milepost.project.labels import ProjectLabels
from milepost.report.sentences import count, figure, number
from milepost.steps.labelled import begun as asked
from milepost.steps.team import Team

Column = Annotated[
    str, typer.Option(help="A column beside the target, one with gaps or one that the data lack.")
]
Kind = Annotated[str, typer.Option(help="For --column: choice, tags, number, vector, boxes, polygons, ...")]


def labels_of(project: Project, column: str) -> ProjectLabels | ColumnLabels:
    """The labels of the target, or of a column where one is named."""
    return project.labels.column(column) if column else project.labels


def begin(
    labels: ColumnLabels, how: tuple[str, Sequence[str], int], terms: Terms | None, rules: Mapping[str, Any]
) -> Begun:
    """Asks people for a column.

    Args:
        labels: of the column.
        how: the kind, the names of the labels, and how many rows at most.
        terms: who labels, where that was said.
        rules: overlap, share and gold, as they were typed.
    """
    said = {name: value for name, value in rules.items() if value not in (None, 0)}
    if rules.get("gold") == 0:
        said["gold"] = 0.0
    return labels.start(how[0], how[1], terms, how[2], **said)


def told(made: Begun, folder: Path) -> None:
    """Prints what people were asked of a column."""
    show.out.print(
        f"'{show.escape(made.column)}': {count(made.added)} items to label ({made.kind}), "
        f"{count(made.sealed)} of them sealed: labelled blind."
    )
    if made.gold:
        show.out.print(f"{count(made.gold)} questions with a known answer test who labels.")
    if made.labels:
        show.out.print(f"labels: {show.escape(', '.join(made.labels))}")
    money = f", {number(made.money)}" if made.money else ""
    show.out.print(f"all labels that are wanted take {number(made.hours)} hours{money}.")
    if not made.cells:
        show.out.print(f"[yellow]{made.kind} fill no cell: they stay in the queue, and go out as files.[/]")
    elif made.lacking:
        show.out.print(
            "The data lack the column: it is no input until the brief says "
            rf"\[columns.{show.escape(made.column)}] available = true."
        )
    show.following(f"milepost labels status {folder}")


def standing(project: Project) -> dict[str, Team]:
    """How far people are with each column beside the target."""
    return {name: project.labels.column(name).status() for name in project.labels.columns}


def listed(found: Mapping[str, Team], folder: Path) -> None:
    """Prints a line a column."""
    for name, team in found.items():
        alpha = team.alpha.value if team.alpha is not None else None
        known = "" if alpha is None else f" ({figure(alpha)})"
        show.out.print(
            f"'{show.escape(name)}' ({team.kind}): {count(team.answers)} labels on {count(team.labelled)} "
            f"rows; {count(team.left)} of {count(team.items)} items still want labels; "
            f"agreement {team.reading}{known}"
        )
    if found:
        show.out.print(f"more of one: milepost labels status {folder} --column NAME")


def status_json(found: Mapping[str, Team]) -> dict[str, Any]:
    """The same facts as plain JSON."""
    return {name: {**plain(team), "reading": team.reading} for name, team in found.items()}


def begun(project: Project) -> Labels | None:
    """The queue of the target, or None where people were never asked for it."""
    return asked(project.ledger.rows)
