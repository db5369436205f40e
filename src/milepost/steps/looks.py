"""Texts, images and sounds in the chapter of `understand`: sheets, words and measures."""

from __future__ import annotations

from itertools import groupby

from milepost.data.measured import UNITS
from milepost.report.blocks import Block, Details, Notice, Sheet, Table, Tile
from milepost.report.charts.multiples import Spread, multiples
from milepost.report.sentences import number
from milepost.steps.base import Told
from milepost.steps.samples import Looked
from milepost.training.clues import WORTH_TELLING
from milepost.training.origins import told as sources

ODD = "unlike the others"


def looks(told: Told) -> list[Block]:
    """The blocks of all columns of texts, images and sounds."""
    found: list[Block] = []
    for origin in told.findings.origins:
        found.append(Notice("noted", origin.says))
        caption = f"What each '{origin.name}' holds, and how well it is answered"
        found.append(Table(*sources(origin), caption))
    for seen in told.findings.looked:
        found += _column(told, seen)
    return found


def _column(told: Told, seen: Looked) -> list[Block]:
    labels = told.work.task.labels
    kept = told.work.blobs.get_frame(told.evidence.artifacts[f"sheet.{seen.name}"]).rows()
    bands = [
        (
            band,
            tuple(
                Tile(image=image, text=((text, 0.0),) if text else (), note=note)
                for _, image, text, note in rows
            ),
        )
        for band, rows in groupby(kept, key=lambda row: row[0])
    ]
    usual, odd = [b for b in bands if b[0] != ODD], [b for b in bands if b[0] == ODD]
    blocks: list[Block] = []
    for what, score in seen.scores.items():
        if score >= WORTH_TELLING[labels != ()]:
            measured = f"AUC {score:.3f}" if labels else f"{score:.3f} of the variance"
            says = f"'{what}' of '{seen.name}' alone tells much about the target ({measured})"
            blocks.append(Notice("noted", f"{says}: will it in production?"))
    by = "class" if labels else "fourth of the target"
    shows = {"text": "texts", "image": "images", "sound": "sounds as spectrograms"}[seen.kind]
    blocks.append(
        Sheet(tuple(usual), f"'{seen.name}': {shows} drawn at random from each {by}; none of them sealed")
    )
    if any(words for _, words in seen.words):
        rows = tuple((name, ", ".join(words) or "none") for name, words in seen.words)
        blocks.append(
            Table((by, "words far more frequent than elsewhere"), rows, f"Typical words in '{seen.name}'")
        )
    parts = [
        Spread(f"{what}, {UNITS[what]}" if what in UNITS else what, counts, (number(low), number(high)))
        for what, (counts, low, high) in seen.shapes.items()
    ]
    if parts:
        chart = multiples(parts, f"'{seen.name}' in plain measures, the top 1 % in the last bin")
        blocks.append(Details(f"How {_LONG[seen.kind]} '{seen.name}' is", (chart,)))
    if odd:
        title = f"'{seen.name}': rows unlike the others, to look at"
        blocks.append(
            Details(title, (Sheet(((("", odd[0][1])),), "The farthest from the middle by some measure"),))
        )
    return blocks


_LONG = {"text": "long and how written", "image": "large and bright", "sound": "long and loud"}
