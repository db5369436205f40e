"""What a chapter of the report is made of: text, facts, tables, charts, sheets of rows, notices, details."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

from milepost import digest

Mark: TypeAlias = Literal["passed", "noted", "failed", "waiting", "waived", "info"]


@dataclass(frozen=True)
class Text:
    """One paragraph."""

    text: str
    block: ClassVar[str] = "text"


@dataclass(frozen=True)
class Facts:
    """Pairs of a label and a value."""

    rows: tuple[tuple[str, str], ...]
    block: ClassVar[str] = "facts"


@dataclass(frozen=True)
class Table:
    """A table with its head, its rows and what it shows."""

    head: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    caption: str = ""
    block: ClassVar[str] = "table"


@dataclass(frozen=True)
class Chart:
    """A chart.

    Args:
        spec: Vega-Lite.
        caption: its title, which says what it shows.
        alt: what it shows, in words, for those who cannot see it.
        svg: the picture itself, where it was drawn without Vega-Lite.
    """

    spec: Mapping[str, Any]
    caption: str
    alt: str
    svg: str = ""
    block: ClassVar[str] = "chart"


@dataclass(frozen=True)
class Notice:
    """A sentence that must not be overlooked."""

    kind: Mark
    text: str
    block: ClassVar[str] = "notice"


@dataclass(frozen=True)
class Tile:
    """One row to look at: an image, a sound or a text.

    Args:
        image: a picture as a data URI, or "".
        sound: what can be heard, as a data URI, or "".
        text: pieces of a text, each with its mark from -1 to 1: above 0 it speaks for what `title` says,
            below 0 against it.
        title: a few words above it.
        note: a few words below it.
        grave: whether the title names something wrong.
    """

    image: str = ""
    sound: str = ""
    text: tuple[tuple[str, float], ...] = ()
    title: str = ""
    note: str = ""
    grave: bool = False


@dataclass(frozen=True)
class Sheet:
    """Rows to look at side by side, in bands with a name each.

    Args:
        bands: name and tiles of each band.
        caption: what they are.
        large: whether tiles are shown large, a few beside each other.
    """

    bands: tuple[tuple[str, tuple[Tile, ...]], ...]
    caption: str = ""
    large: bool = False
    block: ClassVar[str] = "sheet"


@dataclass(frozen=True)
class Details:
    """Blocks that are folded away under a title."""

    title: str
    blocks: tuple[Block, ...]
    block: ClassVar[str] = "details"


Block: TypeAlias = Text | Facts | Table | Chart | Sheet | Notice | Details


def plain(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    """Returns blocks as plain JSON, each with the name of its kind.

    >>> plain([Notice("info", "Hello.")])
    [{'block': 'notice', 'kind': 'info', 'text': 'Hello.'}]
    """
    found = []
    for block in blocks:
        fields: dict[str, Any] = {"block": block.block}
        for name in block.__dataclass_fields__:
            value = getattr(block, name)
            fields[name] = (
                plain(value) if isinstance(block, Details) and name == "blocks" else digest.plain(value)
            )
        found.append(fields)
    return found


def charts(blocks: Iterable[Block]) -> list[Chart]:
    """Returns every chart among blocks, folded ones too."""
    found: list[Chart] = []
    for block in blocks:
        if isinstance(block, Chart):
            found.append(block)
        elif isinstance(block, Details):
            found += charts(block.blocks)
    return found
