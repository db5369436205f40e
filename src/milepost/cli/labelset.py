"""The command that shows and changes the label set: milepost labels set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from milepost.cli import columns, show
from milepost.cli.common import HERE, Dir, Json
from milepost.errors import UsageError
from milepost.labels.migrations import Add, Merge, Migration, Rename, Retire, Split
from milepost.project import Project
from milepost.report.sentences import count


def change(
    dir: Dir = HERE,
    rename: Annotated[str, typer.Option(help="OLD=NEW: another name.")] = "",
    merge: Annotated[str, typer.Option(help="A,B=C: A and B become C.")] = "",
    split: Annotated[str, typer.Option(help="A=B,C: A is split; its items come back.")] = "",
    new: Annotated[str, typer.Option("--add", help="A label that is new.")] = "",
    retire: Annotated[str, typer.Option(help="A label that can no longer be chosen.")] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Make the change; else only its effect is told.")
    ] = False,
    column: columns.Column = "",
    json: Json = False,
) -> None:
    """Shows the label set, or changes it; what a change would touch is told first."""
    labels = columns.labels_of(Project(dir), column)
    asked = {"rename": rename, "merge": merge, "split": split, "add": new, "retire": retire}
    told = {name: text for name, text in asked.items() if text}
    if len(told) > 1:
        raise UsageError(f"{' and '.join(told)} were asked for at once.", expected="One change at a time.")
    if told:
        made = labels.change(_migration(labels.store.set.find, *next(iter(told.items()))), yes)
        if json:
            show.as_json({"says": made.sentence, "requeued": made.requeued, "made": yes})
            return
        show.out.print(show.escape(made.sentence))
        if not yes:
            show.following("the same with --yes makes the change")
        return
    newest = labels.store.set
    if json:
        show.as_json(newest)
        return
    often = labels.store.answers.by_label()
    show.out.print(f"{newest.kind}, version {newest.version}")
    for id in newest.active:
        show.out.print(f"  {show.escape(newest.shown(id))}: {count(often.get(id, 0))} labels")


def _migration(find: Any, act: str, text: str) -> Migration:
    """A change as it was typed."""
    left, _, right = text.partition("=")

    def id(name: str) -> str:
        found = [label for label in find(name.strip()) if label.name.casefold() == name.strip().casefold()]
        if not found:
            raise UsageError(f"there is no label '{name.strip()}'.", todo="See: milepost labels set")
        return str(found[0].id)

    if act == "add":
        return Add(text)
    if act == "retire":
        return Retire(id(text))
    if not right:
        raise UsageError(f"--{act} got '{text}'.", expected="What changes, =, and what it becomes.")
    if act == "rename":
        return Rename(id(left), right.strip())
    if act == "merge":
        return Merge(tuple(id(name) for name in listed(left)), id(right))
    return Split(id(left), tuple(listed(right)))


def listed(text: str) -> Sequence[str]:
    """Names that were typed with commas between them."""
    return [part.strip() for part in text.split(",") if part.strip()]


def add(group: typer.Typer) -> None:
    """Adds the command to the group."""
    group.command("set")(change)
