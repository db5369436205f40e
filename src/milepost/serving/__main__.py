"""`python -m milepost.serving PACKAGE`: serves a package with nothing of training installed."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from milepost.errors import MilepostError, UsageError
from milepost.registry import trust, trusted
from milepost.serving.answer import MOST
from milepost.serving.media import KEEP


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves a package until it is told to stop; returns the exit code."""
    parser = argparse.ArgumentParser(
        "python -m milepost.serving", description="Answers from a package over HTTP."
    )
    parser.add_argument("package", help="folder or .zip of the package")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: this machine only)"
    )
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--log", default="", metavar="DIR", help="folder for the log of requests and answers")
    parser.add_argument("--workers", type=int, default=1, help="processes; each counts its own metrics")
    size = "largest body (default: 10 MB; 64 MB with images or sound)"
    parser.add_argument("--most-bytes", type=int, default=0, help=size)
    kept = "bytes of images and sound kept beside the log, the newest; 0 keeps none (default: 1 GB)"
    parser.add_argument("--keep-media", type=int, default=KEEP, help=kept)
    parser.add_argument("--most-rows", type=int, default=MOST, help="most rows in one request")
    parser.add_argument(
        "--python", action="store_true", help="let code run that the package carries, with your rights"
    )
    parser.add_argument(
        "--while-open", action="store_true", help="end when standard input is closed, as by who started it"
    )
    given = parser.parse_args(arguments)
    if given.while_open:
        threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        serve(
            given.package,
            host=given.host,
            port=given.port,
            workers=given.workers,
            log=given.log,
            most_bytes=given.most_bytes,
            keep_media=given.keep_media,
            most_rows=given.most_rows,
            python=given.python,
        )
    except MilepostError as problem:
        print(f"milepost: {problem}", file=sys.stderr)
        return problem.exit_code
    return 0


def _end_with_input() -> None:
    """Stops this process when its standard input ends: whoever started it is gone, be it by kill -9."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def serve(
    package: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    workers: int = 1,
    log: str | Path | None = None,
    **limits: int,
) -> None:
    """Proves a package and serves it; returns when the process is told to stop.

    Args:
        package: folder or .zip.
        host, port: where to listen.
        workers: processes.
        log: folder of the request log; None writes none.
        limits: `most_bytes` and `most_rows` of one request, `keep_media` bytes beside the log; `python`:
            whether code that the package carries may run.

    Raises:
        InputError: there is no package.
        Corrupt: the package's proof fails.
        UsageError: a setting is out of range.
    """
    import uvicorn

    from milepost.serving.app import VARIABLE, App, Settings
    from milepost.shipping.verify import require

    if not 0 < port < 65536 or workers < 1:
        raise UsageError(
            f"port {port} and {workers} workers cannot be.", expected="A port below 65536, 1 worker or more."
        )
    where = os.path.abspath(log) if log else ""
    code = bool(limits.pop("python", trusted()))
    chosen = Settings(os.path.abspath(package), where, python=code, **limits)
    if chosen.python:
        trust()
    proven = require(package)
    manifest = proven.manifest
    print(
        f"milepost serves {manifest.name} {manifest.version} on http://{host}:{port}",
        file=sys.stderr,
        flush=True,
    )
    os.environ[VARIABLE] = msgspec.json.encode(chosen).decode()
    app = App(proven, chosen) if workers == 1 else "milepost.serving.app:create"
    uvicorn.run(
        app,
        factory=workers > 1,
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        ws="none",
    )


if __name__ == "__main__":
    sys.exit(main())
