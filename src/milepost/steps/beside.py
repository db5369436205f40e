"""Production beside the development rows, as blocks of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from milepost.report.blocks import Block, Details, Notice, Table
from milepost.report.charts import overlay
from milepost.report.sentences import percent, plural
from milepost.steps.base import Told
from milepost.steps.likeness import Likeness, Moved

DRAWN = 4
"""Columns whose two histograms are drawn."""
WIDE = 8
"""Columns from which example rows are set upright."""


def production(found: Any, told: Told) -> list[Block]:
    """How the production sample compares, and what is done about it.

    Args:
        found: the findings of `understand`.
        told: fetches the example rows.
    """
    seen: Likeness | None = found.production
    blocks: list[Block] = []
    if seen is not None:
        grave = seen.different and seen.effect in ("marked", "strong")
        blocks.append(Notice("noted" if grave else "info", sentence(seen)))
    if found.correction.says:
        blocks.append(Notice("info", found.correction.says))
    if found.correction.problem:
        blocks.append(Notice("failed", found.correction.problem))
    if seen is None:
        return blocks
    flagged = [moved for moved in seen.columns if moved.flagged]
    for moved in flagged[:DRAWN]:
        if moved.shape.get("edges"):
            bins = moved.shape
            title = f"'{moved.name}' here and in production"
            blocks.append(overlay(bins["edges"], bins["one"], bins["other"], title, moved.name))
    inner: list[Block] = [
        columns(seen.columns),
        *(shares(moved) for moved in flagged if moved.shape.get("names")),
    ]
    kept = told.evidence.artifacts
    if "beside" in kept:
        few = told.work.blobs.get_frame(kept["beside"]).to_dicts()
        inner.append(upright(few, "Rows that give the difference away"))
    return [*blocks, Details("How production differs, column by column", tuple(inner))]


def sentence(seen: Likeness) -> str:
    """The comparison as a whole, in words."""
    rows = plural(seen.rows, "production row")
    if not seen.different:
        return f"The sample of {rows} cannot be told apart from these rows (AUC {seen.auc:.3f})."
    pairs = percent(max(0.0, 2 * seen.auc - 1))
    return (
        f"Production looks different, to a {seen.effect} degree: a classifier tells {pairs} of the pairs of "
        f"rows apart (AUC {seen.auc:.3f} ± {1.96 * seen.se:.3f}; {rows}, {seen.compared:,} of each read)."
    )


def columns(moved: Sequence[Moved]) -> Table:
    """Distances by column."""
    rows = tuple(
        (m.name, f"{m.value:.3f}", f"{m.chance:.3f}", f"{m.importance:.3f}", m.flagged, m.says) for m in moved
    )
    head = ("column", "distance", "by chance", "weight", "differs", "in words")
    return Table(head, rows, "Column by column")


def shares(moved: Moved) -> Table:
    """The categories of a column whose shares differ most."""
    both = zip(moved.shape["names"], moved.shape["one"], moved.shape["other"], strict=True)
    rows = tuple((clipped(name), percent(a), percent(b)) for name, a, b in list(both)[:8])
    return Table((moved.name, "here", "production"), rows, f"'{moved.name}', where shares differ most")


def upright(rows: Sequence[Mapping[str, Any]], caption: str) -> Table:
    """Example rows as a table, set upright where they are wide."""
    if not rows:
        return Table((), (), caption)
    names = list(rows[0])
    if len(names) <= WIDE:
        return Table(tuple(names), tuple(tuple(clipped(row[n]) for n in names) for row in rows), caption)
    head = ("column", *(str(place) for place in range(1, len(rows) + 1)))
    return Table(head, tuple((name, *(clipped(row[name]) for row in rows)) for name in names), caption)


def clipped(value: object, most: int = 24) -> str:
    """A value as a short text.

    >>> clipped("abcdefgh", 5), clipped(None)
    ('abcd…', '')
    """
    words = "" if value is None else str(value)
    return words if len(words) <= most else words[: most - 1] + "…"
