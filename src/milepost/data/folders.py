"""Folders of media: one sub-folder a class, a table of files beside them, or nothing but files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from milepost.data import formats
from milepost.data.files import Aside, Say, Tree, contents, shown, silent, tree
from milepost.data.paths import FILE
from milepost.data.table import Table
from milepost.digest import Digest, digest, digest_bytes
from milepost.modalities.signatures import kind_of_name

LABEL, SPLIT = "label", "split"
PARTS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing"),
}
"""What folders that divide the rows are called."""
_LINE = 4_096
_KINDS = ("image", "sound", "text")
_WORDS = {"image": "images", "sound": "sounds", "text": "texts"}


@dataclass(frozen=True)
class Laid:
    """How the files of a folder lie.

    Args:
        kind: what they are: "image", "sound" or "text".
        names: paths from the folder, in the order of their names.
        labels: the class of each, or None where it lies in no class's folder; empty without classes.
        parts: "train", "validation" or "test" of each; empty where the folder is not divided.
        notes: sentences for the user.
        aside: what is passed over, with the reason.
    """

    kind: str
    names: tuple[str, ...]
    labels: tuple[str | None, ...] = ()
    parts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    aside: tuple[Aside, ...] = ()


def part_of(name: str) -> str:
    """The part of the data that a folder's name stands for, or "".

    >>> part_of("Val"), part_of("cats")
    ('validation', '')
    """
    return next((part for part, words in PARTS.items() if name.casefold() in words), "")


def labelled(found: Tree) -> tuple[str, list[str]]:
    """The kind of most media below a folder, and the paths of those files; ("", []) where there are none."""
    kinds = {name: kind_of_name(name) for name in found.names}
    counts = Counter(kind for kind in kinds.values() if kind)
    if not counts:
        return "", []
    kind = max(_KINDS, key=lambda kind: (counts[kind], -_KINDS.index(kind)))
    return kind, [name for name, its in kinds.items() if its == kind]


def laid(found: Tree) -> Laid:
    """Says how media lie below a folder: parts first, then classes.

    Folders that hold nothing but one folder are passed through.
    """
    kind, names = labelled(found)
    steps = [name.split(os.sep) for name in names]
    depth = _wrapped(steps)
    inner = [step[depth:] for step in steps]
    heads = {step[0] for step in inner if len(step) > 1}
    parts: tuple[str, ...] = ()
    split = {head: part_of(head) for head in heads}
    if all(len(step) > 1 for step in inner) and all(split.values()) and len(set(split.values())) > 1:
        parts = tuple(split[step[0]] for step in inner)
        inner = [step[1:] for step in inner]
    labels = tuple(shown(step[0]) if len(step) > 1 else None for step in inner)
    labels = labels if any(label is not None for label in labels) else ()
    return Laid(
        kind,
        tuple(names),
        labels,
        parts,
        tuple(_notes(found, labels, kind)),
        (*found.aside, *_other(found, kind)),
    )


def _wrapped(steps: Sequence[Sequence[str]]) -> int:
    """How many folders, each the only thing in the one above, stand around the files."""
    depth = 0
    while all(len(step) > depth + 1 for step in steps) and len({step[depth] for step in steps}) == 1:
        depth += 1
    return depth


def _notes(found: Tree, labels: Sequence[str | None], kind: str) -> list[str]:
    notes = []
    if labels:
        counts = Counter(label for label in labels if label is not None)
        notes.append(
            f"{len(counts):,} folders of {_WORDS[kind]} are read as classes: {formats.few(sorted(counts))}."
        )
        if loose := sum(label is None for label in labels):
            notes.append(f"{loose:,} {_WORDS[kind]} lie in no class's folder and have no label.")
        if alone := sorted(label for label, n in counts.items() if n == 1):
            notes.append(f"classes of one file: {formats.few(alone)}.")
    if found.empty:
        names = [shown(name) for name in found.empty]
        notes.append(f"{len(names):,} empty folders are no classes: {formats.few(names)}.")
    return notes


def _other(found: Tree, kind: str) -> list[Aside]:
    """Files that are not of the kind that is read."""
    what = _WORDS[kind]
    return [
        Aside(shown(name), f"it is none of the {what} that this folder is read for")
        for name in found.names
        if kind_of_name(name) != kind
    ]


def rows(found: Tree, how: Laid, say: Say = silent) -> tuple[pl.DataFrame, tuple[Aside, ...]]:
    """One row a file: `file`, what it holds (`image`, `sound` or `text`), and `label` and `split`, if any.

    Args:
        found: the folder.
        how: how its files lie.
        say: told how far reading is.
    """
    files = [(shown(name), found.root / name) for name in how.names]
    values, aside = [], list(how.aside)
    for row, (value, reason) in enumerate(contents(files, how.kind, say)):
        values.append(value)
        if reason:
            aside.append(Aside(files[row][0], reason, how.kind, row))
    columns: dict[str, Sequence[str | None]] = {FILE: [name for name, _ in files], how.kind: values}
    if how.labels:
        columns[LABEL] = how.labels
    if how.parts:
        columns[SPLIT] = how.parts
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)), tuple(aside)


def table_of(found: Tree, how: Laid, say: Say = silent) -> Table:
    """The table of a folder of media: a row a file; its files count as one, the folder."""
    frame, aside = rows(found, how, say)
    values = digest([frame[FILE].to_list(), *(frame[n].to_list() for n in frame.columns[1:])])
    file = (str(found.root), values, sum(size for size, _ in found.sizes))
    target = LABEL if how.labels else ""
    return Table(frame, how.notes, (file,), "folder", aside, (how.kind,), (FILE,), target)


def alone(path: Path) -> Table | None:
    """The table of one image or sound, a single row; None where the file is neither."""
    if kind_of_name(path.name) not in ("image", "sound"):
        return None
    state = path.stat()
    found = Tree(path.parent, (path.name,), ((state.st_size, state.st_mtime_ns),))
    return table_of(found, laid(found))


def texts(folder: Path, tables: Sequence[Path]) -> Tree | None:
    """What lies in a folder of texts; None where there is something else, or they are parts of one table.

    Parts of a table begin with the same line.
    """
    if len(tables) < 2 or any(kind_of_name(path.name) != "text" for path in tables):
        return None
    first = set()
    for path in tables:
        with path.open("rb") as stream:
            first.add(stream.readline(_LINE).strip())
    return tree(folder) if len(first) > 1 else None


def media_below(folder: Path) -> Tree | None:
    """What lies below a folder that holds images or sounds, or texts in folders; None where it does not."""
    found = tree(folder)
    for name in found.names:
        kind = kind_of_name(name)
        if kind in ("image", "sound") or (kind == "text" and os.sep in name):
            return found
    return None


def seen(folder: Path) -> Digest:
    """Digest of name, size and time of change of every file below a folder of media; "" where it is none."""
    found = media_below(folder)
    if found is None:
        return ""
    lines = (f"{shown(name)}\0{a}\0{b}\n" for name, (a, b) in zip(found.names, found.sizes, strict=True))
    return digest_bytes("".join(lines).encode())
