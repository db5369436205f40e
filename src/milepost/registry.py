"""Finds every pluggable thing: our own folders, entry points and a project's `plugins/`."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

from milepost.digest import digest_file
from milepost.errors import UsageError, did_you_mean

T = TypeVar("T")
_REGISTRIES: list[Registry[Any]] = []
_GIVEN: dict[str, list[tuple[Registry[Any], str, Any]]] = {}
"""What each imported file of a project registered, by the name of its module."""
_LOADING = threading.RLock()
"""Held while a project's files are imported; a plug-in may be the first to ask a registry, hence again."""
_thread = threading.local()
_allowed = threading.Event()
"""Whether code that lies in packages may run."""


@contextmanager
def _of(module: str | None) -> Iterator[None]:
    """What this thread registers inside is of a project's file, or, with None, of milepost itself."""
    outer, _thread.module = getattr(_thread, "module", None), module
    try:
        yield
    finally:
        _thread.module = outer


class Registry(Generic[T]):
    """The plug-ins of one kind, by name; filled on first use.

    What a project's own files register counts for that project only: `load_plugins` changes from one
    project to another.

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
        self._guests: dict[str, T] = {}
        self._loaded = False
        self._lock = threading.RLock()
        _REGISTRIES.append(self)

    def add(self, name: str, item: T) -> T:
        """Registers an item under a name; a later item of the same name replaces the former."""
        module = getattr(_thread, "module", None)
        if module:
            _GIVEN[module].append((self, name, item))
            self._guests[name] = item
        else:
            self._items[name] = item
        return item

    def register(self, name: str) -> Callable[[T], T]:
        """Returns a decorator that registers what it decorates."""
        return lambda item: self.add(name, item)

    def _known(self) -> Mapping[str, T]:
        with self._lock:  # who comes second waits until all are found
            if not self._loaded:
                self._loaded = True
                with _of(None):  # a plug-in may be what asks first
                    self._find()
        return {**self._items, **self._guests}

    def _find(self) -> None:
        package = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{self.package}.{module.name}")
        for entry in entry_points(group=f"milepost.{self.kind}"):
            self.add(entry.name, entry.load())

    def __getitem__(self, name: str) -> T:
        known = self._known()
        if name not in known:
            raise UsageError(f"there is no {self.kind} '{name}'.", todo=did_you_mean(name, known))
        return known[name]

    @property
    def guests(self) -> tuple[str, ...]:
        """The names that the files of the project that is open have registered, in their order."""
        self._known()
        return tuple(self._guests)

    def __contains__(self, name: object) -> bool:
        return name in self._known()

    def __iter__(self) -> Iterator[str]:
        return iter(self._known())

    def values(self) -> tuple[T, ...]:
        """All registered items, in the order of registration."""
        return tuple(self._known().values())


def load_plugins(folder: Path) -> tuple[str, ...]:
    """Imports every Python file of a project's plugin folder; what they decorate registers itself.

    What another project's files registered is forgotten until that project is opened again. Threads may load
    the same folder at once. Returns the names of the files imported. A file that raises is named in the
    error. As the project's own code runs from here on, so may that in its packages (`trust`).

    Raises:
        UsageError: a plugin cannot be imported.
    """
    paths = sorted(folder.glob("*.py")) if folder.is_dir() else []
    if paths:
        trust()
    with _LOADING:
        modules = [import_file(path).__name__ for path in paths]
        for registry in _REGISTRIES:  # each at once: another thread may be at work with what it holds
            registry._guests = {
                name: item for module in modules for owner, name, item in _GIVEN[module] if owner is registry
            }
    return tuple(path.name for path in paths)


def import_file(path: Path) -> ModuleType:
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
    return _imported(name, path.name, module, partial(spec.loader.exec_module, module))


def import_source(name: str, file: str, source: bytes) -> ModuleType:
    """Imports source that a package carries, under the name of the module that it was.

    Raises:
        UsageError: it raises on import.
    """
    module = ModuleType(name)
    code = compile(source, file, "exec")
    return _imported(name, file, module, partial(exec, code, module.__dict__))


def _imported(name: str, file: str, module: ModuleType, run: Callable[[], object]) -> ModuleType:
    sys.modules[name] = module
    _GIVEN[name] = []
    try:
        with _of(name):
            run()
    except Exception as problem:
        del sys.modules[name]
        said = f"'{file}' raised {type(problem).__name__}: {problem}."
        raise UsageError(said, todo="Mend the file.") from problem
    return module


def trust() -> None:
    """Allows code that lies in packages to run in this process: it runs with the rights of who started it."""
    _allowed.set()


def trusted() -> bool:
    """Whether code that lies in packages may run in this process."""
    return _allowed.is_set()
