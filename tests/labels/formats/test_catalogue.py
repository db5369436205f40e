"""Every format writes and reads what it says, and says what it cannot hold."""

from __future__ import annotations

import inspect
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
