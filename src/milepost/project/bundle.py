"""Labels of a project as files: what people answered goes out, and what they answered elsewhere comes in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from milepost.data.files import Say, silent
from milepost.digest import digest
from milepost.labels.formats.bundle import Answer, Bad, Bundle, Given, Item, Taken
from milepost.labels.formats.catalogue import format_of
from milepost.labels.labels import Labels
from milepost.labels.queue import Reply
from milepost.labels.values import SHAPES
from milepost.steps.labelled import present
from milepost.steps.together import named
from milepost.store.people import Person

PART = 500
"""Answers that are brought at once; others work in between."""


@dataclass(frozen=True)
class Brought:
    """What became of a file of labels.

    Args:
        entries: in the file.
        answers: that count now.
        bad: entries that cannot be used, with place and reason.
        notes: for the user.
        items: entries that are items.
        said: entries that are answers, drafts among them.
        drafts: of these, which are not brought.
        suggestions: entries that are suggestions of models, which are not brought either.
        shapes: boxes, polygons and masks in the answers; formats of pictures count each as an entry.
        unread: entries that cannot be read.
    """

    entries: int
    answers: int
    bad: tuple[Bad, ...]
    notes: tuple[str, ...]
    items: int = 0
    said: int = 0
    drafts: int = 0
    suggestions: int = 0
    shapes: int = 0
    unread: int = 0


def write(labels: Labels, path: Path, format: str, waiting: bool = False, consensus: bool = False) -> Given:
    """Writes items and answers; see `ProjectLabels.write`."""
    items = tuple(Item(key, dict(content)) for key, content in labels.answers.contents(waiting))
    if waiting:  # in an order of chance: tests came last into the queue, and would stand last in the file
        items = tuple(sorted(items, key=lambda item: digest("waiting", item.key)))
    keys = {item.key for item in items}
    given = () if waiting else tuple(_consensus(labels) if consensus else _answers(labels))
    answers = tuple(answer for answer in given if answer.item in keys)
    return format_of(format).write(Bundle(labels.set, items, answers), path)


def read(labels: Labels, path: Path, format: str, by: str, say: Say = silent) -> Brought:
    """Reads answers that people gave elsewhere; see `ProjectLabels.read`.

    Args:
        labels: the queue.
        path: the file or folder.
        format: see `milepost.labels.formats.catalogue`.
        by: who brings them, and whose they are where the file does not say.
        say: told how far it is.
    """
    say("reading", None)
    taken = _taken(labels, path, format)
    answers = [answer for answer in taken.bundle.answers if answer.act != "draft"]
    numbers = labels.answers.numbers(sorted({answer.item for answer in answers}))
    bad, brought = list(taken.bad), 0
    by_person: dict[str, list[Answer]] = {}
    for answer in answers:
        if answer.item in numbers:
            by_person.setdefault(answer.person or by, []).append(answer)
        else:
            bad.append(Bad(answer.item, "there is no such item in the queue"))
    done = 0
    for name, said in by_person.items():
        person = labels.people.find(name) or labels.people.add(Person(0, name, ("labeller",)), by)
        replies = [_reply(answer, numbers[answer.item], labels.set.version) for answer in said]
        for start in range(0, len(replies), PART):
            counted, refused = labels.bring(person, replies[start : start + PART])
            brought += counted
            bad += [
                Bad(said[start + at].item, f"the answer of '{name}': {why}") for at, why in refused.items()
            ]
            done += len(replies[start : start + PART])
            say(f"{done:,} of {len(answers):,} answers", done / len(answers))
    bundle = taken.bundle
    shapes = sum(len(a.value) for a in bundle.answers if a.value and bundle.labels.kind in SHAPES)
    drafts = len(bundle.answers) - len(answers)
    return Brought(
        taken.entries, brought, tuple(bad), taken.notes, len(bundle.items), len(bundle.answers), drafts,
        len(bundle.suggestions), shapes, len(taken.bad),
    )  # fmt: skip


def _taken(labels: Labels, path: Path, format: str) -> Taken:
    """What a file holds; formats that know neither keys nor sizes of pictures are told those of the queue."""
    reader = format_of(format).read
    if format == "crowd":
        every = labels.answers.contents(everything=True)  # also what others have finished meanwhile
        sent = tuple(Item(key, dict(content)) for key, content in every)
        return reader(path, Bundle(labels.set, sent))
    if format != "yolo":
        return reader(path, labels=labels.set)
    known = [(key, c) for key, c in labels.answers.contents() if isinstance(c, dict) and "image" in c]
    sizes = {c["image"]: (c["width"], c["height"]) for _, c in known if "width" in c and "height" in c}
    taken, keys = reader(path, labels=labels.set, sizes=sizes), {c["image"]: key for key, c in known}
    items = tuple(replace(item, key=keys.get(item.key, item.key)) for item in taken.bundle.items)
    answers = tuple(replace(said, item=keys.get(said.item, said.item)) for said in taken.bundle.answers)
    return replace(taken, bundle=replace(taken.bundle, items=items, answers=answers))


def _answers(labels: Labels) -> Iterator[Answer]:
    who = {person.id: person.name for person in labels.people.all()}
    found = labels.answers.all()
    for at, value in enumerate(found.values):
        seconds = float(found.seconds[at])
        yield Answer(
            found.keys[at],
            who.get(int(found.people[at]), ""),
            value,
            "discarded" if value is None else "submitted",
            None if math.isnan(seconds) else seconds,
            found.at[at],
        )


def _consensus(labels: Labels) -> Iterator[Answer]:
    ids = {name: id for id, name in named(labels.set).items()}
    found = present(labels)
    for key, value in zip(found.keys, found.values, strict=True):
        if labels.set.kind == "choice":
            yield Answer(key, "consensus", ids[value])
        elif labels.set.kind == "tags":
            yield Answer(key, "consensus", sorted(ids[name] for name in value))
        else:
            yield Answer(key, "consensus", value == "true" if labels.set.kind == "like" else value)


def _reply(answer: Answer, item: int, version: int) -> Reply:
    """An answer as it is given to the queue; the same answer has the same client id."""
    client = digest("brought", item, answer.person, answer.value, answer.act)[:40]
    return Reply(item, client, answer.value, version, answer.seconds, answer.comment)
