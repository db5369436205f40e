"""The process that does what a page asked for: `python -m milepost.web.child FOLDER RUN`."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from milepost.errors import EnvironmentProblem, Interrupted, MilepostError
from milepost.ledger import Evidence
from milepost.project import Project
from milepost.steps.work import STORE, Talk
from milepost.steps.workflow import BEYOND, ROAD
from milepost.store import lock

EVERY = 0.25
"""Seconds between two words about the same step that are written."""
CODES = {"failed": 3, "waiting": 4}
KEPT = "What was finished is kept: the next run goes on."


class Scribe:
    """Writes down what a run says, a JSON line an event.

    Args:
        path: the log.
        names: the steps in their order.
    """

    def __init__(self, path: Path, names: tuple[str, ...]) -> None:
        self.path, self.names = path, names
        self.step, self._said = names[0], 0.0

    def write(self, kind: str, **body: Any) -> None:
        """Appends an event."""
        event = {"kind": kind, "at": datetime.now(UTC).isoformat(timespec="seconds"), **body}
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(event, ensure_ascii=False) + "\n")

    def say(self, text: str, share: float | None) -> None:
        """Notes what is done now; words that follow one another fast are passed over."""
        now = time.monotonic()
        if now - self._said >= EVERY:
            self._said = now
            self.write("say", step=self.step, text=text, share=share)

    def done(self, evidence: Evidence, ran: bool) -> None:
        """Notes a finished step."""
        spent = f"{evidence.seconds:.1f} s" if ran else "unchanged"
        at = self.names.index(evidence.step) + 1 if evidence.step in self.names else len(self.names)
        self.step, self._said = (self.names[at] if at < len(self.names) else ""), 0.0
        line = f"{evidence.step}: {evidence.verdict}, {spent}. {evidence.reason}"
        self.write("done", step=evidence.step, verdict=evidence.verdict, next=self.step, line=line)


def run(folder: Path, name: str) -> int:
    """Does what the first line of a run's log asks for, and returns the exit code."""
    path = folder / STORE / "runs" / f"{name}.jsonl"
    asked = json.loads(path.open(encoding="utf-8").readline())
    what, step = dict(asked["what"]), str(asked["what"].get("step", ""))
    scribe = Scribe(path, (step,) if step in {k.name for k in BEYOND} else tuple(k.name for k in ROAD))
    with held(path.with_suffix(".lock")):
        scribe.write("here", pid=os.getpid())
        try:
            code, text = _work(folder, what, Talk(scribe.say, done=scribe.done, by=asked["by"]))
        except (KeyboardInterrupt, Interrupted):
            code, text = Interrupted.exit_code, KEPT
        except MilepostError as problem:
            code, text = problem.exit_code, str(problem)
        except Exception as problem:
            scribe.write("end", code=1, text=f"A fault of milepost: {problem!r}.", line=repr(problem))
            raise
        scribe.write("end", code=code, text=text, line=text)
    return code


def _work(folder: Path, what: Mapping[str, Any], talk: Talk) -> tuple[int, str]:
    """The exit code and the last sentence."""
    project = Project(folder)
    if "step" in what:
        made = project.step(what["step"], talk, **what.get("settings", {}))
        return CODES.get(made.verdict, 0), made.reason
    status = project.run(talk=talk, **what)
    return status.code, status.next


def held(path: Path) -> AbstractContextManager[None]:
    """The lock that shows that this run is alive; who looks whether it is taken has it for a moment."""
    for _ in range(50):
        try:
            holding = lock.file(path)
            holding.__enter__()
        except EnvironmentProblem:
            time.sleep(0.02)
        else:
            return _Held(holding)
    return lock.file(path)


class _Held(AbstractContextManager[None]):
    """A lock that was taken already."""

    def __init__(self, holding: AbstractContextManager[None]) -> None:
        self.holding = holding

    def __exit__(self, *wrong: Any) -> None:
        self.holding.__exit__(*wrong)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a server in the background hands on "ignored"
    ended = run(Path(sys.argv[1]), sys.argv[2])
    sys.stdout.flush()
    os._exit(ended)  # as the command line does: fits that still train in threads are not waited for
