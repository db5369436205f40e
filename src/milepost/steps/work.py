"""What a running step can reach: brief, earlier findings, rows, kept things, time, a person to ask."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
import polars as pl

from milepost.brief import Brief
from milepost.digest import Digest, Json, numbers_of
from milepost.engines.base import Engine
from milepost.errors import Corrupt, MilepostError, Sealed, UsageError
from milepost.ledger import Evidence, Ledger
from milepost.steps.clock import Clock
from milepost.steps.generation import Against, Dataset, came, dataset
from milepost.store.blobs import Blobs
from milepost.tasks.base import Task, tasks

STORE = ".milepost"
"""The folder inside a project that holds rows, bytes and what other generations shipped."""
J = TypeVar("J")
R = TypeVar("R")
F = TypeVar("F")


@dataclass(frozen=True)
class Question:
    """Something only a person can answer, with a stated default.

    Args:
        name: its name, starting with the step's: "understand.leak.dep_time".
        text: the question, one or two sentences.
        options: what may be answered; empty for free text.
        default: what `--yes` takes.
        why: why that default, or what hangs on the answer.
    """

    name: str
    text: str
    options: tuple[str, ...]
    default: str
    why: str = ""


def outlet(folder: Path, generation: int) -> Path:
    """Where what a generation shipped is kept, inside a project's folder.

    >>> outlet(Path("p"), 2).as_posix()
    'p/.milepost/generations/2'
    """
    return folder / STORE / "generations" / str(generation)


def kept(folder: Path, package: Digest) -> Path:
    """Where a package that was once the champion is kept, runnable, by its digest.

    >>> kept(Path("p"), "0123456789abcdef").as_posix()
    'p/.milepost/packages/0123456789ab'
    """
    return folder / STORE / "packages" / package[:12]


def _silent(*_: object) -> None:
    """Neither shows nor answers."""


@dataclass
class Talk:
    """The door's side of a run: where progress is shown and questions are put.

    Args:
        say: called with a text and a share done (None for a plain line).
        ask: puts a question and returns the answer, or None where nobody can be asked.
        done: told the evidence of each step, and whether it ran now.
        yes: take every stated default.
        by: who answers and runs.
    """

    say: Callable[[str, float | None], None] = _silent
    ask: Callable[[Question], str | None] = _silent
    done: Callable[[Evidence, bool], None] = _silent
    yes: bool = False
    by: str = "unknown"


@dataclass
class Work:
    """One run of one step."""

    step: str
    folder: Path
    brief: Brief
    ledger: Ledger
    blobs: Blobs
    engine: Engine
    clock: Clock
    evidence: Mapping[str, Evidence]
    """The evidence of the steps above that counts now."""
    kinds: Mapping[str, type]
    """The findings dataclass of each step."""
    talk: Talk = field(default_factory=Talk)
    generation: int = 1
    beside: bool = False
    """Whether the generation was not promoted: what it ships stays beside the champion's package."""
    against: Against = field(default_factory=Against)
    """What a renewal is held against."""
    source: Digest = ""
    """What the source files looked like when the run began; for a later generation, its dataset."""
    open_questions: list[Question] = field(default_factory=list)
    waited: float = 0.0
    """Seconds that it waited for a person's answers."""

    @property
    def seed(self) -> int:
        """The project's seed."""
        return int(self.brief.budget.seed)

    @property
    def threads(self) -> int:
        """How many threads all jobs together may use."""
        return int(self.brief.budget.threads)

    @property
    def outlet(self) -> Path:
        """Where packages go: the project's folder, or a place of its own for a generation beside it."""
        return outlet(self.folder, self.generation) if self.beside else self.folder

    def found(self, step: str, kind: type[F]) -> F:
        """The findings of a step above.

        Raises:
            MilepostError: the step has not run.
        """
        if step not in self.evidence:
            raise MilepostError(f"'{self.step}' needs the findings of '{step}', which has not run.")
        return msgspec.convert(numbers_of(self.evidence[step].findings, kind), kind, strict=False)

    def has(self, step: str) -> bool:
        """Whether a step above has run."""
        return step in self.evidence

    @property
    def task(self) -> Task:
        """The task that `frame` found.

        Raises:
            UsageError: it found none, and was waived all the same.
        """
        plain = self.evidence["frame"].findings["task"]
        if not plain:
            raise UsageError(
                f"there is no task to work on: {self.evidence['frame'].reason}",
                expected="A task that 'frame' could not find cannot be waived.",
                todo="Mend the data or the brief, and run again.",
            )
        return tasks[plain["name"]].of(plain)

    def rows(self, part: str, generation: int | None = None) -> pl.DataFrame:
        """The rows of a part: "development", "pool" (without a label) or "test".

        Args:
            part: which rows.
            generation: of which generation of the dataset; left out: the one this run works on.

        Raises:
            Sealed: any step but `final` and `renew` asks for the test rows.
            UsageError: there is no such part, or no such generation.
        """
        if part == "test" and self.step not in ("final", "renew"):
            raise Sealed(
                f"'{self.step}' asked for the sealed test rows.",
                expected="Only 'final' opens the seal, once; 'renew' compares two models on it.",
                todo="Use the development rows.",
            )
        if part not in ("development", "pool", "test"):
            raise UsageError(f"there are no rows called '{part}'.", expected="development, pool or test.")
        if generation in (None, self.generation) and self.has("collect"):
            return self._kept("collect", part, self.blobs.get_frame)
        return self.blobs.get_frame(getattr(self.dataset(generation or self.generation), part))

    def dataset(self, generation: int) -> Dataset:
        """The dataset of a generation, as the ledger has it.

        Raises:
            UsageError: there is no such generation.
        """
        return dataset(self.ledger, generation)

    def looks(self) -> list[dict[str, Any]]:
        """Every look at validation rows since this generation's rows came, oldest first."""
        return self.ledger.looks(came(self.ledger, self.generation))

    def artifact(self, step: str, name: str) -> Digest:
        """The digest of something a step above kept."""
        return self.evidence[step].artifacts[name]

    def array(self, step: str, name: str) -> np.ndarray[Any, Any]:
        """An array a step above kept."""
        return self._kept(step, name, self.blobs.get_array)

    def json(self, step: str, name: str) -> Json:
        """A JSON value a step above kept."""
        return self._kept(step, name, self.blobs.get_json)

    def _kept(self, step: str, name: str, get: Callable[[Digest], F]) -> F:
        """Fetches what a step kept; where it was lost or damaged the error says how to make it again."""
        try:
            return get(self.artifact(step, name))
        except Corrupt as problem:
            raise Corrupt(
                problem.what,
                expected=f"It is what '{step}' kept as '{name}'.",
                todo=f"Restore it from a backup, or make it again: milepost run {self.folder} --from {step}",
            ) from problem

    def keep(self, thing: Any) -> Digest:
        """Keeps an array, a table, bytes or a JSON value, and returns its digest."""
        if isinstance(thing, np.ndarray):
            return self.blobs.put_array(thing)
        if isinstance(thing, pl.DataFrame):
            return self.blobs.put_frame(thing)
        if isinstance(thing, bytes):
            return self.blobs.put(thing)
        if isinstance(thing, io.BytesIO):
            return self.blobs.put(thing.getvalue())
        return self.blobs.put_json(thing)

    def map(self, job: Callable[[J], R], jobs: Iterable[J]) -> Iterator[tuple[J, R]]:
        """Runs jobs on the project's engine and yields (job, result) as they end."""
        return self.engine.map(job, jobs)

    def say(self, text: str, share: float | None = None) -> None:
        """Shows progress: a line, and the share done where known."""
        self.talk.say(text, share)

    def ask(self, question: Question) -> str | None:
        """Returns the recorded answer, asks, takes the default under `yes`, or notes that it waits."""
        answers = self.ledger.answers(question.name)
        if question.name in answers:
            return str(answers[question.name]["value"])
        if self.talk.yes:
            self.ledger.answer(question.name, question.default, f"{self.talk.by} (--yes)", question.why)
            return question.default
        start = time.monotonic()
        given = self.talk.ask(question)
        self.waited += time.monotonic() - start
        if given is None:
            self.open_questions.append(question)
            return None
        self.ledger.answer(question.name, given, self.talk.by)
        return given
