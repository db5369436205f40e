"""Every format writes and reads what it says, and says what it cannot hold."""

from __future__ import annotations

import contextlib
import copy
import inspect
import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from milepost.errors import InputError
from milepost.labels.formats.bundle import Bundle
from milepost.labels.formats.catalogue import FORMATS, format_of


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "crowd"])
def test_values_of_every_kind_come_back_in_every_format(
    name: str, bundle: Callable[..., Bundle], tmp_path: Path
) -> None:
    format = FORMATS[name]
    for kind in format.kinds:
        made = bundle(kind, plain=True)
        path = tmp_path / f"{kind}.{name}"
        given = format.write(made, path)
        assert path.is_dir() == format.folder
        more: dict[str, Any] = {"labels": made.labels}
        if "sizes" in inspect.signature(format.read).parameters:
            more["sizes"] = {item.key: (64, 48) for item in made.items}
        taken = format.read(path, **more)
        assert taken.bad == ()
        assert len(taken.bundle.items) == given.items
        told = {answer.item: answer.value for answer in taken.bundle.answers}
        assert told == {answer.item: answer.value for answer in made.answers}
        nothing = replace(made, answers=())
        assert format.write(nothing, tmp_path / f"{kind}-nothing.{name}").answers == 0


def test_each_says_what_it_cannot_hold() -> None:
    for name, format in FORMATS.items():
        assert all(told.endswith(".") for told in format.cannot), name
        assert format.cannot or name == "parquet"
    with pytest.raises(InputError, match="'yolo'"):
        format_of("yoloo")
    assert format_of("voc").kinds == ("boxes",)


ODD: tuple[Any, ...] = (None, 0, 1.5, "", "x", [], {}, [None], [[1]], True, 10**400, "../x")


def spoilt(told: Any, rng: random.Random) -> Any:
    """A copy of plain JSON with one part of it, wherever it lies, replaced by something odd."""
    told = copy.deepcopy(told)
    places: list[tuple[Any, Any]] = []

    def walk(part: Any) -> None:
        for key in part if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ():
            places.append((part, key))
            walk(part[key])

    walk(told)
    part, key = rng.choice(places)
    part[key] = rng.choice(ODD)
    return told


@pytest.mark.parametrize("kind", ["choice", "boxes"])
@pytest.mark.parametrize("name", ["label-studio", "coco", "jsonl", "hugging-face"])
def test_no_odd_part_of_a_file_breaks_its_reader(
    name: str, kind: str, bundle: Callable[..., Bundle], tmp_path: Path
) -> None:
    format, made, path = FORMATS[name], bundle(kind, plain=True), tmp_path / "labels"
    if kind not in format.kinds:
        return
    format.write(made, path)
    file = path / "metadata.jsonl" if (path / "metadata.jsonl").exists() else path
    file = path / "data.jsonl" if file.is_dir() else file
    lines = name in ("jsonl", "hugging-face")
    whole = file.read_text()
    told = [json.loads(line) for line in whole.splitlines()] if lines else json.loads(whole)
    rng, read = random.Random(0), 0
    for _ in range(150):
        odd = spoilt(told, rng)
        rows = odd if lines and isinstance(odd, list) else [odd]
        file.write_text("\n".join(map(json.dumps, rows)) if lines else json.dumps(odd))
        with contextlib.suppress(InputError):  # of the whole file; what is bad in it is listed
            read += format.read(path, labels=made.labels).entries > 0
    assert read > 50
