"""What a demo is: a name, and a function that builds its project in a folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from milepost.brief import Brief
from milepost.registry import Registry


@dataclass(frozen=True)
class Demo:
    """A project that can be built from data which comes with a package.

    Args:
        name: what it is called on the command line, such as "late-flights".
        title: what it shows, in one sentence.
        build: writes the project's files into a folder and returns its brief; files that are there stay.
    """

    name: str
    title: str
    build: Callable[[Path], Brief]


demos: Registry[Demo] = Registry("demo", "milepost.demos")
"""All demos by name."""
