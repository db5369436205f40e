"""What a place to run a package must be able to do; `server` is one, plug-ins add others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from milepost.digest import Json
from milepost.errors import UsageError
from milepost.registry import Registry
from milepost.shipping.elsewhere import PLACES
from milepost.shipping.manifest import Package
from milepost.shipping.verify import Proof

LIMITS = {
    "latency_ms": ("p99_ms", "one row takes {found:.3g} ms (99th percentile)", "{limit:g} ms"),
    "size_mb": ("size_mb", "the package has {found:.3g} MB", "{limit:g} MB"),
    "memory_mb": ("memory_mb", "it needs {found:.3g} MB of memory", "{limit:g} MB"),
}
"""Constraints by name: the measurement they limit, and how both are told."""


class Target(ABC):
    """A place where packages run."""

    name: ClassVar[str]
    """The target's name, as in `ship --to NAME`."""
    says: ClassVar[str]
    """What it makes, in one sentence."""

    @abstractmethod
    def measurements(self, package: Package, constraints: Mapping[str, Json]) -> dict[str, float]:
        """Measures what is limited; always `p50_ms`, `p99_ms` of one row, and `size_mb`."""

    @abstractmethod
    def build(self, package: Package, folder: str | Path) -> Path:
        """Writes what the place needs into a folder and returns it; a former result is replaced.

        Raises:
            UsageError: the folder holds something else.
            EnvironmentProblem: the folder cannot be written.
        """

    @abstractmethod
    def verify(self, folder: str | Path) -> Proof:
        """Proves that what was built answers the golden rows as the package does."""

    def measure(
        self, package: Package, constraints: Mapping[str, Json]
    ) -> tuple[dict[str, float], tuple[str, ...]]:
        """Measures a package; returns the measurements and the constraints they break, as sentences.

        Args:
            package: the opened package.
            constraints: `latency_ms`, `size_mb`, `memory_mb`, `where`; others and None are passed over.
        """
        measured = self.measurements(package, constraints)
        found = self.objections(measured, constraints)
        where = str(constraints.get("where") or self.name)
        if where != self.name and where in PLACES:
            found += tuple(f"On a {where}: {said}" for said in PLACES[where](package))
        return measured, found

    def objections(self, measured: Mapping[str, float], constraints: Mapping[str, Json]) -> tuple[str, ...]:
        """The constraints that measurements break, each as a sentence."""
        found = []
        for name, (measurement, told, allowed) in LIMITS.items():
            limit = constraints.get(name)
            if limit is None:
                continue
            value = measured.get(measurement)
            most = allowed.format(limit=limit)
            if value is None:
                found.append(f"{name} is limited to {most} and cannot be measured here.")
            elif value > limit:
                found.append(f"{told.format(found=value)}, more than the {most} allowed.")
        where = constraints.get("where")
        if where and where != self.name:
            found.append(f"it is to run on a {where}, and this is what a {self.name} needs.")
        return tuple(found)


targets: Registry[Target] = Registry("target", "milepost.shipping")


def refuse(name: str, out: str | Path | None = None) -> None:
    """Refuses a target or a folder for the result that cannot be, before any work is done for it.

    Args:
        name: the target.
        out: the folder the result is to be copied to, or None.

    Raises:
        UsageError: there is no such target, or `out` is a file.
    """
    _ = targets[name]
    if out is not None and Path(out).exists() and not Path(out).is_dir():
        raise UsageError(f"'{out}' is a file.", expected="A folder to copy the result to.")
