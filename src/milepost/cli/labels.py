"""The commands of labelling: milepost labels start, status, import, export and what else there is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from milepost.cli import columns, labelset, show, steer
from milepost.cli.common import HERE, Dir, Json, shift
from milepost.cli.labelset import listed
from milepost.digest import plain
from milepost.errors import UsageError
from milepost.labels.formats.catalogue import FORMATS
from milepost.project import Project
from milepost.project.columns import ColumnLabels
from milepost.report.sentences import count, duration, figure, number, percent
from milepost.steps.team import Span, Team

Format = Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")]
BAD = 20
"""Bad entries that are printed; --json has all."""


def start(
    dir: Dir = HERE,
    column: columns.Column = "",
    kind: columns.Kind = "",
    names: Annotated[
        str,
        typer.Option(
            "--names", "--labels", help="The labels, separated by commas; left out: as rows have them."
        ),
    ] = "",
    most: Annotated[int, typer.Option(help="For --column: so many rows at most, drawn at random.")] = 0,
    who: Annotated[str, typer.Option(help="Who labels: we, crowd or specialists.")] = "",
    expert: Annotated[bool, typer.Option("--expert", help="The answer needs an expert.")] = False,
    price: Annotated[float | None, typer.Option(help="What a label costs.")] = None,
    seconds: Annotated[float | None, typer.Option(help="Seconds a label takes.")] = None,
    people: Annotated[int | None, typer.Option(help="How many label side by side.")] = None,
    overlap: Annotated[int, typer.Option(help="Labels an item, by different people.")] = 0,
    share: Annotated[float | None, typer.Option(help="Share of items that get so many labels.")] = None,
    gold: Annotated[float | None, typer.Option(help="Share of questions with a known answer.")] = None,
    json: Json = False,
) -> None:
    """Asks people to label the rows that have no label; again, it takes in rows that are new."""
    labels = columns.labels_of(Project(dir), column)
    said = {
        "who": who or None,
        "price": price,
        "seconds": seconds,
        "people": people,
        "expert": expert or None,
    }
    given: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    changed = given or overlap or share is not None or gold is not None
    terms = replace(labels.terms(), **given) if changed else None
    if isinstance(labels, ColumnLabels):
        rules = {"overlap": overlap, "share": share, "gold": gold}
        begun = columns.begin(labels, (kind, listed(names), most), terms, rules)
        show.as_json(begun) if json else columns.told(begun, dir)
        return
    if kind or most:
        raise UsageError("--kind and --most are for a column.", todo="Name it: --column NAME")
    made = labels.start(terms, listed(names), overlap, share, gold)
    if json:
        show.as_json(made)
        return
    show.out.print(
        f"{count(made.added)} items to label, {count(made.sealed)} of them sealed: labelled blind."
    )
    if made.gold:
        show.out.print(f"{count(made.gold)} questions with a known answer test who labels.")
    if made.apart:
        show.out.print(f"{count(made.apart)} rows are copies of rows on both sides of the seal: left out.")
    if made.labels:
        show.out.print(f"labels: {show.escape(', '.join(made.labels))}")
    _plan(made.plan)
    if made.items < made.plan.train + made.plan.test:
        show.out.print(
            f"[yellow]There are {count(made.items)} items: the interval will be wider than that, unless more "
            "rows come.[/]"
        )
    show.following(f"milepost labels status {dir}")


def status(dir: Dir = HERE, column: columns.Column = "", json: Json = False) -> None:
    """How far people are: items, seconds a label, price so far, agreement, how many more are needed."""
    project = Project(dir)
    others = {} if column else columns.standing(project)
    if others and columns.begun(project) is None:
        show.as_json({"columns": columns.status_json(others)}) if json else columns.listed(others, dir)
        return
    found = columns.labels_of(project, column).status()
    annotated = None if column else project.ledger.last("annotate")
    needed = annotated.findings.get("needed") if annotated else None
    if json:
        known = {**plain(found), "reading": found.reading, "needed": needed}
        show.as_json(known | {"columns": columns.status_json(others)})
        return
    show.out.print(
        f"{count(found.answers)} labels on {count(found.labelled)} rows; {count(found.left)} of "
        f"{count(found.items)} items still want labels."
    )
    if needed is not None and annotated is not None:
        show.out.print(
            f"needed to develop with: {count(needed)} rows; there are {count(annotated.findings['rows'])}."
        )
    if found.seconds is not None:
        show.out.print(f"a label takes {duration(found.seconds)}")
    if found.price:
        show.out.print(f"spent so far: {number(found.spent)} {found.unit}".rstrip())
    _agreement(found)
    for name, rows in found.counts.items():
        show.out.print(f"  {show.escape(name)}: {count(rows)}")
    columns.listed(others, dir)
    of = f" --column {column!r}" if column else ""
    out = f"milepost labels export {dir} todo.csv --format csv --todo{of}"
    show.following(
        f"label them, or out and back as a file: {out}, milepost labels import {dir} FILE{of}"
        if found.left
        else f"milepost run {dir}"
    )


def bring(
    dir: Dir = HERE,
    file: Annotated[str, typer.Argument(help="The file or folder of labels.")] = "",
    format: Format = "csv",
    column: columns.Column = "",
    json: Json = False,
) -> None:
    """Reads labels that people gave elsewhere; bad entries are listed, a file counts once."""
    dir, (file,) = shift(dir, file)
    made = columns.labels_of(Project(dir), column).read(_given(file), format)
    if json:
        show.as_json(made)
        return
    show.out.print(f"{count(made.answers)} labels of {count(made.entries)} entries count.")
    for bad in made.bad[:BAD]:
        show.out.print(f"[yellow]{show.escape(bad.place)}[/]: {show.escape(bad.reason)}")
    if len(made.bad) > BAD:
        show.out.print(f"and {count(len(made.bad) - BAD)} more bad entries; --json lists all.")
    for note in made.notes:
        show.out.print(show.escape(note))
    show.following(f"milepost run {dir}")


def export(
    dir: Dir = HERE,
    file: Annotated[str, typer.Argument(help="The file or folder to write.")] = "",
    format: Format = "csv",
    todo: Annotated[bool, typer.Option("--todo", help="The items that still want labels, instead.")] = False,
    consensus: Annotated[
        bool, typer.Option("--consensus", help="One answer an item: what people say together.")
    ] = False,
    column: columns.Column = "",
    json: Json = False,
) -> None:
    """Writes items and labels, those of sealed items never; says what the format cannot hold."""
    dir, (file,) = shift(dir, file)
    made = columns.labels_of(Project(dir), column).write(_given(file), format, todo, consensus)
    if json:
        show.as_json(made)
        return
    show.out.print(f"{count(made.items)} items and {count(made.answers)} labels: {show.escape(str(file))}")
    for lost in made.lost:
        show.out.print(f"[yellow]{show.escape(lost)}[/]")


def plan(
    dir: Dir = HERE,
    width: Annotated[float, typer.Option(help="Half-width that the score's 95 % interval may have.")] = 0.02,
    score: Annotated[float, typer.Option(help="The share of right answers expected of the model.")] = 0.9,
    json: Json = False,
) -> None:
    """How many labels, hours and how much money until the score's interval is narrow enough."""
    labels = Project(dir).labels
    made, bought = labels.plan(width=width, score=score), steer.worth_of(labels)
    if json:
        show.as_json({**plain(made), "worth": bought.says if bought else ""})
        return
    _plan(made)
    if bought is not None:
        show.out.print(show.escape(bought.says))


