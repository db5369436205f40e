"""The commands that begin something: try, new, demo."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from milepost.brief import Brief
from milepost.cli import show
from milepost.cli.common import Dir, Json, carry, end
from milepost.project import Project


def try_(
    file: Annotated[str, typer.Argument(help="A file, a folder or an SQL URL.")],
    target: Annotated[str, typer.Option(help="The column to predict.")],
    keep: Annotated[Path | None, typer.Option(help="Keep the project in this folder.")] = None,
    json: Json = False,
) -> None:
    """A minute: a temporary project, the road on the terminal, the report."""
    folder = keep or Path(tempfile.mkdtemp(prefix="milepost-")) / "try"
    try:
        project = Project.new(folder, file, target, budget="60s")
        status = carry(project, json, yes=True, ask=False, waive_all="a first try")
        report = project.report() if keep else project.report(Path.cwd() / "milepost-report.html")
        end(status, report, json)
        if not json:
            typer.launch(str(report)) if show.out.is_terminal else None
    finally:
        if keep is None:
            shutil.rmtree(folder.parent, ignore_errors=True)


def new(
    dir: Dir,
    data: Annotated[str, typer.Option(help="A file, a folder or an SQL URL.")],
    target: Annotated[str, typer.Option(help="The column to predict; several separated by commas.")],
    task: Annotated[str, typer.Option(help="binary, multiclass, regression or vector.")] = "",
    metric: Annotated[str, typer.Option(help="The metric of success.")] = "",
    time: Annotated[str, typer.Option(help="The column that orders the rows in time.")] = "",
    group: Annotated[str, typer.Option(help="The column whose rows belong together.")] = "",
    split: Annotated[str, typer.Option(help="random, time or group.")] = "",
    test: Annotated[str, typer.Option(help="Your own test file, sealed.")] = "",
    production: Annotated[str, typer.Option(help="A sample of rows as production has them.")] = "",
    budget: Annotated[str, typer.Option(help="Time from prepare to final: 120s, 5m.")] = "",
    threads: Annotated[int | None, typer.Option(help="Threads used at once.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every random choice.")] = None,
    refit: Annotated[str, typer.Option(help="Rows of the shipped model: development or all.")] = "",
    like: Annotated[
        str, typer.Option(help="A folder or milepost.toml to take over what is not said here.")
    ] = "",
    json: Json = False,
) -> None:
    """Makes a project: infers what is not said, explains each guess, writes a commented milepost.toml."""
    options = {
        "task": task, "metric": metric, "time": time, "group": group, "split": split, "test": test,
        "production": production, "budget": budget, "threads": threads, "seed": seed, "refit": refit,
    }  # fmt: skip
    given = {name: value for name, value in options.items() if value not in ("", None)}
    template = Brief.load(Path(like).parent if like.endswith(".toml") else Path(like)) if like else None
    project = Project.new(dir, data, target, template, **given)
    if json:
        show.as_json(project.brief.plain())
        return
    text = (dir / "milepost.toml").read_text()
    guesses = [line.strip("# ") for line in text.splitlines() if "(inferred:" in line]
    for guess in guesses:
        show.out.print(f"[dim]{show.escape(guess)}[/]")
    show.out.print(f"Wrote {dir / 'milepost.toml'}; read it, then: [bold]milepost run {dir}[/]")


def demo(
    name: Annotated[str, typer.Argument(help="The demo's name, such as late-flights.")],
    into: Annotated[Path | None, typer.Option(help="The folder to make it in.")] = None,
    build_only: Annotated[
        bool, typer.Option("--build-only", help="Make the project, do not run it.")
    ] = False,
    json: Json = False,
) -> None:
    """Makes a demo project on real data and carries it down the road."""
    from milepost.demos.base import demos

    folder = into or Path("demo") / name
    if not (folder / "milepost.toml").is_file():
        demos[name].build(folder)
    if build_only:
        show.out.print(f"Made {folder}. Go on with: milepost run {folder}")
        return
    project = Project(folder)
    status = carry(project, json, yes=True, ask=False)
    end(status, project.report(), json)
    if not json:
        source = folder / project.brief.data.source
        show.out.print(f"[bold]ask it:[/]   milepost predict {folder} --data {source} --out answers.parquet")
        show.out.print(f"[bold]serve it:[/] milepost serve {folder} --port 8080")
    raise typer.Exit(status.code)


def add(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    app.command("try")(try_)
    app.command()(new)
    app.command()(demo)
