"""All formats by name, with what each reads and writes and what it cannot hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from milepost.errors import InputError, did_you_mean
from milepost.labels.formats import coco, crowd, hugging, studio, tables, voc, yolo
from milepost.labels.formats.bundle import Given, Taken
from milepost.labels.values import KINDS, SHAPES


@dataclass(frozen=True)
class Format:
    """A format.

    Args:
        title: its name, for people.
        read: called with the path and what its module says.
        write: called with the bundle, the path and what its module says.
        kinds: the kinds of labels that it holds.
        cannot: what it cannot hold, one sentence each.
        folder: whether it is a folder.
    """

    title: str
    read: Callable[..., Taken]
    write: Callable[..., Given]
    kinds: tuple[str, ...]
    cannot: tuple[str, ...]
    folder: bool = False


ALL = tuple(KINDS)
FORMATS: Mapping[str, Format] = {
    "label-studio": Format("Label Studio", studio.read, studio.write, ALL, studio.CANNOT),
    "coco": Format("COCO", coco.read, coco.write, SHAPES, coco.CANNOT),
    "yolo": Format("YOLO", yolo.read, yolo.write, ("boxes", "polygons"), yolo.CANNOT, True),
    "voc": Format("Pascal VOC", voc.read, voc.write, ("boxes",), voc.CANNOT, True),
    "csv": Format(
        "CSV", partial(tables.read, form="csv"), partial(tables.write, form="csv"), ALL, tables.CANNOT["csv"]
    ),
    "jsonl": Format(
        "JSON lines", partial(tables.read, form="jsonl"), partial(tables.write, form="jsonl"), ALL,
        tables.CANNOT["jsonl"],
    ),
    "parquet": Format(
        "Parquet", partial(tables.read, form="parquet"), partial(tables.write, form="parquet"), ALL,
        tables.CANNOT["parquet"],
    ),
    "hugging-face": Format("Hugging Face", hugging.read, hugging.write, ALL, hugging.CANNOT, True),
    "crowd": Format("Crowd platforms", crowd.read, crowd.write, ALL, crowd.CANNOT),
}  # fmt: skip
"""Every format by the name that commands and pages give it."""


def format_of(name: str) -> Format:
    """The format of a name.

    Raises:
        InputError: there is none.
    """
    if name not in FORMATS:
        raise InputError(f"there is no format '{name}'.", todo=did_you_mean(name, FORMATS))
    return FORMATS[name]
