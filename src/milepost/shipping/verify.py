"""Proves a package: digests hold, and the golden rows get their answers at every batch size."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from milepost.digest import digest
from milepost.errors import Corrupt, MilepostError
from milepost.modalities.doors import libraries
from milepost.shipping import carried
from milepost.shipping import manifest as manifests
from milepost.shipping.manifest import Manifest, Package, open_package
from milepost.shipping.runner import Runner
from milepost.shipping.wire import Array

PARTS = {
    "graph": "the graph is not the one that was shipped (its bytes changed).",
    "columns": "the columns in the manifest were changed after shipping.",
    "task": "the task in the manifest was changed after shipping.",
    "threshold": "the threshold in the manifest was changed after shipping.",
    "golden": "the golden rows, their answers or their tolerance were changed after shipping.",
}


@dataclass(frozen=True)
class Proof:
    """What a verification found.

    Args:
        passed: nothing is wrong.
        problems: each thing wrong, one sentence.
        rows: number of golden rows.
        worst: the largest difference at each batch size: of a probability, or in target standard deviations.
        flips: decisions or labels that differ though the probability is not within tolerance of the border.
        ties: those that differ within it.
        tolerance: what `worst` may reach.
        seconds: time it took.
    """

    passed: bool
    problems: tuple[str, ...]
    rows: int
    worst: Mapping[str, float] = field(default_factory=dict)
    flips: int = 0
    ties: int = 0
    tolerance: float = 1e-5
    seconds: float = 0.0

    @property
    def sentence(self) -> str:
        """The proof in words."""
        if self.problems:
            return "Not proven: " + " ".join(self.problems)
        worst = max(self.worst.values(), default=0.0)
        return (
            f"Proven: {self.rows} golden rows get their answers at batch {', '.join(self.worst)}; "
            f"the largest difference is {worst:.1e} (allowed: {self.tolerance:g}), no decision flips."
        )


def verify(package: Package | str | Path, expected: Mapping[str, Any] | None = None) -> Proof:
    """Proves a package through ONNX Runtime and the server's own conversion, at batch 1, 5 and all.

    Args:
        package: the opened package, or its path.
        expected: answers to compare with beside the golden ones, by output: training-time predictions.

    A regression value is compared in target standard deviations; beyond ten of them from the middle of the
    answers, where 32-bit sums cannot be as exact, in tenths of its distance.

    Raises:
        InputError: the path holds no package, or one this milepost cannot read.
        Corrupt: a file of it is missing.
    """
    start = time.perf_counter()
    opened = package if isinstance(package, Package) else open_package(package)
    manifest = opened.manifest
    problems = _digests(opened)
    compare = Comparison(manifest)
    try:
        runner = Runner(opened)
        rows = opened.rows
        problems += _golden(opened)
        for batch in (1, 5, max(manifest.golden.rows, 1)):
            found = runner.answers(rows, batch)
            compare.add(str(batch), found, opened.answers)
            if expected is not None:
                compare.add(str(batch), found, expected)
        problems += _rule(manifest, opened.answers)
    except MilepostError as problem:
        problems.append(problem.what)
    except Exception as problem:  # a changed graph may fail in any way inside the runtime
        problems.append(f"the golden rows cannot be answered: {type(problem).__name__}: {problem}.")
    problems += compare.problems()
    if problems:
        problems += _decoders(manifest)
    return Proof(
        passed=not problems,
        problems=tuple(dict.fromkeys(problems)),
        rows=manifest.golden.rows,
        worst=dict(compare.worst),
        flips=compare.flips,
        ties=compare.ties,
        tolerance=manifest.golden.tolerance,
        seconds=time.perf_counter() - start,
    )


def require(package: Package | str | Path) -> Package:
    """Opens a package and raises where its proof fails.

    Raises:
        Corrupt: the proof found a problem; the error names all.
    """
    opened = package if isinstance(package, Package) else open_package(package)
    proof = verify(opened)
    if not proof.passed:
        raise Corrupt(" ".join(proof.problems), todo="Ship the package again.")
    return opened


def _digests(package: Package) -> list[str]:
    manifest = package.manifest
    parts = manifests.parts_of(manifest, package.graph, package.golden)
    problems = [PARTS[name] for name, value in parts.items() if manifest.parts.get(name) != value]
    if not problems and manifest.checksum != manifests.checksum_of(manifest):
        problems.append("a field of the manifest was changed after shipping.")
    if manifest.digest != digest(parts) and not problems:
        problems.append("the digest in the manifest is not that of its parts.")
    return problems + carried.changed(package.graph, package.sources)


def _decoders(manifest: Manifest) -> list[str]:
    """Decoders of images and sounds that are not those of the proof: they may see other pixels."""
    here = libraries(column.wire for column in manifest.columns)
    return [
        f"it was shipped with {name} {version}, and here {here.get(name, 'none')} is installed."
        for name, version in manifest.decoders.items()
        if here.get(name) != version
    ]


def _golden(package: Package) -> list[str]:
    manifest, lengths = package.manifest, {len(values) for values in package.rows.values()}
    lengths |= {len(values) for values in package.answers.values()}
    problems = []
    if lengths != {manifest.golden.rows}:
        problems.append(f"there are {sorted(lengths)} golden rows, the manifest says {manifest.golden.rows}.")
    missing = [column.name for column in manifest.columns if column.name not in package.rows]
    problems += [f"the golden rows have no column '{name}'." for name in missing]
    return problems


def _rule(manifest: Manifest, answers: Mapping[str, Any]) -> list[str]:
    """Does the threshold of the manifest give the decisions of the golden rows?"""
    if manifest.threshold is None or "decision" not in answers:
        return []
    distance = np.asarray(answers["proba"])[:, _places(manifest)] - np.array(list(manifest.cuts.values()))
    wrong = (np.asarray(answers["decision"]).reshape(distance.shape) != (distance >= 0)) & (
        np.abs(distance) > manifest.golden.tolerance
    )
    if not wrong.any():
        return []
    row, place = np.argwhere(wrong)[0]
    said = list(manifest.cuts.values())[int(place)]
    return [f"the threshold {said} does not give the decision of golden row {row}."]


def _places(manifest: Manifest) -> list[int]:
    """The columns of the probabilities that thresholds are held against."""
    return [manifest.labels.index(label) for label in manifest.cuts]


def distance(found: Array, wanted: Array, scale: Array | None, middle: Array) -> Array:
    """How far each number is from the one expected; infinitely far where one of them is no number.

    Args:
        found, wanted: answers (rows, width).
        scale: standard deviation of each target, by which values are divided, beyond ten of them from the
            middle by tenths of their distance; None for probabilities.
        middle: the middle of the answers.
    """
    apart = np.abs(found - wanted)
    if scale is not None:
        apart = apart / np.maximum(scale, np.abs(wanted - middle) / 10)
    return np.asarray(np.where(np.isnan(apart), np.inf, apart))


class Comparison:
    """Compares answers with those expected and keeps the largest difference a batch size."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self.tolerance = manifest.golden.tolerance
        self.worst: dict[str, float] = {}
        self.flips = self.ties = 0
        self._notes: list[str] = []

    def add(self, batch: str, found: Mapping[str, Array], expected: Mapping[str, Any]) -> None:
        """Compares outputs by name; those without an expectation are passed over."""
        for name in ("proba", "value"):
            if name in expected and name in found:
                self._numbers(batch, name, found[name], np.asarray(expected[name], dtype=np.float64))
        for name in ("label", "decision"):
            if name in expected and name in found:
                self._choices(batch, name, found[name], expected)
        for name in set(expected) - set(found):
            self._notes.append(f"the graph does not yield '{name}'.")

    def _numbers(self, batch: str, name: str, found: Array, wanted: Array) -> None:
        wanted = wanted.reshape(len(wanted), -1)
        if wanted.shape != found.shape:
            self._notes.append(f"'{name}' has the shape {found.shape}, expected {wanted.shape}.")
            return
        scale = np.asarray(self.manifest.scale or np.ones(wanted.shape[1])) if name == "value" else None
        apart = distance(found, wanted, scale, np.median(wanted, axis=0))
        worst = float(apart.max(initial=0.0))
        self.worst[batch] = max(worst, self.worst.get(batch, 0.0))
        if worst > self.tolerance:
            row = int(np.argwhere(apart == apart.max())[0][0])
            noun, unit = ("value", " target standard deviations") if name == "value" else ("probability", "")
            self._notes.append(
                f"the {noun} of golden row {row} at batch {batch} is {worst:.2g}{unit} off, "
                f"more than {self.tolerance:g}."
            )

    def _choices(self, batch: str, name: str, found: Array, expected: Mapping[str, Any]) -> None:
        wanted = np.asarray(expected[name], dtype=found.dtype).reshape(found.shape)
        near = self._near(expected, len(found))
        differs = found != wanted
        if near.shape != differs.shape:
            differs = differs.any(axis=1, keepdims=True)
        flips = differs & ~near
        differs, near = differs.any(axis=1), ~flips.any(axis=1)
        self.ties += int((differs & near).sum())
        flipped = differs & ~near
        if flipped.any():
            self.flips += int(flipped.sum())
            row = int(flipped.argmax())
            mine, theirs = (values[row].tolist() for values in (found, wanted))
            shown = (mine, theirs) if len(mine) > 1 else (mine[0], theirs[0])
            self._notes.append(
                f"the {name} of golden row {row} at batch {batch} is {shown[0]!r}, expected {shown[1]!r}."
            )

    def _near(self, expected: Mapping[str, Any], rows: int) -> Array:
        """Where the border between two choices is within tolerance: (rows, 1), or (rows, labels)."""
        if "proba" not in expected:
            return np.zeros((rows, 1), bool)
        proba = np.asarray(expected["proba"], dtype=np.float64)
        signed = self.manifest.cuts
        if signed:
            margin = np.abs(proba[:, _places(self.manifest)] - np.array(list(signed.values())))
        elif not self.manifest.exclusive:
            margin = np.abs(proba - 0.5)
        else:
            ordered = np.sort(proba, axis=1)
            margin = ordered[:, [-1]] - ordered[:, [-2]]
        return np.asarray(margin <= self.tolerance)

    def problems(self) -> list[str]:
        """What is wrong, each once."""
        return list(dict.fromkeys(self._notes))
