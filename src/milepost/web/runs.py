"""Runs that a page starts: a child process each, its progress in a file, so that any reload shows it."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from milepost.errors import EnvironmentProblem, UsageError
from milepost.steps.work import STORE
from milepost.store import lock

LINES = 200
"""Lines of a log that a page shows."""
TAIL = 200_000
"""Bytes of a log that are read, from its end."""
PATIENCE = 20.0
"""Seconds that a run has to stop before it is killed, when the server ends."""
STATES = {0: "done", 3: "stopped at a gate", 4: "waits for a person", 130: "stopped"}


@dataclass(frozen=True)
class Progress:
    """How a run stands.

    Args:
        id: its name.
        state: "running", "done", "stopped at a gate", "waits for a person", "stopped", "failed" or "died".
        by: who started it.
        begun: when, ISO 8601, UTC.
        what: what was asked for.
        step: the milepost at work, or "".
        text: what it does now, or how it ended.
        share: of the step that is done, where it is known.
        code: its exit code once it has ended.
        log: its last lines: when, and what.
    """

    id: str
    state: str
    by: str
    begun: str
    what: Mapping[str, Any]
    step: str = ""
    text: str = ""
    share: float | None = None
    code: int | None = None
    log: tuple[tuple[str, str], ...] = ()

    @property
    def going(self) -> bool:
        """Whether it is at work."""
        return self.state == "running"


@dataclass
class Runs:
    """The runs of one project, one at a time.

    Args:
        folder: the project's.
        place: the folder of their logs, below `.milepost`.
        program: the module that is run.
    """

    folder: Path
    place: str = "runs"
    program: str = "milepost.web.child"
    _child: subprocess.Popen[bytes] | None = None
    _id: str = ""
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @property
    def room(self) -> Path:
        """Where their logs lie."""
        return self.folder / STORE / self.place

    def start(self, by: str, what: Mapping[str, Any]) -> str:
        """Starts a run and returns its name.

        Args:
            by: whose name stands under what it records.
            what: keywords of `Project.run`, or `step` with `settings`.

        Raises:
            UsageError: a run that a page started is still going.
        """
        with self._guard:
            if (last := self.last()) is not None and last.going:
                raise UsageError(
                    "a run is going already.", expected="One at a time.", todo="Wait, or stop it first."
                )
            self.room.mkdir(parents=True, exist_ok=True)
            name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(2)}"
            path = self.room / f"{name}.jsonl"
            begun = {"kind": "begin", "at": datetime.now(UTC).isoformat(), "by": by, "what": dict(what)}
            path.write_text(json.dumps(begun) + "\n", encoding="utf-8")
            command = [sys.executable, "-m", self.program, str(self.folder.absolute()), name]
            with (self.room / f"{name}.err").open("wb") as err:
                self._child = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=err, stderr=err, start_new_session=True
                )
            self._id = name
            return name

    def last(self) -> Progress | None:
        """The newest run, or None."""
        names = sorted(path.stem for path in self.room.glob("*.jsonl")) if self.room.is_dir() else []
        return self.get(names[-1]) if names else None

    def get(self, name: str) -> Progress | None:
        """A run by name, or None."""
        events = _events(self.room / f"{name}.jsonl")
        if not events:
            return None
        first, end = events[0], next((e for e in events if e["kind"] == "end"), None)
        log: list[tuple[str, str]] = []
        now: dict[str, Any] = {"step": "", "text": "", "share": None}
        for event in events[1:]:
            if event["kind"] == "say":
                now = {key: event[key] for key in ("step", "text", "share")}
            elif event["kind"] == "done":
                now = {"step": event["next"], "text": "", "share": None}
            if line := event.get("line"):
                log.append((event["at"], line))
        state = "running" if end is None else STATES.get(end["code"], "failed")
        code = end["code"] if end else None
        if end is not None:
            now = {"step": "", "text": end["text"], "share": None}
        elif not self._alive(name) and (self.room / f"{name}.stop").exists():
            state, now = "stopped", {"step": "", "text": "It had not begun to work.", "share": None}
        elif not self._alive(name):
            state, code = "died", self._child.poll() if self._child and self._id == name else None
            now = {"step": now["step"], "text": self._last_words(name), "share": None}
        return Progress(
            name, state, first["by"], first["at"], first["what"], log=tuple(log[-LINES:]), code=code, **now
        )

    def stop(self) -> str:
        """Stops the run that is going, as Ctrl-C does; asked a second time, it is killed. Returns its name.

        Raises:
            UsageError: none is going.
        """
        last = self.last()
        if last is None or not last.going:
            raise UsageError("no run is going.")
        asked = self.room / f"{last.id}.stop"
        how = signal.SIGKILL if asked.exists() else signal.SIGINT
        asked.touch()
        pid = self._pid(last.id)
        if pid:
            with suppress(ProcessLookupError):
                os.kill(pid, how)
        return last.id

    def close(self) -> None:
        """Stops what this server started, and waits for it: nothing is left running."""
        child = self._child
        if child is None or child.poll() is not None:
            return
        child.send_signal(signal.SIGINT)
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _alive(self, name: str) -> bool:
        if self._child is not None and self._id == name:
            return self._child.poll() is None
        try:  # a run that an earlier server started holds its lock
            with lock.file(self.room / f"{name}.lock"):
                return False
        except EnvironmentProblem:
            return True

    def _pid(self, name: str) -> int:
        if self._child is not None and self._id == name:
            return self._child.pid
        begun = next((e for e in _events(self.room / f"{name}.jsonl") if e["kind"] == "here"), None)
        return int(begun["pid"]) if begun and self._alive(name) else 0

    def _last_words(self, name: str) -> str:
        try:
            text = (self.room / f"{name}.err").read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            text = ""
        last = text.splitlines()[-1] if text else ""
        return f"The process ended without a word. {last}".strip()


def _events(path: Path) -> list[dict[str, Any]]:
    """The first event of a log and those at its end; a line that is being written is left out."""
    try:
        with path.open("rb") as stream:
            head = stream.readline()
            size = path.stat().st_size
            if size - len(head) > TAIL:
                stream.seek(size - TAIL)
                stream.readline()
            lines = [head, *stream.readlines()]
    except OSError:
        return []
    return [json.loads(line) for line in lines if line.endswith(b"\n")]
