"""Files of media below a folder: found without leaving it, named for people, each hashed once."""

from __future__ import annotations

import os
import stat
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePath

from milepost.data.encoding import decode
from milepost.errors import InputError
from milepost.modalities import media
from milepost.modalities.signatures import kind_of_name

Say = Callable[[str, float | None], None]
LARGEST = 1 << 28
"""Bytes of one image or sound, at most."""
LONGEST = 1 << 20
"""Bytes of one text, at most."""
PROJECT = "milepost.toml"
MANY = 500_000
"""Files of a folder that nobody named, after which names of files are not looked for in it."""
_NOT_DATA = frozenset(("__MACOSX", "Thumbs.db", "desktop.ini"))
_TOLD = 1_000


def silent(*_: object) -> None:
    """Says nothing."""


@dataclass(frozen=True)
class Aside:
    """A file, or a value that names one, that cannot be used.

    Args:
        file: its name, as people read it.
        reason: why, half a sentence.
        column: the column whose value it would have been; "" where there is none.
        row: the number of the row, from 0; -1 where there is none.
    """

    file: str
    reason: str
    column: str = ""
    row: int = -1


def shown(name: str | Path) -> str:
    r"""A file's name as text with slashes; bytes that are no UTF-8 are written as \xNN.

    >>> shown(os.fsdecode(b"caf\xe9.png"))
    'caf\\xe9.png'
    """
    word = str(name)
    readable = word if word.isascii() else os.fsencode(word).decode("utf-8", "backslashreplace")
    return readable.replace(os.sep, "/")


@dataclass(frozen=True)
class Tree:
    """What lies below a folder.

    Args:
        root: the folder.
        names: paths of regular files from there, in the order of their names.
        sizes: size in bytes and time of change of each.
        empty: folders that hold nothing.
        aside: links that lead out, and what is no regular file.
    """

    root: Path
    names: tuple[str, ...]
    sizes: tuple[tuple[int, int], ...]
    empty: tuple[str, ...] = ()
    aside: tuple[Aside, ...] = ()


def tree(root: Path, most: int = sys.maxsize) -> Tree:
    """Looks through a folder; hidden files, and folders that are projects of their own, are passed over.

    Links are followed to files inside the folder only.

    Args:
        root: the folder.
        most: files after which it gives up and names none.
    """
    found: list[tuple[str, tuple[int, int]]] = []
    empty: list[str] = []
    aside: list[Aside] = []
    real = os.path.realpath(root)
    waiting = [""]
    while waiting:
        if len(found) > most:
            return Tree(root, (), ())
        at = waiting.pop()
        try:
            with os.scandir(os.path.join(root, at) if at else root) as inside:
                entries = [e for e in inside if e.name[0] != "." and e.name not in _NOT_DATA]
        except OSError as problem:
            aside.append(Aside(shown(at), f"it cannot be looked into ({problem.strerror})"))
            continue
        if at and any(entry.name == PROJECT for entry in entries):
            continue
        if at and not entries:
            empty.append(at)
        for entry in entries:
            name = f"{at}{os.sep}{entry.name}" if at else entry.name
            if not entry.is_symlink() and entry.is_dir():
                waiting.append(name)
                continue
            reason, state = _looked(entry, real)
            if reason:
                aside.append(Aside(shown(name), reason))
            elif state is not None:
                found.append((name, (state.st_size, state.st_mtime_ns)))
    found.sort()
    names, sizes = (tuple(part) for part in zip(*found, strict=True)) if found else ((), ())
    return Tree(root, names, sizes, tuple(sorted(empty)), tuple(aside))


def _looked(entry: os.DirEntry[str], real: str) -> tuple[str, os.stat_result | None]:
    """Why an entry of a folder is no file to read, or its state."""
    try:
        if entry.is_symlink() and not within(os.path.realpath(entry.path), real):
            return "it is a link that leads out of the folder", None
        state = entry.stat()
    except OSError as problem:
        return f"it cannot be looked at ({problem.strerror})", None
    if stat.S_ISDIR(state.st_mode):
        return "it is a link to a folder, which is not followed", None
    return ("", state) if stat.S_ISREG(state.st_mode) else ("it is no regular file", None)


