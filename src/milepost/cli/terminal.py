"""The terminal's side of a run: bars, finished steps, and questions asked in place."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from milepost.cli.show import COLOURS, SIGNS, err, escape
from milepost.ledger import Evidence
from milepost.project.project import whoami
from milepost.steps.work import Question, Talk


class Terminal:
    """Shows a running road on standard error, so that standard output stays clean.

    Args:
        yes: take every stated default.
        ask: whether questions may be put; False under `--no-input` and without a terminal.
        quiet: show nothing.
    """

    def __init__(self, yes: bool = False, ask: bool = True, quiet: bool = False) -> None:
        self.asks = ask and sys.stdin.isatty() and sys.stderr.isatty()
        self.quiet = quiet
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("[dim]left[/]"),
            TimeRemainingColumn(),
        )
        self.progress = Progress(*columns, console=err, transient=True, disable=quiet or not err.is_terminal)
        self.bar = self.progress.add_task("", total=None, visible=False)
        self.talk = Talk(self.say, self.ask, self.done, yes, whoami())

    def __enter__(self) -> Talk:
        self.progress.start()
        return self.talk

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def say(self, text: str, share: float | None) -> None:
        """Moves the bar, and shows a line where there is no bar."""
        total, done = (None, 0.0) if share is None else (1.0, share)
        self.progress.update(
            self.bar, description=escape(text[:70]), total=total, completed=done, visible=True
        )

    def done(self, evidence: Evidence, ran: bool) -> None:
        """Prints a finished step."""
        if self.quiet:
            return
        self.progress.reset(self.bar, visible=False)
        colour, sign = COLOURS[evidence.verdict], SIGNS[evidence.verdict]
        spent = f"{evidence.seconds:.1f} s" if ran else "unchanged"
        err.print(
            f"[{colour}]{sign}[/] [bold]{evidence.step:<11}[/] [dim]{spent:>10}[/]  {escape(evidence.reason)}"
        )

    def ask(self, question: Question) -> str | None:
        """Puts a question in place; None where nobody can be asked. An empty answer takes the default."""
        if not self.asks:
            return None
        self.progress.stop()
        err.print(f"\n[magenta]?[/] {escape(question.text)}")
        if question.why:
            err.print(f"  [dim]{escape(question.why)}[/]")
        options = f" ({'/'.join(question.options)})" if question.options else ""
        while True:
            given = err.input(f"  answer{options} [{escape(question.default)}]: ").strip() or question.default
            if not question.options or given in question.options:
                self.progress.start()
                return given
            err.print(f"  [red]'{escape(given)}' is none of {', '.join(question.options)}.[/]")
