"""The development rows as pictures: laid flat, on the earth, side by side; no sealed row is among them."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import polars as pl

from milepost.data.measured import kinds_of
from milepost.modalities import media
from milepost.project.tell import onlooker
from milepost.report.blocks import Block, Sheet, Table, Tile
from milepost.report.charts.places import places
from milepost.report.gallery import shown
from milepost.report.sentences import count
from milepost.report.thumbs import clip
from milepost.steps.samples import CLASSES, EACH, sheet
from milepost.web.atlas import classes, flat, pairs, points, share
from milepost.web.pages import Ask, Found, Pages
from milepost.web.site import Site
from milepost.web.views.data import rows

pages = Pages()
NOTHING: Found = {
    "ready": False,
    "why": "The milepost 'collect' reads and seals the rows; it was not reached.",
    "blocks": (),
}
MOST_SEED = 1_000_000
COLUMNS = 8
"""Columns of a row that a table of samples shows."""


@pages.page("/map", "map.html")
def atlas(site: Site, ask: Ask) -> Found:
    """The rows laid flat, coloured by label or by fold, and on the earth where they have coordinates."""
    frame = rows(site)
    if frame is None:
        return NOTHING
    targets = [name for name in site.project.brief.target.columns if name in frame.columns]
    folds = fold_of(site, frame.height)
    by = ask.query.get("by", "label")
    by = by if by == "label" or folds is not None else "label"
    found = site.remember("map", version(site), lambda: flat(frame, targets))
    names = folds if by == "fold" and folds is not None else labels(frame, targets)
    said = [names[int(at)] for at in found.rows]
    words = {"title": f"Rows that are alike, by {by}", "x": "first direction", "y": "second direction"}
    blocks: list[Block] = [points(found.points, said, found.rows, words)] if found.columns else []
    where = pairs(frame)
    for latitude, longitude in where:
        blocks += _earth(frame[found.rows], (latitude, longitude), said, found.rows)
    return {
        "ready": True,
        "why": "",
        "by": by,
        "ways": ["label", "fold"] if folds is not None else ["label"],
        "says": share(found),
        "places": where,
        "every": frame.height,
        "blocks": tuple(blocks),
    }


@pages.page("/sheets", "sheets.html")
def sheets(site: Site, ask: Ask) -> Found:
    """Rows of each class side by side: texts, images, spectrograms with their sound, or plain columns."""
    frame = rows(site)
    if frame is None:
        return NOTHING
    targets = [name for name in site.project.brief.target.columns if name in frame.columns]
    inputs = frame.drop(targets)
    kinds = kinds_of(inputs, {name: media.kind_of(inputs[name]) for name in inputs.columns})
    column = ask.query.get("column", "")
    column = column if column in kinds else next(iter(kinds), "")
    seed = ask.query.get("draw", "")
    seed_ = min(int(seed), MOST_SEED) if seed.isdigit() and len(seed) < 8 else 0
    names = labels(frame, targets)
    bands = [(name, np.flatnonzero(np.array(names) == name)) for name in dict.fromkeys(names)]
    bands.sort(key=lambda band: -len(band[1]))
    if column:
        asked = f"{version(site)} {seed_}"
        make = partial(_seen, frame[column], kinds[column], bands, seed_)
        made: tuple[Block, ...] = (site.remember(f"sheet {column}", asked, make),)
    else:
        made = _plain(inputs, bands, seed_)
    return {
        "ready": True,
        "why": "",
        "column": column,
        "columns": list(kinds),
        "draw": seed_,
        "left": max(0, len(bands) - CLASSES),
        "every": frame.height,
        "blocks": made,
    }


def version(site: Site) -> str:
    """What changes with the development rows."""
    return onlooker(site.project.road, "data").artifact("collect", "development")


def labels(frame: pl.DataFrame, targets: list[str]) -> list[str]:
    """The class of each row by its first target."""
    return classes(frame[targets[0]]) if targets else ["row"] * frame.height


def fold_of(site: Site, height: int) -> list[str] | None:
    """The fold that judges each row, or None where no folds were drawn of these rows."""
    work = onlooker(site.project.road, "data")
    if not work.has("protocol"):
        return None
    packed = work.array("protocol", "folds")
    if packed.shape[1] != height:
        return None
    judged = packed == 2
    first = np.where(judged.any(0), judged.argmax(0), -1)
    return ["judges nothing" if at < 0 else f"fold {at + 1}" for at in first]


def _earth(frame: pl.DataFrame, pair: tuple[str, str], said: list[str], numbers: Any) -> list[Block]:
    """Where rows lie: how many, and which class."""
    lat, lon = (frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in pair)
    known = np.isfinite(lat) & np.isfinite(lon) & (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
    title = f"Where rows lie: {pair[0]}, {pair[1]}"
    if not known.any():
        return []
    kept = [word for word, there in zip(said, known, strict=True) if there]
    squeeze = 1 / max(0.1, float(np.cos(np.radians(lat[known].mean()))))
    words = {"title": f"{title}, by class", "x": "longitude", "y": "latitude"}
    spots = points(np.column_stack([lon[known], lat[known]]), kept, numbers[known], words, squeeze)
    return [places(lat.tolist(), lon.tolist(), title), spots]


def _seen(column: pl.Series, kind: str, bands: list[tuple[str, Any]], seed: int) -> Sheet:
    kept = sheet(column, bands, pl.DataFrame(), seed).rows()
    drawn = _drawn(column, bands, seed) if kind == "sound" else []
    found: dict[str, list[Tile]] = {}
    for at, (band, image, text, note) in enumerate(kept):
        sound = clip(column[drawn[at]]) if at < len(drawn) and image else ""
        tile = Tile(image=image, sound=sound, text=((text, 0.0),) if text else (), note=note)
        found.setdefault(band, []).append(tile)
    what = {"text": "texts", "image": "images", "sound": "sounds"}[kind]
    return Sheet(
        tuple((band, tuple(tiles)) for band, tiles in found.items()),
        f"'{column.name}': {what} drawn at random from each class",
    )


def _drawn(column: pl.Series, bands: list[tuple[str, Any]], seed: int) -> list[int]:
    """The rows of a sheet, as `sheet` draws them."""
    random, known = np.random.default_rng(seed), column.is_not_null().to_numpy()
    return [
        int(at)
        for _, there in bands[:CLASSES]
        for at in np.sort(random.permutation(there[known[there]])[:EACH])
    ]


def _plain(frame: pl.DataFrame, bands: list[tuple[str, Any]], seed: int) -> tuple[Table, ...]:
    """Rows of a table, some of each class."""
    random, names, found = np.random.default_rng(seed), frame.columns[:COLUMNS], []
    for name, there in bands[:CLASSES]:
        drawn = np.sort(random.permutation(there)[:EACH])
        lines = tuple(tuple(shown(frame[column][int(at)]) for column in names) for at in drawn)
        found.append(Table(tuple(names), lines, f"{name}, {count(len(there))} rows"))
    return tuple(found)
