"""Recorded trials, to be tried again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from milepost.errors import InputError
from milepost.learners.base import learners
from milepost.training.fit import Config


def replayed(folder: Path, file: str, families: Sequence[str]) -> list[Config]:
    """The configurations of `tune` that `milepost looks --json` recorded and that ended, in their order.

    Args:
        folder: the project.
        file: a JSON file, relative to it: a list of objects with `learner` and `params`.
        families: the learners that may be used.

    Raises:
        InputError: there is no such file, or it does not hold what is expected.
    """
    path = folder / file
    expected = "A file written by: milepost looks --json > FILE"
    if not path.is_file():
        raise InputError(f"there is no file '{path}' to replay.", expected=expected)
    try:
        looks = json.loads(path.read_text(encoding="utf-8"))
        ended = [
            Config(look["learner"], look["params"])
            for look in looks
            if look.get("step", "tune") == "tune" and look.get("state", "complete") == "complete"
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise InputError(f"'{path}' holds no recorded trials ({problem}).", expected=expected) from problem
    found = list({c.name: c for c in ended if c.learner in learners and c.learner in families}.values())
    if not found:
        raise InputError(f"'{path}' holds no trial of {', '.join(families)}.", expected=expected)
    return found
