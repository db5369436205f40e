"""Functions of code points as tables in a graph: two gathers, whatever the script."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from milepost.graphs.builder import Builder

Array = np.ndarray[Any, Any]
POINTS = sys.maxunicode + 1
PLANE = 65_536
PAGE = 256
ALIKE = (*range(4, 14), 15, 16)
"""Planes without characters of their own: unassigned, or for private use."""


@cache
def table(of: Callable[[str], int]) -> tuple[Array, Array]:
    """The table of a function of characters: the page of each 256 code points, and the distinct pages.

    Args:
        of: a whole number for a character; it is asked of all planes that hold characters, surrogates too,
            and once of each other plane.
    """
    values = np.empty((POINTS // PLANE, PLANE), np.int32)
    for plane, row in enumerate(values):
        first = plane * PLANE
        row[:] = of(chr(first)) if plane in ALIKE else [of(chr(p)) for p in range(first, first + PLANE)]
    pages, places = np.unique(values.reshape(-1, PAGE), axis=0, return_inverse=True)
    narrow = np.min_scalar_type(int(places.max())), np.result_type(*map(np.min_scalar_type, _ends(pages)))
    return places.reshape(-1).astype(narrow[0]), pages.ravel().astype(narrow[1])


def _ends(values: Array) -> tuple[int, int]:
    return int(values.min()), int(values.max())


def emit_table(builder: Builder, points: str, of: Callable[[str], int]) -> str:
    """Adds a function of characters; returns int64 values shaped as `points`.

    Args:
        builder: the graph.
        points: int64 tensor of code points, 0 to 1,114,111.
        of: a whole number for a character.
    """
    places, pages = table(of)
    size = builder.const(np.int64(PAGE))
    page = builder.node("Gather", builder.const(places), builder.node("Div", points, size), axis=0)
    start = builder.node("Mul", builder.cast(page, "int64"), size)
    place = builder.node("Add", start, builder.node("Mod", points, size))
    return builder.cast(builder.node("Gather", builder.const(pages), place, axis=0), "int64")


def folded(character: str) -> int:
    """What is added to a code point to make it plain: lower case where that is one character, one space.

    >>> [chr(ord(c) + folded(c)) for c in "ÄΣЖ\\n"]
    ['ä', 'σ', 'ж', ' ']
    """
    if character.isspace() or character == "\0":
        return 32 - ord(character)
    lower = character.lower()
    return ord(lower) - ord(character) if len(lower) == 1 else 0


def wordy(character: str) -> int:
    """1 for what belongs to a word: letters, digits, the underscore (`\\w`), else 0.

    >>> [wordy(c) for c in "é9_-"]
    [1, 1, 1, 0]
    """
    return int(character.isalnum() or character == "_")