def agree(dir: Dir = HERE, column: columns.Column = "", json: Json = False) -> None:
    """How well people agree: by label, by pair, by person."""
    found = columns.labels_of(Project(dir), column).status()
    if json:
        parts = ("alpha", "raw", "classes", "pairs", "people", "method", "why")
        show.as_json({name: plain(getattr(found, name)) for name in parts})
        return
    _agreement(found)
    for title, spans in (("label", found.classes), ("pair", found.pairs)):
        for span in spans:
            show.out.print(f"  {title} {show.escape(span.name)}: {_shown(span)}")
    for worker in found.people:
        agreed = "" if worker.agreement is None else f", others agree in {percent(worker.agreement)}"
        tested = (
            f", {worker.gold[0]} of {worker.gold[1]} known answers right: {worker.verdict}"
            if worker.verdict
            else ""
        )
        signs = f" {' '.join(worker.signs)}" if worker.signs else ""
        show.out.print(
            f"  {show.escape(worker.name)}: {count(worker.answers)} labels{agreed}{tested}.{signs}"
        )


def ask(
    dir: Dir = HERE,
    data: Annotated[str, typer.Option(help="A server's log, or a table of requests.")] = "requests",
    share: Annotated[float, typer.Option(help="Probability with which each request is audited.")] = 0.02,
    hard: Annotated[int, typer.Option(help="Hard cases at most: close calls, values never seen.")] = 50,
    time: Annotated[str, typer.Option(help="For tables: the column that says when they were asked.")] = "",
    json: Json = False,
) -> None:
    """Gives requests of production to people to label: audits drawn at random, and hard cases."""
    made = Project(dir).labels.ask(data, share, hard, time)
    if json:
        show.as_json(made)
        return
    told = f"{count(made.audits)} audits and {count(made.hard)} hard cases of {count(made.requests)} requests"
    show.out.print(f"{told}; {count(made.added)} are new in the queue 'production'.")
    show.following(f"milepost labels returns {dir}, once they are labelled")


