"""The commands of labelling: milepost labels start, status, import, export, plan, agree, set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from milepost.cli import show
from milepost.cli.common import HERE, Dir, Json, shift
from milepost.digest import plain
from milepost.errors import UsageError
from milepost.labels.formats.catalogue import FORMATS
from milepost.labels.migrations import Add, Merge, Migration, Rename, Retire, Split
from milepost.project import Project
from milepost.report.sentences import count, duration, figure, number, percent
from milepost.steps.team import Span, Team

Format = Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")]
BAD = 20
"""Bad entries that are printed; --json has all."""


def start(
    dir: Dir = HERE,
    names: Annotated[
        str, typer.Option(help="The labels, separated by commas; left out: as rows have them.")
    ] = "",
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
    labels = Project(dir).labels
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
    made = labels.start(terms, _listed(names), overlap, share, gold)
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
    show.following(f"milepost labels status {dir}")


def status(dir: Dir = HERE, json: Json = False) -> None:
    """How far people are: items, seconds a label, price so far, agreement, how many more are needed."""
    project = Project(dir)
    found = project.labels.status()
    annotated = project.ledger.last("annotate")
    needed = annotated.findings.get("needed") if annotated else None
    if json:
        show.as_json({**plain(found), "reading": found.reading, "needed": needed})
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
    out = f"milepost labels export {dir} todo.csv --format csv --todo"
    show.following(
        f"label them, or out and back as a file: {out}, milepost labels import {dir} FILE"
        if found.left
        else f"milepost run {dir}"
    )


def bring(
    dir: Dir = HERE,
    file: Annotated[str, typer.Argument(help="The file or folder of labels.")] = "",
    format: Format = "csv",
    json: Json = False,
) -> None:
    """Reads labels that people gave elsewhere; bad entries are listed, a file counts once."""
    dir, (file,) = shift(dir, file)
    made = Project(dir).labels.read(_given(file), format)
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
    json: Json = False,
) -> None:
    """Writes items and labels, those of sealed items never; says what the format cannot hold."""
    dir, (file,) = shift(dir, file)
    made = Project(dir).labels.write(_given(file), format, todo, consensus)
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
    made = Project(dir).labels.plan(width=width, score=score)
    show.as_json(made) if json else _plan(made)


def agree(dir: Dir = HERE, json: Json = False) -> None:
    """How well people agree: by label, by pair, by person."""
    found = Project(dir).labels.status()
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


def change(
    dir: Dir = HERE,
    rename: Annotated[str, typer.Option(help="OLD=NEW: another name.")] = "",
    merge: Annotated[str, typer.Option(help="A,B=C: A and B become C.")] = "",
    split: Annotated[str, typer.Option(help="A=B,C: A is split; its items come back.")] = "",
    new: Annotated[str, typer.Option("--add", help="A label that is new.")] = "",
    retire: Annotated[str, typer.Option(help="A label that can no longer be chosen.")] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Make the change; else only its effect is told.")
    ] = False,
    json: Json = False,
) -> None:
    """Shows the label set, or changes it; what a change would touch is told first."""
    labels = Project(dir).labels
    asked = {"rename": rename, "merge": merge, "split": split, "add": new, "retire": retire}
    told = {name: text for name, text in asked.items() if text}
    if len(told) > 1:
        raise UsageError(f"{' and '.join(told)} were asked for at once.", expected="One change at a time.")
    if told:
        made = labels.change(_migration(labels.store.set.find, *next(iter(told.items()))), yes)
        if json:
            show.as_json({"says": made.sentence, "requeued": made.requeued, "made": yes})
            return
        show.out.print(show.escape(made.sentence))
        if not yes:
            show.following("the same with --yes makes the change")
        return
    newest = labels.store.set
    if json:
        show.as_json(newest)
        return
    often = labels.store.answers.by_label()
    show.out.print(f"{newest.kind}, version {newest.version}")
    for id in newest.active:
        show.out.print(f"  {show.escape(newest.shown(id))}: {count(often.get(id, 0))} labels")


def _migration(find: Any, act: str, text: str) -> Migration:
    """A change as it was typed."""
    left, _, right = text.partition("=")

    def id(name: str) -> str:
        found = [label for label in find(name.strip()) if label.name.casefold() == name.strip().casefold()]
        if not found:
            raise UsageError(f"there is no label '{name.strip()}'.", todo="See: milepost labels set")
        return str(found[0].id)

    if act == "add":
        return Add(text)
    if act == "retire":
        return Retire(id(text))
    if not right:
        raise UsageError(f"--{act} got '{text}'.", expected="What changes, =, and what it becomes.")
    if act == "rename":
        return Rename(id(left), right.strip())
    if act == "merge":
        return Merge(tuple(id(name) for name in _listed(left)), id(right))
    return Split(id(left), tuple(_listed(right)))


def _given(file: str) -> Path:
    if not file:
        raise UsageError("no file was named.", todo="Name it: milepost labels import DIR FILE")
    return Path(file)


def _listed(text: str) -> Sequence[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


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
    """Adds these commands, as a group of their own."""
    group = typer.Typer(
        no_args_is_help=True, help="People label rows: ask, look, bring in, take out, change."
    )
    named = {"import": bring, "set": change}
    for command in (start, status, bring, export, plan, agree, change):
        names = [name for name, function in named.items() if function is command]
        group.command(names[0] if names else command.__name__)(command)
    app.add_typer(group, name="labels")
