"""The terminal's side of a run: bars, finished steps, and questions asked in place."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.text import Text

from milepost.cli import show
from milepost.cli.show import err, escape
from milepost.ledger import Evidence
from milepost.project.project import whoami
from milepost.steps.work import Question, Talk
from milepost.steps.workflow import ROAD

NAMES = tuple(step.name for step in ROAD)
LEAST_SHARE = 0.03
"""Below this share done, the time left cannot be told."""


class Clock(ProgressColumn):
    """Time passed, and the time left where the share done is known."""

    def render(self, task: Task) -> Text:
        """The two times as text.

        >>> Clock.times(75.0, 150.0), Clock.times(8.0, None)
        ('1:15, 1:15 left', '0:08')
        """
        passed = task.elapsed or 0.0
        return Text(self.times(passed, task.fields.get("whole")), style="dim")

    @staticmethod
    def times(passed: float, whole: float | None) -> str:
        """Seconds passed, of how many in all where that is known, as text."""
        shown = f"{int(passed) // 60}:{int(passed) % 60:02}"
        left = 0 if whole is None else round(whole - passed)
        return f"{shown}, {left // 60}:{left % 60:02} left" if left > 0 else shown


class Terminal:
    """Shows a running road on standard error, so that standard output stays clean.

    Args:
        yes: take every stated default.
        ask: whether questions may be put; False under `--no-input` and without a terminal.
        first: the step that runs first.
    """

    def __init__(self, yes: bool = False, ask: bool = True, first: str = NAMES[0]) -> None:
        self.step, self.first = "", first
        self.asks = ask and sys.stdin.isatty() and err.is_terminal
        columns = (SpinnerColumn(), BarColumn(bar_width=20), Clock(), TextColumn("{task.description}"))
        self.progress = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
        self.bar = self.progress.add_task("", total=None, visible=False)
        self.talk = Talk(self.say, self.ask, self.done, yes, whoami())

    def __enter__(self) -> Talk:
        self.progress.start()
        self._begin(self.first)
        return self.talk

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.update(self.bar, visible=False)
        self.progress.stop()

    def say(self, text: str, share: float | None) -> None:
        """Moves the bar; a text without a share leaves the bar where it is."""
        room = max(16, err.width - len(self.step) - 46)
        shown = text if len(text) <= room else text[: room - 1] + "…"
        self.progress.update(self.bar, description=f"[bold]{self.step}[/] {escape(shown)}")
        if share is not None:
            passed = self.progress.tasks[0].elapsed or 0.0
            whole = passed / share if share >= LEAST_SHARE else None
            self.progress.update(self.bar, total=1.0, completed=share, whole=whole)

    def done(self, evidence: Evidence, ran: bool) -> None:
        """Prints a finished step."""
        spent = f"{evidence.seconds:.1f} s" if ran else "unchanged"
        show.row(err, evidence.verdict, evidence.step, spent, evidence.reason)
        after = NAMES.index(evidence.step) + 1 if evidence.step in NAMES else len(NAMES)
        self._begin(NAMES[after] if after < len(NAMES) else "")

    def _begin(self, step: str) -> None:
        """Shows the step that comes next on a bar of its own."""
        self.step = step
        shown = f"[bold]{step}[/]"
        self.progress.reset(self.bar, total=None, visible=bool(step), description=shown, whole=None)

    def ask(self, question: Question) -> str | None:
        """Puts a question in place; None where nobody can be asked. An empty answer takes the default."""
        if not self.asks:
            return None
        self.progress.update(self.bar, visible=False)
        self.progress.stop()
        try:
            return self._ask(question)
        except EOFError:
            self.asks = False
            err.print()
            return None
        finally:
            self.progress.update(self.bar, visible=True)
            self.progress.start()

    def _ask(self, question: Question) -> str:
        err.print(f"\n[magenta]?[/] {escape(question.text)}")
        if question.why:
            err.print(f"  [dim]{escape(question.why)}[/]")
        options = f" ({'/'.join(map(escape, question.options))})" if question.options else ""
        while True:
            err.print(f"  answer{options} \\[{escape(question.default)}]: ", end="")
            given = input().strip() or question.default
            if not question.options or given in question.options:
                return given
            err.print(f"  [red]'{escape(given)}' is none of {', '.join(map(escape, question.options))}.[/]")
