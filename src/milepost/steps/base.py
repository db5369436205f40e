"""What a milepost is: settings as fields, work that ends in findings and a verdict, and its story."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import msgspec

from milepost.digest import Digest, Json, numbers_of
from milepost.errors import UsageError, did_you_mean
from milepost.ledger import Evidence, Ledger, Verdict
from milepost.report.blocks import Block
from milepost.steps.work import Work

F = TypeVar("F")


def setting(default: Any, help: str) -> Any:
    """A step's setting: a dataclass field with its default and one line of help."""
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class Outcome:
    """How a run of a step ended.

    Args:
        findings: the step's findings dataclass.
        verdict: passed, noted, failed or waiting.
        reason: why, one sentence.
        artifacts: digests of kept things by name.
    """

    findings: Any
    verdict: Verdict
    reason: str
    artifacts: Mapping[str, Digest] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """What a step needs to tell its story: findings, evidence, and the work to fetch artifacts from."""

    findings: Any
    evidence: Evidence
    work: Work


@dataclass(frozen=True)
class Step(ABC):
    """One milepost; its dataclass fields are its settings on every door."""

    name: ClassVar[str]
    question: ClassVar[str]
    after: ClassVar[tuple[str, ...]]
    """The steps whose results it reads; they must have passed."""
    reads: ClassVar[tuple[str, ...]] = ()
    """The sections of the brief it reads; a change of these makes it stale."""
    version: ClassVar[int] = 1
    """Raised when its method changes, so that older evidence turns stale."""
    findings: ClassVar[type]
    settled: ClassVar[bool] = False
    """Whether it takes a decision by a command of its own, which never turns stale."""

    @abstractmethod
    def run(self, work: Work) -> Outcome:
        """Does the work and says how it ended."""

    @abstractmethod
    def tell(self, told: Told) -> Sequence[Block]:
        """The step's chapter of the report."""

    def expect(self, told: Told) -> Sequence[str]:  # noqa: ARG002
        """What a stakeholder may expect, in sentences for the report's head; most steps promise nothing."""
        return ()

    def outside(self, folder: Path, ledger: Ledger) -> Json:  # noqa: ARG002
        """What it reads that no step above made, as it looks from outside; a change makes it stale."""
        return None

    @classmethod
    def refuse(cls, question: str, value: Json) -> None:  # noqa: ARG003
        """Raises `InputError` where a value is no answer to one of the step's questions."""
        return

    def settings(self) -> dict[str, Json]:
        """The settings as plain values."""
        return dataclasses.asdict(self)

    @classmethod
    def options(cls) -> dict[str, dataclasses.Field[Any]]:
        """The settings' fields by name."""
        return {f.name: f for f in dataclasses.fields(cls)}

    @classmethod
    def configured(cls, settings: Mapping[str, Json]) -> Step:
        """The step with settings.

        Raises:
            UsageError: a setting the step does not have.
        """
        for name in settings:
            if name not in cls.options():
                raise UsageError(
                    f"{cls.name} has no setting '{name}'.", todo=did_you_mean(name, cls.options())
                )
        return msgspec.convert(dict(settings), cls)


def typed(kind: type[F], findings: Mapping[str, Json]) -> F:
    """Returns findings as their dataclass."""
    return msgspec.convert(numbers_of(findings, kind), kind, strict=False)
