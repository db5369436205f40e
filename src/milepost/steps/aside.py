"""Images, sounds and texts as they came in: how many, and the list of what was set aside."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from milepost.data.intake import GONE, LISTED, MISSING, PASSED, Taken, told
from milepost.errors import EnvironmentProblem
from milepost.report.blocks import Block, Notice
from milepost.report.sentences import count, plural
from milepost.steps.source import origin
from milepost.steps.work import Work

LIST = "set-aside.csv"
"""The file in the project's folder that lists what was set aside."""


@dataclass(frozen=True)
class Intake:
    """What became of the images, sounds and texts of the source and the test file.

    Args:
        rows: rows set aside, as nothing was left to predict from.
        values: values that count as missing.
        passed: files passed over.
        reasons: how many there are of each reason.
        media: by column of the source its kind, how many there are, and how many of them differ.
    """

    rows: int = 0
    values: int = 0
    passed: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    media: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, taken: Taken) -> Intake:
        """What became of one table's media."""
        return cls._of(taken.aside, {name: dict(about) for name, about in taken.media.items()})

    @classmethod
    def _of(cls, aside: pl.DataFrame, media: Mapping[str, Mapping[str, Any]]) -> Intake:
        then = Counter(aside["then"].to_list())
        reasons = dict(Counter(aside["reason"].to_list()).most_common())
        return cls(then[GONE], then[MISSING], then[PASSED], reasons, media)

    @property
    def sentence(self) -> str:
        """What was set aside and why, or ""."""
        parts = [
            (self.rows, "row", "set aside"),
            (self.values, "value", "taken as missing"),
            (self.passed, "file", "passed over"),
        ]
        said = [f"{plural(n, what)} {'was' if n == 1 else 'were'} {then}" for n, what, then in parts if n]
        if not said:
            return ""
        return f"{', '.join(said)} ({told(self.reasons)}); {LIST} lists every one."

    def facts(self) -> list[tuple[str, str]]:
        """The media, a line a column."""
        return [
            (
                f"{about['kind']}s in '{name}'",
                f"{count(about['count'])}, {count(about['distinct'])} of them differ",
            )
            for name, about in self.media.items()
        ]

    def blocks(self) -> list[Block]:
        """What was set aside, for the report."""
        return [Notice("noted", self.sentence[0].upper() + self.sentence[1:])] if self.sentence else []


def intake(work: Work) -> tuple[Intake, dict[str, str]]:
    """What became of media, and the list of what was set aside as an artifact; written to the folder too.

    Raises:
        EnvironmentProblem: the list cannot be written.
    """
    found = {
        which: origin(work, which)
        for which in ("source", "test")
        if work.generation == 1 and getattr(work.brief.data, which)
    }
    parts = [
        work.blobs.get_frame(body["aside"]).insert_column(0, pl.lit(which).alias("data"))
        for which, body in found.items()
        if body.get("aside")
    ]
    whole = pl.concat(parts) if parts else pl.DataFrame(schema={"data": pl.String, **LISTED})
    _write(work, whole)
    if not found:
        return Intake(), {}
    made = Intake._of(whole, found["source"].get("media", {}))
    return made, {"aside": work.keep(whole)} if whole.height else {}


def _write(work: Work, whole: pl.DataFrame) -> None:
    """Writes the list, or takes away one that no longer holds."""
    path = work.folder / LIST
    if work.generation > 1:
        return
    try:
        if not whole.height:
            path.unlink(missing_ok=True)
            return
        aside = path.with_suffix(".tmp")
        whole.write_csv(aside)
        os.replace(aside, path)
    except OSError as problem:
        raise EnvironmentProblem(
            f"'{path}' cannot be written ({problem.strerror}).", todo="Check the rights and the space there."
        ) from problem
