import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import pytest

from milepost.shipping.manifest import open_package
from milepost.testing.packages import TASKS, toy_package
from milepost.testing.wide import wide_package

ROW = {"age": 30, "seats": 2, "carrier": "UA", "day": "2013-05-01", "member": True}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Served:
    """A server process and a client for it."""

    def __init__(self, process, port):
        self.process, self.port = process, port
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@contextmanager
def running(package, *options, python=sys.executable, cwd=None, env=None):
    port = free_port()
    command = [python, "-m", "milepost.serving", str(package), "--port", str(port), *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=cwd, env=env or os.environ)
    served = Served(process, port)
    try:
        for _ in range(2400):
            if process.poll() is not None:
                raise RuntimeError(process.stderr.read().decode())
            try:
                if served.http.get("/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.05)
        yield served
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
        served.http.close()


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    root = tmp_path_factory.mktemp("packages")
    for task in TASKS:
        toy_package(root / task, task)
    return {task: open_package(root / task) for task in TASKS} | {"root": root}


@pytest.fixture(scope="session")
def serve():
    return running


@pytest.fixture(scope="session")
def served(packages, serve):
    with serve(packages["root"] / "binary", "--most-rows", "1000", "--most-bytes", "200000") as one:
        yield one


@pytest.fixture(scope="session")
def served_vector(packages, serve):
    with serve(packages["root"] / "vector") as one:
        yield one


@pytest.fixture(scope="session")
def wide(tmp_path_factory):
    """Packages of a text, of a picture, of a sound, and of a mixed row."""
    pytest.importorskip("PIL")
    pytest.importorskip("soundfile")
    root = tmp_path_factory.mktemp("wide")
    for name, columns in (
        ("text", ("message",)), ("photo", ("photo",)), ("clip", ("clip",)),
        ("mixed", ("age", "message", "photo")),
    ):  # fmt: skip
        wide_package(root / name, columns)
    return {path.name: open_package(path) for path in root.iterdir()} | {"root": root}


@pytest.fixture(scope="session")
def served_wide(wide, serve):
    with serve(wide["root"] / "mixed", "--most-bytes", "1000000") as one:
        yield one


@pytest.fixture
def row():
    return dict(ROW)
