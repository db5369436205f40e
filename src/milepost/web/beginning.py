"""Makes a project of what a page said: the files that were sent find their place in its folder first."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from milepost.brief import Brief
from milepost.data.archives import holds_media, unpack
from milepost.data.files import Say
from milepost.data.formats import known
from milepost.errors import InputError
from milepost.labels.formats.bundle import Bad
from milepost.project import Project
from milepost.steps.work import Talk
from milepost.web.uploads import MEDIA

DATA = "data"
"""The folder, or the name of the file, below the project in which the data lie that were sent."""
WORDS = ("question", "why", "for_whom")
"""Keys of the brief's table `problem` that are asked for."""
OPTIONS = ("task", "labels", "metric", "time", "group", "budget")
"""Options of `Project.new` that are asked for."""


def begin(folder: Path, asked: Mapping[str, Any], say: Say) -> tuple[Project, list[Bad]]:
    """Makes a project, and returns it with the files that could not be used.

    Args:
        folder: the project's.
        asked: `data`, or `path` of a file or folder that was sent with its `name` and `kind`; `target`;
            the keys of `WORDS` and `OPTIONS`.
        say: told how far it is.

    Raises:
        UsageError: there is a project already, or an option that cannot be.
        InputError: the data cannot be read; then the folder is as it was.
    """
    said = {name: asked[name] for name in WORDS if asked.get(name)}
    options = {name: asked[name] for name in OPTIONS if asked.get(name)}
    place: Path | None = None
    left: list[Bad] = []
    if asked.get("data"):
        source = str(asked["data"])
    else:
        place, left = _placed(folder, asked, say)
        source = str(place)
    try:
        like = Brief.of({"problem": said})
        made = Project.new(folder, source, str(asked.get("target", "")), like, Talk(say), **options)
    except BaseException:
        if place is not None:
            shutil.rmtree(place) if place.is_dir() else place.unlink()
        raise
    return made, left


def _placed(folder: Path, asked: Mapping[str, Any], say: Say) -> tuple[Path, list[Bad]]:
    """Puts what was sent below the project's folder; the upload itself stays where it is."""
    sent, name, left = Path(asked["path"]), Path(str(asked["name"])), []
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.glob(f"{DATA}*")):
        raise InputError(
            f"'{folder}' holds something called '{DATA}' already, and nothing is written over.",
            todo="Name it as the path of the data, or begin in another folder.",
        )
    if asked["kind"] == "zip" and holds_media(sent):
        sent, aside = unpack(sent, say)
        left = [Bad(one.file, one.reason) for one in aside]
    if sent.is_dir() or asked["kind"] in MEDIA:
        place = folder / DATA
        shutil.copytree(sent if sent.is_dir() else sent.parent, place, copy_function=_linked)
    else:
        suffix = name.suffix if known(name) else sent.suffix
        place = Path(_linked(sent, folder / f"{DATA}{suffix}"))
    return place, left


def _linked(source: str | Path, target: str | Path) -> str:
    """The same bytes under another name, or a copy where file systems differ."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    return str(target)
