"""The commands that begin something: try, new, demo."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from milepost.brief import FILE, Brief
from milepost.brief.toml import guesses
from milepost.cli import show
from milepost.cli.common import HERE, Dir, Json, carry, end
from milepost.cli.terminal import Terminal
from milepost.errors import Interrupted
from milepost.project import Project

LONELY = "milepost-report.html"
"""The report of a project that is not kept."""


def try_(
    file: Annotated[str, typer.Argument(help="A file, a folder or an SQL URL.")],
    target: Annotated[str, typer.Option(help="The column to predict; or folders are classes.")] = "",
    keep: Annotated[Path | None, typer.Option(help="Keep the project in this folder.")] = None,
    budget: Annotated[str, typer.Option(help="Time of the road until `final` has ended.")] = "60s",
    json: Json = False,
) -> None:
    """A minute: a temporary project, the road on the terminal, the report."""
    from milepost.project.tell import report as tell

    folder = keep or Path(tempfile.mkdtemp(prefix="milepost-")) / Path(file).stem
    try:
        project = Project.new(folder, file, target, budget=budget)
        status = carry(project, yes=True, ask=False, waive_all="a first try")
        named = ["--target", target] if target else []
        keeping = shlex.join(["milepost", "try", file, *named, "--keep", "DIR"])
        after = "" if keep else f"{keeping} keeps the project, package and all"
        report = tell(project.road, (keep or Path.cwd()) / ("report.html" if keep else LONELY), after)
        if json:
            show.as_json({**status.plain(), "report": str(report)})
        else:
            end(status, report, True, after)
            if watched():
                typer.launch(str(report))
        raise typer.Exit(status.code)
    except KeyboardInterrupt as stop:
        if keep:
            raise
        raise Interrupted("stopped; nothing is kept.", todo="Keep a project with --keep DIR.") from stop
    finally:
        if keep is None:
            shutil.rmtree(folder.parent, ignore_errors=True)


def watched() -> bool:
    """Whether somebody sits before a screen on which a report can be opened."""
    display = sys.platform in ("darwin", "win32") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
    return show.out.is_terminal and display


def new(
    data: Annotated[str, typer.Option(help="A file, a folder or an SQL URL.")],
    dir: Dir = HERE,
    target: Annotated[
        str, typer.Option(help="The column to predict; several separated by commas; or folders are classes.")
    ] = "",
    task: Annotated[str, typer.Option(help="binary, multiclass, multilabel, regression or vector.")] = "",
    labels: Annotated[
        str, typer.Option(help="Labels that people choose among, separated by commas, where rows have none.")
    ] = "",
    metric: Annotated[str, typer.Option(help="The metric of success.")] = "",
    time: Annotated[str, typer.Option(help="The column that orders the rows in time.")] = "",
    group: Annotated[str, typer.Option(help="The column whose rows belong together.")] = "",
    split: Annotated[str, typer.Option(help="random, time or group.")] = "",
    test: Annotated[str, typer.Option(help="Your own test file, sealed.")] = "",
    production: Annotated[str, typer.Option(help="A sample of rows as production has them.")] = "",
    budget: Annotated[str, typer.Option(help="Time of the road until `final` has ended: 120s, 5m.")] = "",
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
        "task": task, "labels": labels, "metric": metric, "time": time, "group": group, "split": split,
        "test": test, "production": production, "budget": budget, "threads": threads, "seed": seed,
        "refit": refit,
    }  # fmt: skip
    given = {name: value for name, value in options.items() if value not in ("", None)}
    template = Brief.load(Path(like).parent if like.endswith(".toml") else Path(like)) if like else None
    with Terminal(ask=False) as talk:
        project = Project.new(dir, data, target, template, talk, **given)
    if json:
        show.as_json(project.brief.plain())
        return
    for key, value, why in guesses((dir / FILE).read_text(encoding="utf-8")):
        show.out.print(f"{show.escape(key)} = {show.escape(value)}  [dim]{show.escape(why)}[/]")
    show.out.print(f"Wrote {show.escape(str(dir / FILE))}: read it, change what is wrong.")
    show.following(f"milepost run {dir}")


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

    found = demos[name]
    folder = into or Path("demo") / name
    if not (folder / FILE).is_file():
        found.build(folder)
    if build_only:
        show.as_json({"folder": str(folder)}) if json else show.following(f"milepost run {folder}")
        return
    project = Project(folder)
    status = carry(project, yes=True, ask=False)
    report = project.report()
    if json:
        show.as_json({**status.plain(), "report": str(report)})
    else:
        end(status, report, told=True)
        source = folder / project.brief.data.source
        ask = shlex.join(
            ["milepost", "predict", str(folder), "--data", str(source), "--out", "answers.parquet"]
        )
        show.out.print(f"[bold]ask it:[/] {show.escape(ask)}")
        show.out.print(f"[bold]serve it:[/] milepost serve {show.escape(str(folder))}")
    raise typer.Exit(status.code)


def add(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    app.command("try")(try_)
    app.command()(new)
    app.command()(demo)
