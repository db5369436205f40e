"""A copy of a project that is whole, taken while it is in use."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from milepost.errors import EnvironmentProblem, UsageError
from milepost.steps.work import STORE
from milepost.store import moving
from milepost.store.rows import Rows

_TRIES = 5
_LEFT_OUT = (".lock", ".turn", "-wal", "-shm", ".tmp", ".new")
"""Endings of what belongs to running processes alone."""


@dataclass(frozen=True)
class Backup:
    """A copy of a project.

    Args:
        folder: where it is; it is a project itself.
        files: how many files it holds.
        size: their bytes.
    """

    folder: Path
    files: int
    size: int


def backup(folder: Path, rows: Rows, out: Path) -> Backup:
    """Copies a project while it runs and people label.

    Rows are copied first, as they stand at one moment, then the bytes that they name, which never change;
    whatever was acknowledged before is in it. A package that is replaced meanwhile is copied again.

    Args:
        folder: the project's.
        rows: its rows; the copy holds them in SQLite, wherever they lie.
        out: the copy, a folder that is not there yet and lies outside the project.

    Raises:
        UsageError: `out` is there, or lies inside the project.
        EnvironmentProblem: the disk refused; nothing is left of the copy.
    """
    home, goal = folder.resolve(), out.resolve()
    if goal.exists() or goal.is_relative_to(home):
        why = "is there already" if goal.exists() else "lies inside the project"
        raise UsageError(f"'{out}' {why}.", expected="A folder that is not there yet, outside the project.")
    part = goal.with_name(f".{goal.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        (part / STORE).mkdir(parents=True)
        moving.snapshot(rows, part / STORE / moving.LITE)
        inside = [path for path in (home / STORE).iterdir() if path.name not in (moving.LITE, moving.FILE)]
        for path in sorted([*(path for path in home.iterdir() if path.name != STORE), *inside]):
            if not path.name.endswith(_LEFT_OUT):
                target = part / path.relative_to(home)
                _settled(path, target) if path.is_dir() else _copier(str(path), str(target))
        os.replace(part, goal)
    except OSError as problem:
        raise EnvironmentProblem(
            f"the copy '{out}' could not be written ({problem}).",
            todo="Check the rights and the space there.",
        ) from problem
    finally:
        shutil.rmtree(part, ignore_errors=True)
    files = [path for path in goal.rglob("*") if path.is_file()]
    return Backup(out, len(files), sum(path.stat().st_size for path in files))


def _settled(source: Path, target: Path) -> None:
    """Copies a folder, again where it was replaced meanwhile: a package is whole or not at all."""
    for _ in range(_TRIES):
        before = _stamp(source)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, copy_function=_copier, ignore=shutil.ignore_patterns("*.tmp"))
        if _stamp(source) == before:
            return
    raise EnvironmentProblem(f"'{source}' is replaced all the time.", todo="Try again in a minute.")


def _stamp(folder: Path) -> bytes:
    """What tells one package from another; folders that only grow have none."""
    manifest = folder / "manifest.json"
    return manifest.read_bytes() if manifest.is_file() else b""


def _copier(source: str, target: str) -> str:
    """Copies a file; one that was there a moment ago and is gone belonged to nobody any more."""
    try:
        shutil.copy2(source, target)
    except FileNotFoundError:
        if os.path.lexists(source):
            raise
    return target
