"""Edits of the label set: what an old label became, and old rows under the new labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from milepost.errors import InputError, did_you_mean
from milepost.modalities.base import text

Pairs = tuple[tuple[str, str], ...]
NEW = "new"
"""The answer that says: labels nobody knew are new classes."""


@dataclass(frozen=True)
class Edit:
    """An edit of a label set.

    Args:
        pairs: an old label and a new one that it became; what is not among them kept its name.
        labels: the new label set, in the order of the old one, new classes last.
        fresh: labels that come from no old one.
    """

    pairs: Pairs
    labels: tuple[str, ...]
    fresh: tuple[str, ...]

    def apply(self, column: pl.Series, fresh: bool = False) -> pl.Series:
        """Labels under the new set; an old label that was split says too little and becomes missing.

        Args:
            column: the labels.
            fresh: whether the rows were labelled by the new set, so that its names stand as they are.
        """
        became: dict[str, list[str]] = {}
        for old, new in self.pairs:
            became.setdefault(old, []).append(new)
        target = {old: new[0] if len(new) == 1 else None for old, new in became.items()}
        target = {old: new for old, new in target.items() if not (fresh and old in self.labels)}
        words = text(column)
        if not target:
            return words
        keys, values = list(target), pl.Series(list(target.values()), dtype=pl.String)
        return words.replace_strict(keys, values, default=words, return_dtype=pl.String)


def parse(said: str | Sequence[str]) -> Pairs:
    """Pairs from what was written: "bird>duck, bird>goose".

    Raises:
        InputError: it is not written so.

    >>> parse("bird>duck, bird > goose")
    (('bird', 'duck'), ('bird', 'goose'))
    """
    words = said.split(",") if isinstance(said, str) else said
    found = []
    for word in (w.strip() for w in words if w.strip()):
        old, arrow, new = (part.strip() for part in word.partition(">"))
        if not (arrow and old and new):
            raise InputError(
                f"'{word}' does not say what a label became.",
                expected="Pairs OLD>NEW, separated by commas, such as bird>duck, bird>goose.",
            )
        found.append((old, new))
    return tuple(dict.fromkeys(found))


def unknown(old: Iterable[str], seen: Iterable[str], pairs: Pairs) -> tuple[str, ...]:
    """Labels of new rows that neither the old label set nor an edit knows, in order."""
    known = {*old, *(new for _, new in pairs)}
    return tuple(sorted({label for label in seen if label not in known}))


def edit(old: Sequence[str], seen: Iterable[str], pairs: Pairs) -> Edit:
    """Returns the edit that leads from the old labels to those of the new rows.

    Args:
        old: the labels so far.
        seen: the labels that the new rows hold.
        pairs: what was said of them.

    Raises:
        InputError: a pair names an old label that there is not, or new rows still hold a label that was
            split.
    """
    for name, _ in pairs:
        if name not in old:
            raise InputError(
                f"no label '{name}' can have become another: there is none.",
                expected=f"The labels so far: {', '.join(old)}.",
                todo=did_you_mean(name, old),
            )
    present, became = set(seen), dict.fromkeys(new for _, new in pairs)
    moved = {name for name, new in pairs if name != new}
    pairs = tuple((a, b) for a, b in pairs if a in moved)
    for name in moved - set(became):
        several = [new for a, new in pairs if a == name]
        if name in present and len(several) > 1:
            raise InputError(
                f"the new rows still hold '{name}', which became {' or '.join(several)}.",
                expected="Rows labelled by the new label set.",
                todo=f"Label them anew, or keep the name: add {name}>{name}.",
            )
    kept = [name for name in old if name not in moved]
    mapped = {name for name in present if name in moved and name not in became}
    fresh = [name for name in sorted(present - mapped) if name not in kept and name not in became]
    labels = tuple(dict.fromkeys([*kept, *became, *fresh]))
    return Edit(pairs, labels, tuple(fresh))
