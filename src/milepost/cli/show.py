"""What the command line prints: the road, questions, looks; or the same facts as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from milepost.digest import plain
from milepost.project.status import MARKS, Status

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
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
    """Prints plain JSON, one document."""
    out.print_json(json.dumps(plain(value), ensure_ascii=False))


def road(status: Status) -> None:
    """Prints every milepost with its verdict and reason, then what comes next."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for mile in status.miles:
        colour = COLOURS[mile.state]
        spent = f"{mile.seconds:.1f} s" if mile.reason else ""
        reason = mile.reason if mile.state not in ("todo", "stale") else MARKS[mile.state]
        table.add_row(
            f"[{colour}]{SIGNS[mile.state]}[/]", f"[bold]{mile.step}[/]", f"[dim]{spent}[/]", escape(reason)
        )
    Console(highlight=False).print(table)
    if status.looks:
        out.print(
            f"[dim]{status.looks} looks at validation rows; the seal was opened {status.openings} time(s).[/]"
        )
    out.print(f"[bold]next:[/] {escape(status.next)}")


def questions(waiting: Sequence[Mapping[str, Any]], folder: str) -> None:
    """Prints what waits for a person, with the command that answers it."""
    if not waiting:
        out.print("Nothing waits for an answer.")
    for question in waiting:
        out.print(f"[magenta]?[/] [bold]{question['name']}[/] {escape(question['text'])}")
        options = f" ({' or '.join(question['options'])})" if question["options"] else ""
        out.print(f"  milepost answer {folder} {question['name']} {question['default']!r}{options}")


def looks(seen: Sequence[Mapping[str, Any]]) -> None:
    """Prints every look at validation rows."""
    table = Table("when", "step", "configuration", "loss", box=None, pad_edge=False)
    for look in seen:
        table.add_row(
            str(look["at"])[:19], look["step"], look["name"], f"{look.get('loss', float('nan')):.5f}"
        )
    out.print(table)
    out.print(f"{len(seen)} looks at validation rows.")


def escape(text: str) -> str:
    """Text as Rich prints it literally."""
    from rich.markup import escape as literally

    return literally(text)
