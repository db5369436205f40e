"""Word vectors that the brief names for columns of text: read, held against the rows, kept for every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from milepost.brief import Brief, inside
from milepost.data.recipe import Recipe
from milepost.digest import Digest, Json
from milepost.errors import InputError
from milepost.modalities import vecfile
from milepost.modalities.wordvectors import counted
from milepost.report.sentences import percent
from milepost.steps.work import Work


@dataclass(frozen=True)
class Known:
    """What word vectors know of a column.

    Args:
        file: the file, as the brief names it.
        words: words in it.
        width: numbers a vector.
        kept: so many words have a vector in a package, at most.
        running: share of the words of development rows that have a vector, as often as they occur.
        distinct: share of the distinct ones.
        table: the digest of the vectors that were kept.
    """

    file: str
    words: int
    width: int
    kept: int
    running: float
    distinct: float
    table: Digest

    def told(self, column: str) -> str:
        """The same in a sentence."""
        return (
            f"'{self.file}' has vectors of {self.width} numbers for {self.words:,} words. It knows "
            f"{percent(self.running)} of the words of '{column}' as often as they occur, "
            f"{percent(self.distinct)} of the distinct ones; a package holds {self.kept:,} of them at most."
        )


def named(work: Work, rows: pl.DataFrame, recipe: Recipe) -> tuple[Recipe, Mapping[str, Known]]:
    """The recipe with the word vectors that the brief names, and what they know of each column.

    Raises:
        InputError: a column is no text, a file cannot be used, or has none of the column's words.
    """
    found: dict[str, Known] = {}
    facts = dict(recipe.facts)
    for column in recipe.schema.inputs:
        said = work.brief.columns.get(column.name)
        if said is None or not said.vectors:
            continue
        if column.modality != "text":
            raise InputError(
                f"[columns.{column.name}] names word vectors, but '{column.name}' is a {column.modality}.",
                expected="Word vectors are for columns of text.",
                todo='Write modality = "text" there, or take the key away.',
            )
        work.say(f"reading '{said.vectors}'")
        found[column.name] = known = _known(work, rows[column.name], said.vectors, said.vector_words)
        facts[column.name] = replace(facts[column.name], vectors=known.table)
    return replace(recipe, facts=facts), found


def seen(folder: Path) -> Json:
    """What the files look like from outside: name, size and time of change; None without any."""
    files = [column.vectors for column in Brief.load(folder).columns.values() if column.vectors]
    looks = [(folder / file).stat() if (folder / file).is_file() else None for file in files]
    return [
        [file, *([] if look is None else [look.st_size, look.st_mtime_ns])]
        for file, look in zip(files, looks, strict=True)
    ] or None


def _known(work: Work, column: pl.Series, file: str, most: int) -> Known:
    keys, counts = counted(column)
    table = vecfile.read(inside(work.folder, file), keys, most)
    running, distinct = vecfile.shares(table, keys, counts)
    if not running:
        raise InputError(
            f"none of the {len(keys):,} words of '{column.name}' is among the {table.lines:,} of '{file}'.",
            expected="Vectors of words as they occur in the rows, in the same language.",
            todo="Name another file, or take the key away.",
        )
    kept = min(table.first, len(table.keys))
    width = int(table.values.shape[1])
    return Known(file, table.lines, width, kept, running, distinct, work.keep(table.packed()))
