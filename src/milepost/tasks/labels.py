"""Class labels: their order, and which of two is the one to find."""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl

from milepost.errors import InputError, did_you_mean

_TRUTHY = (
    "yes y true t on positive pos late delayed fraud fraudulent spam churn churned default defaulted click "
    "clicked bought converted sick ill disease diseased malignant fail failed failure defect defective died"
)
_FALSY = "0 -1 no n false f off negative neg none ok normal ham healthy benign punctual legitimate retained"
TRUTHY = frozenset(_TRUTHY.split())
"""Labels that read like the one to find."""
FALSY = frozenset(_FALSY.split()) | {"on time", "not late", "not fraud", "no fraud", "no churn"}
"""Labels that read like the absence of what is to be found."""


def choose_positive(words: pl.Series, asked: str = "") -> tuple[str, str]:
    """Returns the positive one of two labels, and why, as half a sentence.

    Args:
        words: the labels of the rows, as text.
        asked: the brief's choice, or "".

    Raises:
        InputError: the label asked for does not occur.

    >>> choose_positive(pl.Series(["no", "yes", "yes"]))
    ('yes', 'it reads like the one to find')
    """
    labels = ordered(words.unique().to_list())
    if asked:
        folded = {label.casefold(): label for label in labels}
        if asked not in labels and asked.casefold() not in folded:
            raise InputError(
                f"the positive class '{asked}' does not occur in '{words.name}'.",
                todo=did_you_mean(asked, labels),
            )
        return (asked if asked in labels else folded[asked.casefold()]), "the brief says so"
    falsy = [label for label in labels if label.strip().casefold() in FALSY]
    truthy = [label for label in labels if label.strip().casefold() in TRUTHY]
    if len(falsy) == 1 and len(labels) == 2:
        return next(label for label in labels if label not in falsy), "it reads like the one to find"
    if len(truthy) == 1:
        return truthy[0], "it reads like the one to find"
    return min(reversed(labels), key=lambda label: int((words == label).sum())), "it is the rarer one"


def lonely(column: pl.Series) -> str:
    """Returns a remark on classes with a single row."""
    single = int((column.drop_nulls().value_counts()["count"] == 1).sum())
    return f"; {single:,} of them occur once and cannot be learnt" if single else ""


def ordered(labels: Sequence[str]) -> list[str]:
    """Returns labels in order: numbers by size, text by alphabet.

    >>> ordered(["10", "9"]), ordered(["b", "a"])
    (['9', '10'], ['a', 'b'])
    """
    try:
        sizes = [float(label) for label in labels]
    except ValueError:
        return sorted(labels)
    if not all(map(math.isfinite, sizes)):
        return sorted(labels)
    return sorted(labels, key=lambda label: (float(label), label))
