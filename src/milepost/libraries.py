"""Keeps libraries from loading another one that they import only to know its tables when given them.

scikit-learn, LightGBM and CatBoost import pandas, and with it PyArrow, before they are asked for anything:
64 MB for tables that milepost never hands them. While they load, a stand-in is there for pandas: its names
load pandas when they are used, and know its tables as soon as anybody has loaded it.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any

EAGER = ("sklearn", "lightgbm", "catboost")
SPARED = "pandas"
_guard = threading.RLock()


class Later:
    """A name of a library that is loaded when the name is used; until then nothing is an instance of it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def _real(self, load: bool = True) -> Any:
        return getattr(_loaded(load), self._name, None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"{SPARED}.{self._name} is not loaded and has no {name}")
        return getattr(self._real(), name)

    def __call__(self, *given: Any, **named: Any) -> Any:
        """What the library makes of it."""
        return self._real()(*given, **named)

    def __instancecheck__(self, thing: object) -> bool:
        real = self._real(load=False)
        return real is not None and isinstance(thing, real)

    def __subclasscheck__(self, kind: type) -> bool:
        real = self._real(load=False)
        return real is not None and issubclass(kind, real)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._real(),)


class Standin(ModuleType):
    """Stands in for a library while another one is loaded that imports it."""

    def __getattr__(self, name: str) -> Any:
        if name == "__version__":
            return getattr(_loaded(), name)
        if name.startswith("__"):
            raise AttributeError(f"{self.__name__} is not loaded and has no {name}")
        return Later(name)


def _loaded(load: bool = True) -> Any:
    """The library itself, never what stands in for it; None where it is not loaded and not to be."""
    with _guard:
        found = sys.modules.get(SPARED)
        if found is not None and not isinstance(found, Standin):
            return found
        if not load:
            return None
        sys.modules.pop(SPARED, None)
        return importlib.import_module(SPARED)


@contextmanager
def _spared() -> Iterator[None]:
    """A stand-in takes the place of a library that is not loaded, and leaves it at the end."""
    with _guard:
        if SPARED in sys.modules:
            yield
            return
        sys.modules[SPARED] = Standin(SPARED)
        try:
            yield
        finally:
            if isinstance(sys.modules.get(SPARED), Standin):
                del sys.modules[SPARED]


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        """Loads with the stand-in; where that is not enough, with the library itself."""
        try:
            with _spared():
                super().exec_module(module)
        except ImportError:
            _loaded()
            super().exec_module(module)


class Sparing(MetaPathFinder):
    """Finds the libraries that load too much and has them loaded with the stand-in."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The specification of such a library; None for all others, and where the other one is loaded."""
        if fullname not in EAGER or SPARED in sys.modules:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


def install() -> None:
    """Has it done in this process; doing it twice does no harm."""
    if not any(isinstance(finder, Sparing) for finder in sys.meta_path):
        sys.meta_path.insert(0, Sparing())
