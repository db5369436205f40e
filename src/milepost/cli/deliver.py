"""The commands around a package: predict, ship, verify, serve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from milepost.cli import show
from milepost.cli.common import HERE, Json
from milepost.cli.terminal import Terminal
from milepost.errors import GateFailed
from milepost.project import Project

Source = Annotated[Path, typer.Argument(help="A project's folder or a package.", metavar="DIR|PACKAGE")]


def package_of(path: Path) -> Path:
    """The package a path names: itself, or the one of the project in that folder."""
    if path.suffix == ".zip" or (path / "manifest.json").is_file():
        return path
    return Project(path).package


def predict(
    dir: Source,
    data: Annotated[str, typer.Option(help="Rows to answer: a file, a folder or an SQL URL.")],
    out: Annotated[Path, typer.Option(help="A .csv or .parquet file to write.")],
    json: Json = False,
) -> None:
    """Answers rows in input order: key columns, prediction, probabilities, decision."""
    from milepost.project.answer import predict_file

    rows = predict_file(package_of(dir), data, out)
    show.as_json({"rows": rows, "out": str(out)}) if json else show.out.print(
        f"{rows:,} rows answered: {out}"
    )


def ship(
    dir: Annotated[Path, typer.Argument(help="The project's folder.")] = HERE,
    to: Annotated[str, typer.Option(help="Where the package is to run.")] = "server",
    out: Annotated[Path | None, typer.Option(help="Copy the result to this folder.")] = None,
    json: Json = False,
) -> None:
    """Builds the package for a target, proves it, and writes what that target needs."""
    with Terminal(quiet=json) as talk:
        folder = Project(dir).ship(to, out, talk)
    show.as_json({"folder": str(folder)}) if json else show.out.print(str(folder))


def verify(package: Source, json: Json = False) -> None:
    """Proves a package again: its digests, and its answers to the golden rows at batch 1, 5 and all."""
    from milepost.shipping.manifest import open_package
    from milepost.shipping.verify import verify as prove

    proof = prove(open_package(package_of(package)))
    if json:
        show.as_json(proof)
    else:
        worst = max(proof.worst.values(), default=0.0)
        show.out.print(
            f"{proof.rows} golden rows at batch 1, 5 and all: largest difference {worst:.1e}, {proof.flips} flips."
        )
        for problem in proof.problems:
            show.out.print(show.escape(problem))
    if proof.problems:
        raise GateFailed("the package is not proven.", todo="Ship it again from its project.")


def serve(
    dir: Source,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8080,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    log: Annotated[Path | None, typer.Option(help="Folder of the request log.")] = None,
) -> None:
    """Serves a package: JSON rows, TF Serving and Open Inference Protocol routes, health, metrics."""
    from milepost.serving.__main__ import serve as listen

    package = package_of(dir)
    folder = log or (dir / "requests" if (dir / "milepost.toml").is_file() else "")
    listen(str(package), host=host, port=port, log=str(folder))


def add(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    for command in (predict, ship, verify, serve):
        app.command(command.__name__)(command)
