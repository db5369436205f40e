"""The report as one HTML file, without network or script: for a phone, on paper and in the dark."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from milepost.report import sentences, theme
from milepost.report.blocks import Chart, charts
from milepost.report.svg import draw

MARKS = {
    "passed": ("✓", "passed"),
    "noted": ("!", "passed, with a note"),
    "failed": ("✕", "failed"),
    "waiting": ("…", "waits for a person"),
    "waived": ("~", "waived"),
    "stale": ("↻", "stale: something above changed"),
    "todo": ("", "not reached yet"),
    "info": ("i", "note"),
}
"""Mark and words of each verdict and notice."""
COLOURS = {
    theme.INK: "ink",
    theme.MUTED: "muted",
    theme.GRID: "line",
    theme.ACCENT: "accent",
    theme.SOFT: "soft",
    theme.OTHER: "grey",
    theme.WARN: "bad",
}
"""The page's colour that stands in for each colour of a chart."""
_NUMERIC = re.compile(r"[-+±~<≤≥ ]*\d[\d,.\s%e+-]*( to [-+]?[\d,.]+)?( ?(ms|s|min|h|kB|MB|GB|rows|bytes))?")


@dataclass(frozen=True)
class Section:
    """One milepost's chapter.

    Args:
        name: the milepost.
        question: the question it answers.
        verdict: "passed", "noted", "failed", "waiting", "waived", "stale" or "todo".
        reason: why, one sentence.
        seconds: how long it took.
        blocks: what it has to tell.
    """

    name: str
    question: str
    verdict: str
    reason: str
    seconds: float = 0.0
    blocks: Sequence[Any] = ()


def page(
    title: str,
    sections: Sequence[Section],
    facts: Sequence[tuple[str, str]] = (),
    expect: Sequence[str] = (),
    made: datetime | None = None,
) -> str:
    """Returns the report as one HTML document.

    Args:
        title: the project's name.
        sections: the chapters, in the order of the road.
        facts: what stands at its head: pairs of a label and a value.
        expect: what a stakeholder may expect, in sentences, before anything else.
        made: when it was made; now if left out.
    """
    shown: list[Chart] = [chart for section in sections for chart in charts(section.blocks)]
    pictures = dict(zip(map(id, shown), draw(shown), strict=True))
    return str(
        _environment()
        .get_template("template.html")
        .render(
            style=style(),
            title=title,
            sections=sections,
            facts=[(name, text) for name, text in facts if text],
            expect=[sentence for sentence in expect if sentence],
            made=(made or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M UTC"),
            seconds=sum(section.seconds for section in sections),
            picture=lambda chart: pictures[id(chart)],
        )
    )


def environment(*folders: str) -> Any:
    """Returns what draws pages from this room's templates, and from packages' folders of templates.

    Every value is escaped. `blocks.html` draws a chapter's blocks wherever they are shown; it asks the page
    for `picture`, which gives a chart's SVG, and where there is one for `source`, a link to its numbers.

    Args:
        folders: packages whose folder `templates` is looked into first.
    """
    import jinja2
    from markupsafe import Markup

    places: list[Any] = [jinja2.PackageLoader(folder) for folder in folders]
    places.append(jinja2.PackageLoader(__package__, ""))
    made = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, loader=jinja2.ChoiceLoader(places)
    )
    made.globals.update(marks=MARKS, numeric=numeric)
    made.filters.update(duration=sentences.duration, cell=cell, anchor=anchor, safely=Markup, groupruns=runs)
    return made


@lru_cache(maxsize=1)
def style() -> str:
    """Returns the style sheet of chapters: on a phone, on paper, in the light and in the dark."""
    return str(_environment().get_template("style.css").render(colours=COLOURS, font=theme.FONT))


@lru_cache(maxsize=1)
def _environment() -> Any:
    return environment()


@dataclass(frozen=True)
class Run:
    """Blocks that follow one another and are laid out together: charts side by side, or all else."""

    charts: bool
    blocks: tuple[Any, ...]


def runs(blocks: Sequence[Any]) -> list[Run]:
    """Returns blocks as runs of charts and of other blocks.

    >>> [run.charts for run in runs([Chart({}, "", ""), Chart({}, "", "")])]
    [True]
    """
    grouped = itertools.groupby(blocks, key=lambda block: isinstance(block, Chart))
    return [Run(charts, tuple(found)) for charts, found in grouped]


def cell(value: object) -> str:
    """Returns a table's value as text.

    >>> cell(1234567), cell(0.123456), cell(None), cell(True)
    ('1,234,567', '0.1235', '', 'yes')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return sentences.number(value, 4) if isinstance(value, float) else str(value)


def numeric(rows: Sequence[Sequence[object]], column: int) -> bool:
    """Whether a table's column reads as numbers and is set flush right.

    >>> numeric([("a", "1.5 %"), ("b", 3)], 0), numeric([("a", "1.5 %"), ("b", 3)], 1)
    (False, True)
    """
    texts = [text for row in rows if column < len(row) and (text := cell(row[column]))]
    return bool(texts) and all(_NUMERIC.fullmatch(text) for text in texts)


def anchor(name: str) -> str:
    """Returns a section's name as an anchor.

    >>> anchor("Two words")
    'two-words'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
