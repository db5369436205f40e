"""The commands around a package: predict, ship, verify, serve, outcomes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from milepost.brief import FILE
from milepost.cli import show
from milepost.cli.common import HERE, Dir, Json
from milepost.cli.terminal import Terminal
from milepost.digest import plain
from milepost.errors import Corrupt, EnvironmentProblem, GateFailed, InputError
from milepost.ledger import OPEN
from milepost.project import Project
from milepost.registry import trust

MANIFEST = "manifest.json"
Source = Annotated[Path, typer.Argument(help="A project's folder or a package.", metavar="DIR|PACKAGE")]


Python = Annotated[
    bool, typer.Option("--python", help="Let code run that a package carries, with your rights.")
]


def package_of(path: Path, python: bool = False) -> Path:
    """The package that a path names: itself, or the one of the project in that folder.

    A word on standard error says so where the project's package is not of its present state.

    Raises:
        InputError: the path names neither.
    """
    if python:
        trust()
    if path.suffix == ".zip" or (path / MANIFEST).is_file():
        return path
    if (path / "package" / MANIFEST).is_file() and not (path / FILE).is_file():
        return path / "package"  # what `ship` wrote for a target
    if path.exists() and not (path / FILE).is_file():
        raise InputError(
            f"'{path}' is neither a project nor a package.",
            expected=f"A folder with {FILE} or {MANIFEST}, or a package's .zip.",
        )
    project = Project(path)
    package, status = project.package, project.status()
    if status.miles[-1].state not in OPEN:
        stands = "failed" if status.miles[-1].state == "failed" else "is not of the project's present state"
        show.err.print(f"[yellow]the package {stands}:[/] {show.escape(status.next)}")
    return package


def predict(
    data: Annotated[str, typer.Option(help="Rows to answer: a table, media, a folder or an SQL URL.")],
    out: Annotated[Path, typer.Option(help="A .csv or .parquet file to write.")],
    dir: Source = HERE,
    python: Python = False,
    json: Json = False,
) -> None:
    """Answers rows in input order: key columns, prediction, probabilities, decision."""
    from milepost.project.answer import predict_file

    home = dir if (dir / FILE).is_file() else None
    found = predict_file(package_of(dir, python), data, out, os.cpu_count() or 1, home)
    rows, aside = found.frame.height - found.unanswered, found.aside.height
    if json:
        listed = {"aside": aside, "list": str(found.list)} if aside else {}
        show.as_json({"rows": rows, "out": str(out), **listed})
        return
    show.out.print(f"{rows:,} rows answered: {show.escape(str(out))}")
    if aside:
        show.err.print(f"[yellow]set aside:[/] {show.escape(found.sentence)}")


def ship(
    dir: Dir = HERE,
    to: Annotated[str, typer.Option(help="Where the package is to run.")] = "server",
    point: Annotated[
        str, typer.Option(help="Ships ensemble, single, small or student; else the brief's.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="Copy the result to this folder.")] = None,
    json: Json = False,
) -> None:
    """Builds the package for a target, proves it, and writes what that target needs."""
    project = Project(dir)
    with Terminal(ask=not json) as talk:
        folder = project.ship(to, out, talk, point)
    if json:
        show.as_json({"folder": str(folder), "package": str(project.package), "to": to})
    else:
        show.out.print(f"Shipped for {to}: {show.escape(str(folder))}")


def verify(package: Source = HERE, python: Python = False, json: Json = False) -> None:
    """Proves a package again: its digests, and its answers to the golden rows at batch 1, 5 and all."""
    from milepost.shipping.manifest import open_package
    from milepost.shipping.verify import Proof
    from milepost.shipping.verify import verify as prove

    try:
        proof = prove(open_package(package_of(package, python)))
    except Corrupt as problem:
        proof = Proof(False, (str(problem),), 0)
    if json:
        show.as_json({**plain(proof), "code": 0 if proof.passed else GateFailed.exit_code})
    else:
        show.out.print(f"[{'green' if proof.passed else 'red'}]{show.escape(proof.sentence)}[/]")
    if not proof.passed:
        raise typer.Exit(GateFailed.exit_code)


def serve(
    dir: Source = HERE,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8080,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    log: Annotated[Path | None, typer.Option(help="Folder of the request log.")] = None,
    most_bytes: Annotated[int | None, typer.Option(help="Largest body; 10 MB, or 64 MB with media.")] = None,
    keep_media: Annotated[int | None, typer.Option(help="Bytes of media kept beside the log; 1 GB.")] = None,
    python: Python = False,
) -> None:
    """Serves a package: JSON rows, TF Serving and Open Inference Protocol routes, health, metrics."""
    from milepost.serving.__main__ import serve as listen

    package = package_of(dir, python)
    folder = log or (dir / "requests" if (dir / FILE).is_file() else None)
    chosen = {"most_bytes": most_bytes, "keep_media": keep_media}
    limits = {name: value for name, value in chosen.items() if value is not None}
    try:
        listen(package, host=host, port=port, log=folder, **limits)
    except SystemExit as ended:  # uvicorn leaves so where it cannot listen
        raise EnvironmentProblem(
            f"the server could not start on {host}:{port}.", todo="Name another port: --port N."
        ) from ended


def outcomes(
    data: Annotated[str, typer.Option(help="Truths: the target, and what names the request of each.")],
    dir: Dir = HERE,
    key: Annotated[str, typer.Option(help="The columns that name it, separated by commas.")] = "",
    at: Annotated[str, typer.Option(help="The column that says when each became known.")] = "",
    requests: Annotated[str, typer.Option(help="A file of requests with its rows in the same order.")] = "",
    json: Json = False,
) -> None:
    """Records truths that arrived late, so that the real score shows; the last one of a request counts."""
    arrived = Project(dir).outcomes(data, key, at, requests)
    if json:
        show.as_json({**plain(arrived), "sentence": arrived.sentence})
        return
    show.out.print(show.escape(arrived.sentence))
    show.following(f"milepost monitor {dir}")


def add(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    for command in (predict, ship, verify, serve, outcomes):
        app.command(command.__name__)(command)
