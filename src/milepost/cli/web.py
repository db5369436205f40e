"""The commands of the web application: web, person."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from milepost.cli import show
from milepost.cli.common import HERE, Dir, Json, shift
from milepost.errors import UsageError
from milepost.project import Project


def web(
    dir: Dir = HERE,
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine's demand accounts.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8765,
    name: Annotated[
        list[str] | None, typer.Option(help="A name by which it is addressed; may be given several times.")
    ] = None,
    cert: Annotated[Path | None, typer.Option(help="TLS certificate, a PEM file.")] = None,
    key: Annotated[Path | None, typer.Option(help="The certificate's key, a PEM file.")] = None,
    proxy: Annotated[
        str,
        typer.Option(help="IP address of a proxy before it, whose forwarded headers are believed."),
    ] = "",
) -> None:
    """Serves the project's pages: the road, the brief, data, looks, the threshold, runs, the report."""
    from milepost.web.serve import Where, serve

    serve(dir, Where(host, port, tuple(name or ()), cert, key, proxy))


def person(
    dir: Dir = HERE,
    name: Annotated[str, typer.Argument(help="The name to sign in with; it stands in the ledger.")] = "",
    role: Annotated[
        str, typer.Option(help="owner, reviewer, labeller, or several with commas; left out: as it is.")
    ] = "",
    close: Annotated[bool, typer.Option("--close", help="Close the account.")] = False,
    json: Json = False,
) -> None:
    """Lets a person into the web application, or gives a new role or password; it is read, not shown."""
    from milepost.labels.people import People
    from milepost.project.person import whoami
    from milepost.web.accounts import Accounts
    from milepost.web.sessions import Sessions

    dir, (name,) = shift(dir, name)
    rows = Project(dir).ledger.rows
    if not name:
        raise UsageError("nobody is named.", todo=f"Say who: milepost person {dir} NAME --role owner")
    accounts, by = Accounts(People(rows)), whoami()
    if close:
        account = accounts.change(name, by, active=False)
    elif accounts.people.find(name):
        account = accounts.change(name, by, _password(), role=role, active=True)
    else:
        if not role:
            raise UsageError(f"there is no account '{name}' yet.", todo="Say what it may do: --role owner")
        account = accounts.add(name, role, _password(), by)
    Sessions(rows).drop(name)
    roles, state = ", ".join(account.roles), "" if account.active else ", closed"
    told = {"name": account.name, "roles": account.roles, "open": account.active}
    show.as_json(told) if json else show.out.print(f"{show.escape(account.name)}: {roles}{state}")


def _password() -> str:
    """A password from the terminal, asked for twice, or the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    import getpass

    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Once more: "):
        raise UsageError("the two passwords differ.", todo="Try again.")
    return first


def add(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    for command in (web, person):
        app.command(command.__name__)(command)
