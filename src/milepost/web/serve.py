"""Starts the application: on this machine with a one-time link, or for others with accounts."""

from __future__ import annotations

import ipaddress
import secrets
import shutil
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from milepost.brief import FILE
from milepost.errors import EnvironmentProblem, UsageError
from milepost.project.person import whoami
from milepost.steps.work import STORE
from milepost.web.app import create
from milepost.web.site import Door, Site
from milepost.web.wire import MOST, Patient

PORT = 8765


@dataclass(frozen=True)
class Where:
    """Where to listen, and as whom.

    Args:
        host: an address; others than those of this machine itself demand accounts, as a proxy does.
        port: 0 takes a free one.
        names: names by which the server is addressed, beside addresses and "localhost".
        cert, key: files of a TLS certificate and its key; None speaks plainly.
        proxy: the address of a proxy, whose word on where a request came from, and whether by TLS, is taken.
    """

    host: str = "127.0.0.1"
    port: int = PORT
    names: tuple[str, ...] = ()
    cert: Path | None = None
    key: Path | None = None
    proxy: str = ""

    @property
    def alone(self) -> bool:
        """Whether only this machine can reach it.

        >>> [Where(host).alone for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "10.0.0.1")]
        [True, True, True, False, False]
        """
        if self.proxy:
            return False
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def serve(folder: Path, where: Where) -> None:
    """Serves a project's pages until the process is told to stop.

    Raises:
        UsageError: others could reach it and there is no project or no owner with an account, there is no
            such port or proxy, or only one of `cert` and `key` is given.
        EnvironmentProblem: it cannot listen there.
    """
    import uvicorn

    if (where.cert is None) != (where.key is None):
        raise UsageError("a certificate and its key belong together.", todo="Give both --cert and --key.")
    if where.proxy and not _number(where.proxy):
        raise UsageError(f"'{where.proxy}' is no address of a proxy.", expected="An IP address.")
    if not 0 <= where.port < 65536:
        raise UsageError(f"there is no port {where.port}.", expected="0 to 65535; 0 takes a free one.")
    if not where.alone and not (folder / FILE).is_file():
        raise UsageError(
            f"there is no project in '{folder}', and none is begun where others can reach it.",
            todo=f"Begin it on this machine: milepost web {folder}, or milepost new.",
        )
    listening, fresh = _listen(where), not (folder / STORE).exists()
    try:
        app = create(folder, door(where, listening.getsockname()[1]))
        site: Site = app.state.site
        if not where.alone and not site.accounts.open():
            raise UsageError(
                f"others can reach '{where.host}', and no owner has an account to sign in with.",
                todo=f"Make one first: milepost person {folder} NAME --role owner",
            )
        if not site.begun:
            print(f"There is no project in '{folder}' yet; the page begins one.", file=sys.stderr)
        print(greeting(where, site.door), file=sys.stderr, flush=True)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False,
            proxy_headers=bool(where.proxy), forwarded_allow_ips=trusted(where.proxy), ws="none",
            lifespan="on", ssl_certfile=where.cert, ssl_keyfile=where.key,
            timeout_graceful_shutdown=5, http=Patient, limit_concurrency=MOST,
        )  # fmt: skip
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        listening.close()
        if fresh:
            _unused(folder)


def door(where: Where, port: int) -> Door:
    """How people come in to where the server listens."""
    names = {name.lower() for name in (*where.names, socket.gethostname())}
    if not _number(where.host):
        names.add(where.host.lower())
    if where.alone:
        key, names = secrets.token_urlsafe(24), set(where.names)
        return Door(True, whoami(), key, port, tuple(sorted(names)), where.cert is not None)
    return Door(False, port=port, names=tuple(sorted(names)), secure=where.cert is not None)


def trusted(proxy: str) -> list[str]:
    """The ways in which a socket writes the address of a proxy; none where there is no proxy.

    >>> trusted("10.0.0.1"), trusted("fd00::1"), trusted("")
    (['10.0.0.1', '::ffff:10.0.0.1'], ['fd00::1'], [])
    """
    return [proxy, f"::ffff:{proxy}"] if "." in proxy else [proxy] if proxy else []


def greeting(where: Where, way: Door) -> str:
    """What is printed when it starts: the one-time link, or where to sign in."""
    scheme = "https" if way.secure else "http"
    shown = f"[{where.host}]" if ":" in where.host else where.host
    address = f"{scheme}://{shown}:{way.port}"
    if way.link:
        return f"milepost web: open {address}/enter?key={way.key}\nThe link is good for one use. Ctrl-C ends."
    plainly = "" if way.secure or where.proxy else (
        "\nPasswords cross the network unencrypted: give --cert and --key, or stand behind a proxy with TLS "
        "and name it with --proxy."
    )  # fmt: skip
    return f"milepost web: sign in at {address}/login. Ctrl-C ends.{plainly}"


def _unused(folder: Path) -> None:
    """Removes what the server made in a folder in which nobody began anything."""
    if (folder / FILE).exists() or (folder / STORE / "uploads").exists():
        return
    shutil.rmtree(folder / STORE, ignore_errors=True)
    with suppress(OSError):
        folder.rmdir()


def _number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _listen(where: Where) -> socket.socket:
    try:
        (family, *_, address), *_ = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
        made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except (OSError, OverflowError) as problem:
        raise EnvironmentProblem(
            f"it cannot listen on {where.host}:{where.port} ({problem}).", todo="Name another port: --port N."
        ) from problem
    return made
