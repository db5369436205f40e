"""The request log: JSON lines a day, written by a thread of its own, complete after an orderly end."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from milepost.errors import EnvironmentProblem
from milepost.serving.codec import encode

PAUSE = 0.05
"""Seconds between two looks at the queue; a request never wakes the thread itself."""


class Record(NamedTuple):
    """One request; rows and answers are made in the log's thread. One that was refused has no rows."""

    at: float
    id: str
    route: str
    height: int
    rows: Callable[[], list[Any]]
    answers: Callable[[], list[Any]]
    seconds: float
    status: int = 200
    error: str = ""
    size: int = 0


Rewrite = Callable[[list[Any]], tuple[list[Any], list[Any]]]
"""Makes rows fit for the log: the rows, and what is told of their images and sounds."""


class Log:
    """Writes requests to `requests-<UTC day>.<process>.jsonl` in a folder.

    A line holds time, id, model, version, route, rows, answers and ms; of a request that was refused it
    holds status and error, and no rows. `put` never blocks: when more rows (or kilobytes) wait than `most`,
    or the disk refuses, the request is counted in `dropped`.

    Args:
        folder: made if it is not there.
        model, version: of the package.
        rewrite: takes images and sounds out of rows, in the log's thread; None where there are none.
        most: rows that may wait.

    Raises:
        EnvironmentProblem: the folder cannot be written.
    """

    def __init__(
        self,
        folder: str | Path,
        model: str,
        version: str,
        rewrite: Rewrite | None = None,
        most: int = 200_000,
    ) -> None:
        self.folder, self.model, self.version, self.most = Path(folder), model, version, most
        self._rewrite = rewrite
        self.unwritten = self.refused = 0
        self._queue: deque[Record] = deque()
        self._put = self._taken = 0
        self._day, self._file = "", -1
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._open(datetime.now(UTC).strftime("%Y-%m-%d"))
        except OSError as problem:
            todo = "Name another folder with --log."
            raise EnvironmentProblem(f"the log cannot be written: {problem}.", todo=todo) from problem
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="milepost-log", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Requests that are answered and not yet written."""
        return len(self._queue)

    @property
    def dropped(self) -> int:
        """Requests that will never be written."""
        return self.unwritten + self.refused

    def put(self, record: Record) -> None:
        """Queues a record, or counts it as dropped; called by the server's one event loop."""
        if self._put - self._taken + _load(record) > self.most:
            self.refused += 1
            return
        self._put += _load(record)
        self._queue.append(record)

    def close(self) -> None:
        """Writes what waits, syncs the disk and ends the thread; closing twice is no harm."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        stopping = False
        while not stopping:
            stopping = self._stop.wait(PAUSE)
            self._drain()
        if self._file >= 0:
            os.fsync(self._file)
            os.close(self._file)
            self._file = -1

    def _drain(self) -> None:
        while self._queue:
            day, lines, count = "", [], 0
            while self._queue and count < 5000:
                record = self._queue[0]
                stamp = datetime.fromtimestamp(record.at, UTC).isoformat(timespec="milliseconds")
                if day and not stamp.startswith(day):
                    break
                day = stamp[:10]
                self._queue.popleft()
                count += _load(record)
                lines.append(self._line(record, stamp))
            self._taken += count
            try:
                if day != self._day or self._file < 0:
                    self._open(day)
                self._write(b"".join(lines))
            except OSError as problem:
                self.unwritten += len(lines)
                print(f"milepost: {len(lines)} log lines lost: {problem}", file=sys.stderr, flush=True)

    def _line(self, record: Record, stamp: str) -> bytes:
        rows = record.rows()
        seen: list[Any] = []
        if self._rewrite is not None:
            rows, seen = self._rewrite(rows)
        fields = {
            "time": stamp,
            "id": record.id,
            "model": self.model,
            "version": self.version,
            "route": record.route,
            "rows": rows,
            "answers": record.answers(),
            "ms": round(record.seconds * 1000, 3),
        }
        if seen:
            fields["media"] = seen
        if record.status != 200:
            fields |= {"status": record.status, "error": record.error}
        return encode(fields) + b"\n"

    def _open(self, day: str) -> None:
        if self._file >= 0:
            os.fsync(self._file)
            os.close(self._file)
            self._file = -1
        path = self.folder / f"requests-{day}.{os.getpid()}.jsonl"
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
        self._day = day
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":  # a crash cut the last line
            self._write(b"\n")

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]


def _load(record: Record) -> int:
    return max(1, record.height, record.size // 1024)