def within(path: str, root: str) -> bool:
    """Whether a real path lies below another.

    >>> within("/a/b", "/a"), within("/ab", "/a")
    (True, False)
    """
    return path.startswith(root if root.endswith(os.sep) else root + os.sep)


def indexed(found: Tree) -> dict[str, Path]:
    """Files of media by their last name and by its stem, where these occur once below a folder."""
    names = [name for name in found.names if kind_of_name(name)]
    written = [(word, name) for name in names for word in {PurePath(name).name, PurePath(name).stem}]
    times = Counter(word for word, _ in written)
    return {word: found.root / name for word, name in written if times[word] == 1}


class Roots:
    """Folders below which files may be read; the first in which a path leads somewhere counts.

    Args:
        folders: the folders; relative paths start at each in turn.
        index: names of files, as a table may write them, and where they lie.
        deep: a folder below which files are looked for by their names where a path leads nowhere.
    """

    def __init__(
        self, folders: Iterable[Path], index: dict[str, Path] | None = None, deep: Path | None = None
    ) -> None:
        self.folders = tuple(dict.fromkeys(os.path.realpath(folder) for folder in folders))
        self.index = index or {}
        self._real = cache(os.path.realpath)
        self._below: dict[str, Path] | None = None if deep else {}
        self._deep = deep
        self.read: set[Path] = set()
        """The files that were found."""

    def _known(self, name: str) -> Path | None:
        if self._below is None and self._deep is not None:
            self._below = indexed(tree(self._deep, MANY))
        return self.index.get(name) or (self._below or {}).get(name)

    def find(self, value: str) -> tuple[Path | None, str]:
        """The file that a value names, or None and why it is not read."""
        path, reason = self._find(value)
        if path is not None:
            self.read.add(path)
        return path, reason

    def _find(self, value: str) -> tuple[Path | None, str]:
        name = value.strip()
        if "\0" in name or not name:
            return None, "it is no path"
        if address(name):
            return None, "it is an address, and nothing is fetched"
        out = False
        for written in dict.fromkeys((name, name.replace("\\", os.sep))):
            for root in self.folders:
                path = os.path.normpath(os.path.join(root, written))
                folder, last = os.path.split(path)
                real = os.path.join(self._real(folder), last)
                try:
                    if os.path.islink(real):
                        real = os.path.realpath(real)
                    if not within(real, root):
                        out = True
                    elif os.path.isfile(real):
                        return Path(real), ""
                    elif os.path.lexists(real):
                        return None, "it is no regular file"
                except (OSError, ValueError):
                    return None, "it is no path that this machine can have"
        if out:
            return None, "it leads out of the data's folder"
        known = self._known(name)
        return (known, "") if known else (None, "it is not there")


def address(value: str) -> bool:
    """Whether a value is a URL.

    >>> address("https://example.org/a.png"), address("a/b.png"), address("C:/a.png")
    (True, False, False)
    """
    scheme, colon, rest = value.partition(":")
    wide = len(scheme) > 1 and scheme.replace("+", "").replace("-", "").isalnum()
    return bool(colon) and wide and (rest.startswith("//") or scheme.lower() == "data")


def contents(
    files: Sequence[tuple[str, Path]], kind: str, say: Say = silent
) -> Iterator[tuple[str | None, str]]:
    """For each file the value it stands for, a reference or its text, or None and why it has none.

    Args:
        files: names for people, and where the files lie.
        kind: "image", "sound" or "text".
        say: told how far it is.
    """
    for number, (_, path) in enumerate(files):
        if number % _TOLD == 0 and len(files) > _TOLD:
            say(f"{number:,} of {len(files):,} files read", number / len(files))
        try:
            yield _content(path, kind)
        except OSError as problem:
            yield None, f"it cannot be read ({problem.strerror})"


def _content(path: Path, kind: str) -> tuple[str | None, str]:
    state = path.stat()
    most = LONGEST if kind == "text" else LARGEST
    if not stat.S_ISREG(state.st_mode):
        return None, "it is no regular file"
    if state.st_size > most:
        return None, f"it is {state.st_size / 2**20:,.0f} MiB large, more than {most >> 20:,} MiB"
    if not state.st_size:
        return None, "it is empty (0 bytes)"
    if kind != "text":
        return media.reference(kind, media.place(path)), ""
    try:
        return decode(path.read_bytes(), shown(path.name)).data.decode(), ""
    except InputError:
        return None, "it is not text"