def returns(
    dir: Dir = HERE,
    out: Annotated[str, typer.Option(help="A Parquet file of all labelled requests, for renew.")] = "",
    json: Json = False,
) -> None:
    """Records labelled audits as outcomes; hard cases say nothing of how good the model is, and never are."""
    made = Project(dir).labels.returns(out)
    if json:
        show.as_json(made)
        return
    show.out.print(
        f"{count(made.recorded)} new outcomes of {count(made.audits)} labelled audits; "
        f"{count(made.hard)} labelled hard cases."
    )
    show.following(f"milepost monitor {dir}")


def _given(file: str) -> Path:
    if not file:
        raise UsageError("no file was named.", todo="Name it: milepost labels import DIR FILE")
    return Path(file)


def _agreement(found: Team) -> None:
    if found.alpha is None:
        show.out.print("agreement: not known, as no two people labelled the same items")
        return
    show.out.print(f"agreement beyond chance (alpha): {_shown(found.alpha)}: {found.reading}")
    if found.raw is not None:
        show.out.print(f"two people say the same: {_shown(found.raw)}")


def _shown(span: Span) -> str:
    if span.value is None:
        return "cannot be told"
    ends = "" if span.low is None or span.high is None else f" ({figure(span.low)} to {figure(span.high)})"
    return f"{figure(span.value)}{ends}"


def _plan(made: Any) -> None:
    money = f", {number(made.money)}" if made.money else ""
    show.out.print(
        f"plan: {count(made.labels)} labels, {number(made.hours)} hours{money}, for "
        f"±{number(made.halfwidth, 2)}; {count(made.test)} items that score."
    )
    for warning in made.warnings:
        show.out.print(f"[yellow]{show.escape(warning)}[/]")


def add(app: typer.Typer) -> None:
    """Adds these commands as a group of their own."""
    group = typer.Typer(
        no_args_is_help=True, help="People label rows: ask, look, bring in, take out, change."
    )
    for command in (start, status, bring, export, plan, agree, ask, returns):
        group.command("import" if command is bring else command.__name__)(command)
    labelset.add(group)
    steer.add(group)
    app.add_typer(group, name="labels")
