"""Finds every pluggable thing: our own folders, entry points and a project's `plugins/`."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Generic, TypeVar

from milepost.digest import digest_file
from milepost.errors import UsageError, did_you_mean

T = TypeVar("T")


class Registry(Generic[T]):
    """The plug-ins of one kind, by name; filled on first use.

    Args:
        kind: the singular noun of the kind, as shown in errors, such as "learner".
        package: the package whose modules are imported to fill it, such as "milepost.learners".

    >>> shapes = Registry[str]("shape", "milepost.statistics")
    >>> shapes.add("circle", "round")
    'round'
    >>> shapes["circle"]
    'round'
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind, self.package = kind, package
        self._items: dict[str, T] = {}
        self._loaded = False
        self._lock = threading.RLock()

    def add(self, name: str, item: T) -> T:
        """Registers an item under a name; a later item of the same name replaces the former."""
        self._items[name] = item
        return item

    def register(self, name: str) -> Callable[[T], T]:
        """Returns a decorator that registers what it decorates."""
        return lambda item: self.add(name, item)

    def _load(self) -> None:
        with self._lock:  # who comes second waits until all are found
            if not self._loaded:
                self._loaded = True
                self._find()

    def _find(self) -> None:
        package = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{self.package}.{module.name}")
        for entry in entry_points(group=f"milepost.{self.kind}"):
            self.add(entry.name, entry.load())

    def __getitem__(self, name: str) -> T:
        self._load()
        if name not in self._items:
            raise UsageError(f"there is no {self.kind} '{name}'.", todo=did_you_mean(name, self._items))
        return self._items[name]

    def __contains__(self, name: object) -> bool:
        self._load()
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(tuple(self._items))

    def values(self) -> tuple[T, ...]:
        """All registered items, in the order of registration."""
        self._load()
        return tuple(self._items.values())


def load_plugins(folder: Path) -> tuple[str, ...]:
    """Imports every Python file of a project's plugin folder; what they decorate registers itself.

    Returns the names of the files imported. A file that raises is named in the error.

    Raises:
        UsageError: a plugin cannot be imported.
    """
    if not folder.is_dir():
        return ()
    for path in sorted(folder.glob("*.py")):
        import_file(path)
    return tuple(path.name for path in sorted(folder.glob("*.py")))


def import_file(path: Path) -> object:
    """Imports one Python file under a name made of its content, and returns the module.

    Raises:
        UsageError: the file is missing or raises on import.
    """
    if not path.is_file():
        raise UsageError(f"there is no Python file '{path}'.", todo="Check the path in milepost.toml.")
    name = f"milepost_plugin_{path.stem}_{digest_file(path)[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"'{path}' is not a Python file.", todo="Plugins are files that end in .py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as problem:
        del sys.modules[name]
        raise UsageError(
            f"'{path.name}' raised {type(problem).__name__}: {problem}.", todo="Mend the file."
        ) from problem
    return module
