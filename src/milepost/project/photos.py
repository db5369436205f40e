"""New images, sounds and texts for a project whose data are a folder of them."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from milepost.data.files import Say, shown, silent
from milepost.data.read import located
from milepost.digest import digest_file
from milepost.errors import UsageError
from milepost.labels.formats.bundle import Bad
from milepost.modalities.signatures import HEAD, kind_of_bytes, kind_of_name
from milepost.project.project import Project

OFTEN = 200
"""Files between two words about how far it is."""


@dataclass
class Placed:
    """What became of files.

    Args:
        files: there were.
        added: are new in the project's folder.
        there: lay there already, byte for byte.
        bad: files that are none of an image, a sound or a text, or whose name is taken; with the reason.
    """

    files: int = 0
    added: int = 0
    there: int = 0
    bad: list[Bad] = field(default_factory=list)


def home(project: Project) -> Path:
    """The folder in which the project's data lie.

    Raises:
        UsageError: the data are no folder.
    """
    source = project.brief.data.source
    folder = None if not source or "://" in source else project.folder / located(source)
    if folder is None or not folder.is_dir():
        raise UsageError(
            f"the data of this project are '{source}', and no folder to put files into.",
            expected="A folder of images, sounds or texts as [data] source.",
            todo="Put new rows into the table itself, or into the database.",
        )
    return folder


def place(project: Project, source: Path, say: Say = silent) -> Placed:
    """Copies files into the folder of the project's data; nothing that is there is written over.

    Where that folder has folders of its own, such as classes, inner paths are kept; else all files lie side
    by side, `a/b.png` as `a_b.png`, since a first inner folder would make classes of them.

    Args:
        project: the project.
        source: a file, or a folder of files.
        say: told how far it is.

    Raises:
        UsageError: the data of the project are no folder.
    """
    folder, made = home(project), Placed()
    inner = [source] if source.is_file() else sorted(path for path in source.rglob("*") if path.is_file())
    root = source.parent if source.is_file() else source
    nested = any(path.is_dir() and not path.name.startswith(".") for path in folder.iterdir())
    for number, path in enumerate(inner):
        if number % OFTEN == 0:
            say(f"{number:,} of {len(inner):,} files", number / len(inner))
        name = path.relative_to(root)
        made.files += 1
        reason = _kept(path, folder, name if nested else Path("_".join(name.parts)), made)
        if reason:
            made.bad.append(Bad(shown(name), reason))
    return made


def _kept(path: Path, folder: Path, name: Path, made: Placed) -> str:
    """Keeps one file, and says why not, or ""."""
    kind = kind_of_name(path.name)
    if not kind:
        return "it is no image, sound or text"
    with path.open("rb") as stream:
        seen = kind_of_bytes(stream.read(HEAD))
    if seen != ("" if kind == "text" else kind):
        return f"by its name it is one {kind}, by its content not"
    target = folder / name
    if not target.parent.resolve().is_relative_to(folder.resolve()):
        return "a link in the folder leads out of it"
    if target.exists():
        if target.is_file() and digest_file(target) == digest_file(path):
            made.there += 1
            return ""
        return "another file of this name is there"
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.parent / f".{secrets.token_hex(6)}.part"
    try:
        shutil.copyfile(path, beside)
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    made.added += 1
    return ""
