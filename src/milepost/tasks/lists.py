"""Cells that hold several labels: how they are written, and whether a column is written so."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence

import polars as pl

from milepost.modalities.base import text

NONE = "[]"
"""A cell that says in any form: no label."""
JSON = "json"
"""The format of cells that are JSON lists."""
DELIMITERS = (";", "|", ",")
"""What separates labels, the surest first."""
LEAST_SHARE, LEAST_ROWS = 0.02, 5
"""Rows with several labels below which a delimiter may be part of a name."""
RECURRING = 0.8
"""Share of the mentions beside others whose label has to come back in other company."""
MOST = 1_000
"""Labels above which a column is running text."""


def split(cell: str, form: str) -> tuple[str, ...]:
    """Returns the labels of a cell in order, each once, without spaces around them.

    Args:
        cell: what the cell holds; empty holds none.
        form: a delimiter, or "json".

    >>> split("b; a;b", ";"), split('["x", "y"]', "json"), split("", "|")
    (('b', 'a'), ('x', 'y'), ())
    """
    if cell.strip() == NONE:
        return ()
    parts = listed(cell) or () if form == JSON else cell.split(form)
    return tuple(dict.fromkeys(part for part in map(str.strip, parts) if part))


def listed(cell: str) -> tuple[str, ...] | None:
    """Returns the entries of a JSON list of plain values as text; None where the cell is none.

    >>> listed('["a", 2]'), listed("a"), listed("[]")
    (('a', '2'), None, ())
    """
    if not cell.lstrip().startswith("["):
        return None
    try:
        found = json.loads(cell)
    except ValueError:
        return None
    plain = all(isinstance(entry, str | int | float) for entry in found)
    return tuple(map(_word, found)) if plain else None


def _word(entry: str | float) -> str:
    return str(entry).lower() if isinstance(entry, bool) else str(entry)


def form(column: pl.Series) -> tuple[str, str]:
    """Returns how the cells of a text column hold several labels, and why; ("", "") where they do not.

    A delimiter separates labels where some rows hold several and others fewer, there are fewer labels than
    combinations, and those that stand beside others come back in other company. Names that merely contain a
    comma, such as "Vienna, Austria", addresses, and pairs of two properties do none of this.

    >>> form(pl.Series(["a;b", "a", "b;c", "c", "a;c", ""] * 4))[0]
    ';'
    >>> form(pl.Series(["Oslo, Norway", "Lima, Peru", "Bern, Switzerland"] * 9))
    ('', '')
    """
    counts = Counter(text(column).drop_nulls().to_list())
    told = {cell: n for cell, n in counts.items() if cell.strip()}
    if not told:
        return "", ""
    if all(listed(cell) is not None for cell in told):
        several = sum(n for cell, n in told.items() if len(split(cell, JSON)) > 1)
        return JSON, f"each cell is a JSON list, and {several:,} hold several labels"
    for delimiter in DELIMITERS:
        if evidence := _evidence(told, delimiter):
            return delimiter, evidence
    return "", ""


def _evidence(told: Mapping[str, int], delimiter: str) -> str:
    """Why a delimiter separates labels, half a sentence; "" where it does not."""
    cells = {cell: split(cell, delimiter) for cell in told}
    several = {cell: parts for cell, parts in cells.items() if len(parts) > 1}
    rows, many = sum(told.values()), sum(told[cell] for cell in several)
    labels = {part for parts in cells.values() for part in parts}
    kinds = {frozenset(parts) for parts in cells.values()}
    if many < max(LEAST_ROWS, LEAST_SHARE * rows) or not 1 < len(labels) <= MOST:
        return ""
    if len(labels) >= len(kinds) or len({len(parts) for parts in cells.values()}) == 1:
        return ""
    if _recurring(several, told) < RECURRING:
        return ""
    return f"{many:,} of {rows:,} cells hold several of {len(labels):,} labels separated by '{delimiter}'"


def _recurring(several: Mapping[str, Sequence[str]], told: Mapping[str, int]) -> float:
    """The share of mentions beside other labels whose label also stands in another combination."""
    company: Counter[str] = Counter()
    mentions: Counter[str] = Counter()
    for kind in {frozenset(parts) for parts in several.values()}:
        company.update(kind)
    for cell, parts in several.items():
        for part in parts:
            mentions[part] += told[cell]
    back = sum(n for part, n in mentions.items() if company[part] > 1 or part in told)
    return back / sum(mentions.values())


def guess(column: pl.Series) -> str:
    """Returns the form of a column that is said to hold several labels a cell: the likeliest delimiter.

    >>> guess(pl.Series(["red,round", "blue"])), guess(pl.Series(["a", "b"]))
    (',', ';')
    """
    known = form(column)[0]
    if known:
        return known
    cells = [cell for cell in text(column).drop_nulls().to_list() if cell.strip()]
    counts = {mark: sum(mark in cell for cell in cells) for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda mark: counts[mark]) if any(counts.values()) else ";"
