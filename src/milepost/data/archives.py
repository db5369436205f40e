"""Zip archives of media: unpacked with limits, so that neither a bomb nor a path in one does harm."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath

from milepost.data import spool
from milepost.data.files import LARGEST, Aside, Say, silent
from milepost.digest import digest_file
from milepost.errors import EnvironmentProblem, InputError
from milepost.modalities.signatures import kind_of_name

MOST = 1 << 36
"""Bytes that an archive may unpack to: 64 GiB."""
FREE = 1 << 26
"""An archive that unpacks to less is no bomb, however well it is packed."""
RATIO = 200
"""How many times larger than itself an archive may become beyond that."""
_BLOCK = 1 << 20


def holds_media(path: Path) -> bool:
    """Whether a file is a zip archive with images, sounds or several texts in it."""
    if path.suffix.lower() != ".zip" or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        kinds = [kind_of_name(item.filename) for item in archive.infolist() if not item.is_dir()]
    return "image" in kinds or "sound" in kinds or kinds.count("text") > 1


def unpack(path: Path, say: Say = silent) -> tuple[Path, list[Aside]]:
    """Unpacks an archive into a folder of this process.

    Returns:
        The folder, and members that were left out: paths that lead out, links, and what is too large.

    Raises:
        InputError: it would become too large for what it is, is encrypted or broken.
        EnvironmentProblem: there is no space.
    """
    size = path.stat().st_size
    folder = spool.folder() / f"zip-{digest_file(path)[:16]}"
    done = folder.with_name(f"{folder.name}.done")
    with zipfile.ZipFile(path) as archive:
        members = [item for item in archive.infolist() if not item.is_dir()]
        _refuse(path, members, sum(item.file_size for item in members), size)
        kept, aside = _sorted_out(members)
        if done.exists():
            return folder, aside
        written = 0
        try:
            for number, (item, name) in enumerate(kept):
                if number % 1_000 == 0:
                    say(f"{number:,} of {len(kept):,} files unpacked", number / max(1, len(kept)))
                written += _write(archive, item, folder / name)
                if written > max(FREE, size * RATIO) or written > MOST:
                    raise _bomb(path, written, size)
            done.touch()
        except (zipfile.BadZipFile, EOFError, RuntimeError, ValueError) as problem:
            raise InputError(
                f"the archive '{path.name}' cannot be unpacked ({str(problem)[:160]}).",
                todo="Fetch or pack it again, without a password.",
            ) from problem
        except OSError as problem:
            raise EnvironmentProblem(
                f"'{folder}' cannot be written ({problem.strerror}).",
                todo="Set TMPDIR to a folder with space.",
            ) from problem
        finally:
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
    return folder, aside


def _refuse(path: Path, members: list[zipfile.ZipInfo], total: int, size: int) -> None:
    """Refuses what the archive's own table says is too large, or packed with a password."""
    if total > MOST or total > max(FREE, size * RATIO):
        raise _bomb(path, total, size)
    if any(item.flag_bits & 1 for item in members):
        raise InputError(
            f"the archive '{path.name}' is locked with a password.", todo="Unpack it and give the folder."
        )
    if total > shutil.disk_usage(spool.folder()).free:
        raise EnvironmentProblem(
            f"'{path.name}' unpacks to {total / 2**30:,.1f} GiB, more than there is room for.",
            todo="Set TMPDIR to a folder with more space, or unpack it yourself and give the folder.",
        )


def _bomb(path: Path, total: int, size: int) -> InputError:
    return InputError(
        f"the archive '{path.name}' of {size / 2**20:,.1f} MiB unpacks to {total / 2**20:,.0f} MiB or more, "
        "which no archive of images or sounds does.",
        expected=f"At most {RATIO} times its size, and at most {MOST >> 30} GiB.",
        todo="If you trust it, unpack it yourself and give the folder.",
    )


def _sorted_out(members: list[zipfile.ZipInfo]) -> tuple[list[tuple[zipfile.ZipInfo, str]], list[Aside]]:
    """The members to unpack with their paths, and those that are left out."""
    kept, aside = [], []
    for item in members:
        name = PurePosixPath(item.filename.replace("\\", "/"))
        if any(part == "__MACOSX" or (part.startswith(".") and part != "..") for part in name.parts):
            continue
        if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
            aside.append(Aside(item.filename, "it leads out of the archive"))
        elif stat.S_ISLNK(item.external_attr >> 16):
            aside.append(Aside(item.filename, "it is a link"))
        elif item.file_size > LARGEST:
            aside.append(Aside(item.filename, f"it is more than {LARGEST >> 20} MiB large"))
        else:
            kept.append((item, os.path.join(*name.parts)))
    return kept, aside


def _write(archive: zipfile.ZipFile, item: zipfile.ZipInfo, path: Path) -> int:
    """Writes one member, never more than it says it holds; returns its bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(item) as source, path.open("wb") as target:
        while block := source.read(_BLOCK):
            written += len(block)
            if written > item.file_size:
                raise ValueError(f"'{item.filename}' holds more than it says")
            target.write(block)
    return written
