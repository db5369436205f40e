"""A server process on this machine, asked over HTTP: so its answers are proven and its memory measured."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import msgspec
import numpy as np

from milepost.digest import Json
from milepost.errors import EnvironmentProblem
from milepost.registry import trusted
from milepost.shipping.wire import Array

WAIT = 60.0
"""Seconds a server may take to start."""


class Process:
    """Runs `python -m milepost.serving` on a package folder within a `with` block.

    Args:
        package: the package's folder.
        name: the model's name, as in its routes.

    Raises:
        EnvironmentProblem: the server does not start, or does not answer.
    """

    def __init__(self, package: str | Path, name: str) -> None:
        self.package, self.name = Path(package).absolute(), name
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process

    def __enter__(self) -> Process:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "milepost.serving", str(self.package), "--port", str(self.port)]
        command += ["--python"] if trusted() else []
        # The pipe closes with this process, however that ends, and the server ends with the pipe.
        self._process = subprocess.Popen(
            [*command, "--while-open"], stderr=self._errors, stdin=subprocess.PIPE
        )
        self._client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT)
        end = time.monotonic() + WAIT
        while time.monotonic() < end and self._process.poll() is None:
            try:
                self.ask("GET", "/readyz")
            except OSError:
                self._client.close()
                time.sleep(0.05)
            else:
                return self
        self._end()
        raise EnvironmentProblem(
            f"the server does not start: {self._said()}", todo="Mend that, then try again."
        )

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        self._errors.close()

    def _end(self) -> None:
        self._client.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()

    def _said(self) -> str:
        self._errors.seek(0)
        return self._errors.read()[-500:].decode(errors="replace").strip()

    def ask(self, method: str, path: str, body: bytes | None = None) -> Json:
        """Asks the server and returns its JSON.

        Raises:
            EnvironmentProblem: the answer is an error.
        """
        self._client.request(method, path, body, {"Content-Type": "application/json"})
        reply = self._client.getresponse()
        data = reply.read()
        if reply.status != 200:
            raise EnvironmentProblem(f"the server says {reply.status}: {data[:300].decode(errors='replace')}")
        return msgspec.json.decode(data)

    def answers(self, rows: Mapping[str, Sequence[Json]], batch: int) -> dict[str, Array]:
        """The server's answers to columns of values, asked in batches of a size: outputs by name."""
        path = f"/v2/models/{quote(self.name)}/infer"
        described = self.ask("GET", f"/v2/models/{quote(self.name)}")
        kinds = {tensor["name"]: tensor["datatype"] for tensor in described["inputs"]}
        height = len(next(iter(rows.values())))
        parts: dict[str, list[Array]] = {}
        for start in range(0, height, batch):
            cut = {name: values[start : start + batch] for name, values in rows.items()}
            tensors = [
                {"name": name, "datatype": kinds[name], "shape": [len(values), 1], "data": values}
                for name, values in cut.items()
            ]
            for output in self.ask("POST", path, msgspec.json.encode({"inputs": tensors}))["outputs"]:
                kind = object if output["datatype"] == "BYTES" else None
                data = np.array(output["data"], dtype=kind).reshape(output["shape"])
                parts.setdefault(output["name"], []).append(data)
        return {name: np.concatenate(found) for name, found in parts.items()}

    def memory_mb(self) -> float | None:
        """The most memory the process has held, in MB; None where the system does not tell (not Linux)."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:
            return None
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found.group(1)) * 1024 / 1e6 if found else None
