"""What the command line prints: the road, questions, looks; or the same facts as JSON."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from milepost.digest import plain
from milepost.project.status import MARKS, Status

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
WIDEST = 132
"""Longer lines than this are hard to read."""
COLOURS = {
    "passed": "green",
    "noted": "yellow",
    "failed": "red",
    "waiting": "magenta",
    "waived": "yellow",
    "stale": "dim",
    "todo": "dim",
}
SIGNS = {"passed": "✓", "noted": "•", "failed": "✗", "waiting": "?", "waived": "~", "stale": "↻", "todo": "·"}


def as_json(value: object) -> None:
    """Prints one JSON document to standard output."""
    sys.stdout.write(json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()


def road(status: Status) -> None:
    """Prints every milepost with its verdict and reason."""
    for mile in (*status.miles, *(m for m in status.beyond if status.done or m.state != "todo")):
        unknown = mile.state in ("todo", "stale")
        spent = "" if mile.state == "todo" else f"{mile.seconds:.1f} s"
        row(out, mile.state, mile.step, spent, MARKS[mile.state] if unknown else mile.reason)
    if status.looks:
        times = {0: "not yet opened", 1: "opened once"}.get(
            status.openings, f"opened {status.openings} times"
        )
        which = f" of generation {status.generation}" if status.generation > 1 else ""
        out.print(f"[dim]{status.looks} looks at validation rows; the seal{which} was {times}.[/]")


def row(console: Console, state: str, step: str, spent: str, reason: str) -> None:
    """Prints one milepost: wrapped and indented on a terminal, as one line elsewhere."""
    colour = COLOURS[state]
    sign, name = f"[{colour}]{SIGNS[state]}[/]", f"[bold]{step:<10}[/]"
    if not console.is_terminal:
        console.print(f"{sign} {name} {spent:>9}  {escape(reason)}")
        return
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, width=10)
    table.add_column(no_wrap=True, width=9, justify="right")
    table.add_column(overflow="fold")
    table.add_row(sign, name, f"[dim]{spent}[/]", escape(reason))
    console.print(table, width=min(console.width, WIDEST), soft_wrap=False)


def questions(waiting: Sequence[Mapping[str, Any]], folder: str) -> None:
    """Prints what waits for a person, with the command that answers it."""
    if not waiting:
        out.print("Nothing waits for an answer.")
    for question in waiting:
        out.print(f"[magenta]?[/] [bold]{escape(question['name'])}[/]  {escape(question['text'])}")
        if question.get("why"):
            out.print(f"  [dim]{escape(question['why'])}[/]")
        options = (
            f"  [dim]({' or '.join(map(escape, question['options']))})[/]" if question["options"] else ""
        )
        words = ["milepost", "answer", folder, question["name"], str(question["default"])]
        out.print(f"  {escape(shlex.join(words))}{options}")


def looks(seen: Sequence[Mapping[str, Any]]) -> None:
    """Prints every look at validation rows, a line each."""
    widths = [max([4, *(len(str(look[key])) for look in seen)]) for key in ("step", "name")]
    for look in seen:
        at = str(look["at"])[:19].replace("T", " ")
        loss = look.get("loss")
        value = "" if loss is None else f"{loss:.5f}"
        out.print(f"[dim]{at}[/]  {look['step']:<{widths[0]}}  {escape(look['name']):<{widths[1]}}  {value}")
    out.print(f"{len(seen)} looks at validation rows.")


def following(text: str) -> None:
    """Prints what comes next."""
    out.print(f"[bold]next:[/] {escape(text)}")


def escape(text: str) -> str:
    """Text as Rich prints it literally."""
    from rich.markup import escape as literally

    return literally(str(text))
