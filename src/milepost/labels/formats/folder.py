"""What formats of one file a picture share: names that do not meet, pictures and their sizes."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from milepost.digest import Json
from milepost.errors import InputError, MissingExtra
from milepost.labels.formats.bundle import Answer, Bundle, Item
from milepost.labels.formats.naming import inside
from milepost.labels.formats.regions import Size

TURNED = (5, 6, 7, 8)
"""Values of EXIF's orientation with which a picture is shown with its sides exchanged."""


def files(bundle: Bundle, part: str = "image") -> dict[str, str]:
    """The name of each item's file below a folder, by key; files whose labels would meet are refused.

    Args:
        bundle: whose items.
        part: the part of the content that names the file; the key does where it is missing.

    Raises:
        InputError: a name leads out of the folder, or two differ in nothing but their ending.
    """
    found: dict[str, str] = {}
    stems: dict[str, str] = {}
    for item in bundle.items:
        name = inside(item.content.get(part, item.key))
        stem = str(PurePosixPath(name).with_suffix("")).casefold()
        if stem in stems:
            raise InputError(
                f"'{stems[stem]}' and '{name}' would share one file of labels.",
                expected="Names that differ before their ending, in more than capitals.",
                todo="Rename one of them, or choose a format that keeps all labels in one file.",
            )
        stems[stem] = name
        found[item.key] = name
    return found


def copy(names: Iterable[str], source: Path | None, target: Path) -> int:
    """Copies files from a folder into another, where a source is named; returns how many.

    Raises:
        InputError: a file is not there.
    """
    count = 0
    for name in names if source is not None else ():
        assert source is not None
        there = source / inside(name)
        if not there.is_file():
            raise InputError(
                f"'{name}' is not in '{source}'.", todo="Name the folder in which the files lie."
            )
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(there, target / name)
        count += 1
    return count


def below(folder: Path, endings: tuple[str, ...] = ()) -> Iterator[str]:
    """Names of the files below a folder, sorted, with slashes; links that lead out are passed over."""
    root = folder.resolve()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.resolve().is_relative_to(root):
            name = path.relative_to(folder).as_posix()
            if not endings or path.suffix.lower() in endings:
                yield name


def measured(path: Path) -> Size:
    """Width and height of a picture as it is shown.

    Raises:
        MissingExtra: Pillow is not installed.
        InputError: it cannot be read.
    """
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtra.of("image", "the size of pictures") from None
    try:
        with Image.open(path) as picture:
            wide, high = picture.size
            turned = picture.getexif().get(0x0112) in TURNED
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as problem:
        raise InputError(f"'{path.name}' cannot be read as a picture ({problem})") from None
    return (high, wide) if turned else (wide, high)


def anonymous(chosen: Mapping[str, Answer]) -> int:
    """How many answers tell who gave them, when, or how long it took."""
    return sum(bool(a.person or a.at or a.seconds is not None) for a in chosen.values())


def other_parts(items: Iterable[Item], kept: tuple[str, ...] = ("image", "width", "height")) -> int:
    """How many parts of contents there are beside those that are kept."""
    return sum(name not in kept for item in items for name in item.content)


def picture(name: str, size: Size) -> dict[str, Json]:
    """The content of an item that is a picture."""
    return {"image": name, "width": size[0], "height": size[1]}
