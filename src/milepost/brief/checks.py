"""Checks of single values of milepost.toml; each returns the value or raises ValueError."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from milepost.brief.durations import seconds
from milepost.errors import BriefError, UsageError


def names(value: Any) -> Any:
    """Returns a list of names as a tuple; a single text counts as one name.

    >>> names("late"), names(["a", "b"])
    (('late',), ('a', 'b'))
    """
    if isinstance(value, str):
        return (value,) if value else ()
    if isinstance(value, list | tuple):
        if len(set(map(str, value))) < len(value):
            raise ValueError("a name is listed twice")
        return tuple(value)
    return value


def duration(value: Any) -> float:
    """Returns a budget in seconds."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError('expected seconds, or a duration such as "2m"')
    try:
        return seconds(value)
    except UsageError as problem:
        raise ValueError(f"expected {problem.expected[0].lower()}{problem.expected[1:-1]}") from problem


def delay(value: Any) -> Any:
    """Returns a delay as it was written, once it is known to be a duration.

    >>> delay("30d")
    '30d'
    """
    if isinstance(value, str) and value:
        duration(value)
    return value


def cost(value: Any) -> Any:
    """Returns a cost: a number of at least 0, or the name of the column that holds it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise ValueError("expected a number, or the name of a column")
    if isinstance(value, int | float) and value < 0:
        raise ValueError("expected a number of at least 0")
    if value == "":
        raise ValueError("expected a number, or the name of a column, not an empty text")
    return float(value) if isinstance(value, int) else value


def point(value: Any) -> Any:
    """Returns the name of a point of the frontier that the search can price."""
    if value == "student":
        raise ValueError(
            "its price is known from sealed rows only, as the models that teach it have seen all others, so "
            "that nothing could be promised before the seal is opened; expected a point that is priced "
            "before; once `final` has passed, a student ships by: milepost ship --point student"
        )
    return value


def rule(value: Any) -> Any:
    """Returns `file.py:function`, once it is known to stay inside the project.

    >>> rule("rules.py:late")
    'rules.py:late'
    """
    if not isinstance(value, str) or not value:
        return value
    file, _, function = value.rpartition(":")
    if not file.endswith(".py") or not function.isidentifier():
        raise ValueError('expected a file and a function, such as "rules.py:late"')
    if climbs(file):
        raise ValueError("expected a file inside this folder")
    return value


def file(value: Any) -> Any:
    """Returns the name of a file, once it is known to stay inside the project.

    >>> file("wiki.vec")
    'wiki.vec'
    """
    if isinstance(value, str) and value and climbs(value):
        raise ValueError("expected a file inside this folder")
    return value


def direction(value: Any) -> Any:
    """Returns which way answers go as a number grows: 1 and -1 are read as "up" and "down".

    >>> direction(-1), direction("up")
    ('down', 'up')
    """
    if isinstance(value, bool):
        raise ValueError('expected "up" or "down", or 1 or -1')
    return {1: "up", -1: "down"}.get(value, value) if isinstance(value, int) else value


def country(value: Any) -> Any:
    """Returns whose holidays are meant: a country's ISO 3166 code, with a part of it or without.

    >>> country("DE"), country("us-ca")
    ('DE', 'US-CA')
    """
    if not isinstance(value, str) or not value:
        return value
    if not re.fullmatch(r"[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?", value):
        raise ValueError('expected the code of a country, such as "DE", or of a part of it, such as "DE-BY"')
    return value.upper()


def climbs(path: str) -> bool:
    r"""Whether a path, as written, is absolute or leaves the folder it is relative to.

    >>> climbs("rules.py"), climbs("../rules.py"), climbs("/etc/rules.py"), climbs("C:\\rules.py")
    (False, True, True, True)
    """
    pure = PurePosixPath(path.replace("\\", "/"))
    return pure.is_absolute() or ".." in pure.parts or pure.parts[:1] == ("~",) or ":" in path


def inside(folder: Path, path: str) -> Path:
    """Returns a project's file, refused where it lies outside the project, links followed.

    Raises:
        BriefError: the path leaves the folder.
    """
    found = folder / path
    if climbs(path) or not found.resolve().is_relative_to(folder.resolve()):
        raise BriefError(
            f"'{path}' leads out of the project '{folder}'.",
            expected="Code that a project runs, and word vectors, lie in its own folder.",
            todo="Copy the file into the project and name it there.",
        )
    return found


def locate(folder: Path, source: str) -> str:
    """Returns a data source as a URL unchanged, or as a path; relative paths start at the project's folder.

    >>> locate(Path("p"), "postgresql://host/db"), locate(Path("p"), "rows.csv")
    ('postgresql://host/db', 'p/rows.csv')
    """
    if "://" in source and len(urlsplit(source).scheme) > 1:
        return source
    return str(folder / Path(source).expanduser())
