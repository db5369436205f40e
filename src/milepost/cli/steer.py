"""The commands that steer the queue: milepost labels next, find, back, doubts and worth."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from milepost.cli import show
from milepost.cli.common import HERE, Dir, Json, shift
from milepost.digest import plain
from milepost.errors import UsageError
from milepost.labels.labels import Labels
from milepost.project import Project
from milepost.project.finding import Filter
from milepost.project.labels import ProjectLabels
from milepost.project.steering import Policy
from milepost.report.sentences import count, percent
from milepost.steps.buys import Buys
from milepost.steps.together import named
from milepost.steps.whereabouts import brief

SHOWN = 20
Yes = Annotated[bool, typer.Option("--yes", help="Do it; else only what would be done is told.")]


def following(
    dir: Dir = HERE,
    most: Annotated[int, typer.Option(help="How many items.")] = 50,
    policy: Annotated[str, typer.Option(help="auto, typical, margin or random.")] = "auto",
    seed: Annotated[int | None, typer.Option(help="Seed of the draws.")] = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Chooses what to label next: a fifth at random, the others typical items or close calls of the model."""
    labels = Project(dir).labels
    made = labels.next(most, cast(Policy, policy), seed)
    moved = labels.put(made) if yes else 0
    if json:
        show.as_json({**plain(made), "moved": moved})
        return
    asked = f", asked of {made.model}" if made.model else ""
    show.out.print(f"{count(len(made.picks))} of {count(made.waiting)} items, policy {made.policy}{asked}:")
    names = named(labels.store.set)
    for pick in made.picks[:SHOWN]:
        said = f"  {names[pick.said]}, margin {pick.margin:.2f}" if pick.margin is not None else ""
        show.out.print(f"  {pick.reason:8} {show.escape(brief(pick.content))}{show.escape(said)}")
    _rest(len(made.picks))
    if made.sealed:
        show.out.print(f"{count(made.sealed)} sealed items, drawn at random, come with them; none is shown.")
    if yes:
        show.out.print(f"{count(moved)} items are at the head of the queue.")
        return
    show.following(
        f"milepost labels next {dir} --most {most} --policy {policy} --seed {made.seed} --yes puts them first"
    )


def find(
    dir: Dir = HERE,
    where: Annotated[
        list[str] | None, typer.Option(help="A condition such as age>=30, city=Rome, title~cat; repeatable.")
    ] = None,
    words: Annotated[str, typer.Option(help="A text that some column holds.")] = "",
    said: Annotated[str, typer.Option(help="The label that the model holds for likeliest.")] = "",
    sure: Annotated[float, typer.Option(help="The least probability that the model gives it.")] = 0.0,
    like: Annotated[int, typer.Option(help="The number of an item; the most alike come first.")] = 0,
    most: Annotated[int, typer.Option(help="Items at most; 0: all.")] = 0,
    label: Annotated[str, typer.Option(help="Label all of them so.")] = "",
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Finds items that nobody labelled, by columns, words, prediction or likeness, and labels all at once."""
    labels = Project(dir).labels
    found = labels.find(Filter(tuple(where or ()), words, said, sure, like, most))
    made = labels.bulk(found, label) if label and yes else None
    if json:
        show.as_json({**plain(found), "bulk": plain(made) if made else None})
        return
    show.out.print(f"{count(len(found.items))} items, {show.escape(found.says)}:")
    for match in found.items[:SHOWN]:
        alike = f"  alike {match.alike:.2f}" if match.alike is not None else ""
        show.out.print(f"  {match.id:6}  {show.escape(brief(match.content))}{alike}")
    _rest(len(found.items))
    if found.sealed:
        rest = "the rest of the filter" if found.model else "too"
        show.out.print(f"{count(found.sealed)} sealed ones fit {rest}: left out, and never shown.")
    if made is not None:
        show.out.print(f"{count(made.answered)} are labelled {show.escape(label)}, as the bulk {made.name}.")
        show.following(f"milepost labels back {dir} {made.name} takes them back")
    elif label:
        show.following(f"the same with --yes labels {count(len(found.items))} items {label}")


def back(
    dir: Dir = HERE,
    name: Annotated[str, typer.Argument(help="The bulk; left out: every one is listed.")] = "",
    json: Json = False,
) -> None:
    """Takes back what was labelled at once, or lists it."""
    dir, (name,) = shift(dir, name)
    labels = Project(dir).labels
    if name:
        taken = labels.take_back(name)
        show.as_json({"taken": taken}) if json else show.out.print(f"{count(taken)} labels were taken back.")
        return
    store: Labels = labels.store
    bulks = store.aids.batches()
    if json:
        show.as_json([plain(each) for each in bulks])
        return
    for each in bulks:
        told = f"{count(each.standing)} of {count(each.made)} labels count"
        show.out.print(f"  {each.name}  {each.at[:16]}  {told}")


def doubts(
    dir: Dir = HERE,
    most: Annotated[int, typer.Option(help="How many, the most doubtful.")] = 100,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Lists labels that are probably wrong, and lets another person look at them."""
    made = Project(dir).labels.doubts(most, yes)
    if json:
        show.as_json(made)
        return
    show.out.print(f"{count(made.among)} labels are contradicted with confidence, out of fold.")
    for doubt in made.doubts[:SHOWN]:
        text = (
            f"{doubt.label} ({percent(doubt.chance)}), rather {doubt.instead}: {brief(dict(doubt.content))}"
        )
        show.out.print(f"  {show.escape(text)}")
    _rest(len(made.doubts))
    if made.looked:
        states = [look.state for look in made.looked]
        parts = [f"{count(states.count(name))} {name}" for name in ("confirmed", "changed", "waiting")]
        show.out.print(f"looked at by people: {', '.join(parts)}")
    if yes:
        show.out.print(f"{count(made.asked)} went into the queue, for who did not give the label.")
    elif made.doubts:
        show.following(f"milepost labels doubts {dir} --most {most} --yes puts them into the queue")


def worth(dir: Dir = HERE, json: Json = False) -> None:
    """50 more hours: label or tune? By the learning curve, the seconds and the price of a label."""
    found = Project(dir).labels.worth()
    if json:
        show.as_json(found)
        return
    if found is None:
        show.out.print("There are too few labels for a learning curve: 60 at least, or run the road.")
        return
    show.out.print(f"{found.measured.loss}, {found.measured.source}:")
    for size, loss, low, high in zip(found.sizes, found.loss, found.low, found.high, strict=True):
        ahead = "" if size <= found.now else "  expected"
        show.out.print(f"  {count(size):>9} labels  {loss:.4f} ({low:.4f} to {high:.4f}){ahead}")
    show.out.print(show.escape(found.says))


def worth_of(labels: ProjectLabels) -> Buys | None:
    """What 50 hours buy, or None where nobody was asked to label, or too few did."""
    try:
        return labels.worth()
    except UsageError:
        return None


def _rest(whole: int) -> None:
    if whole > SHOWN:
        show.out.print(f"  and {count(whole - SHOWN)} more; --json lists all.")


def add(group: typer.Typer) -> None:
    """Adds the commands to the group."""
    group.command("next")(following)
    for command in (find, back, doubts, worth):
        group.command(command.__name__)(command)
