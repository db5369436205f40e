"""A PostgreSQL server of one's own, on a socket, for as long as it is needed; tests start theirs by it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Unavailable(Exception):
    """There is no PostgreSQL here, or it would not start."""


@contextmanager
def running(safe: bool = True) -> Iterator[str]:
    """Starts Debian's PostgreSQL with an empty database and yields its URL.

    Args:
        safe: whether commits reach the disk; else a power cut would lose them.

    Raises:
        Unavailable: it is not installed, or would not start.
    """
    newest = max(map(str, Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")), default="")
    found = shutil.which("pg_ctl") or newest
    if not found or (os.geteuid() == 0 and not shutil.which("runuser")):
        raise Unavailable("no PostgreSQL server on this machine")
    home = Path(tempfile.mkdtemp(prefix="milepost-pg-"))
    become: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(home, "nobody")
        become = ["runuser", "-u", "nobody", "--"]
    control = [*become, found, "-D", str(home / "data"), "-s"]
    made = subprocess.run([*control, "-o", "-A trust -U milepost", "initdb"], capture_output=True)
    if made.returncode:
        shutil.rmtree(home)
        raise Unavailable(f"PostgreSQL would not start: {made.stderr.decode()[:200]}")
    options = f"-k {home} -c listen_addresses='' -c fsync={'on' if safe else 'off'}"
    subprocess.run([*control, "-w", "-l", str(home / "log"), "-o", options, "start"], check=True)
    try:
        yield f"postgresql://milepost@/postgres?host={home}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True)
        shutil.rmtree(home)
