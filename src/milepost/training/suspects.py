"""Columns that know the answer: the evidence of all detectors together, on a stated sample of rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from milepost.data.schema import Schema
from milepost.modalities import media
from milepost.statistics import leakage
from milepost.statistics.univariate import Array
from milepost.tasks.base import Task
from milepost.training import clues
from milepost.training.clues import SEVERITIES, WORTH_ASKING, WORTH_TELLING, Case, Suspect, values
from milepost.training.panel import Panel

__all__ = ["Beside", "Detective", "Evidenced", "Memory", "Suspect"]

ROWS, CELLS, FEWEST = 20_000, 3_000_000, 2_000
"""Rows that the model reads; of many columns as many as hold so many values, but no fewer than the last."""
BROAD = 50_000
"""Rows that scores of single columns read."""
SURE = {"binary": 0.95, "multiclass": 0.97, "multilabel": 0.97, "regression": 0.95}
"""From this score alone a column with strong evidence is left out by default."""
STRIKING = (0.9, 6.0)
"""An AUC alone, and robust deviations above the others, that one sign suffices to ask about."""
FAR = 0.3
"""Nearly sure columns are asked about that leave less than this share of what the others leave unknown."""
LABELS = 10
"""Of labels that a row may bear at once, those looked at: the ones that tell the rows apart most evenly."""
RICH = ("text", *media.KINDS)
"""Kinds of columns that may well know nearly all: a text, an image or a sound says what it shows. Only that
they are missing where the target is, or always in production, makes them suspects."""
NAMES = 3
"""Columns tried as groups at most."""


@dataclass(frozen=True)
class Evidenced:
    """All evidence of one round.

    Args:
        suspects: the most suspicious first.
        scores: each input's score alone.
        full: score of all inputs together.
        rows: rows of the sample that the model reads.
        complete: all detectors ran; false where proofs came first, to be decided before the others run.
    """

    suspects: tuple[Suspect, ...]
    scores: Mapping[str, float]
    full: float
    rows: int
    complete: bool = True


@dataclass(frozen=True)
class Memory:
    """A column whose values name groups of rows that a model remembers.

    Args:
        name: the column.
        mixed: score where rows of one value may train and judge.
        apart: score where all rows of a value are on one side.
        says: one sentence.
    """

    name: str
    mixed: float
    apart: float
    says: str


@dataclass(frozen=True)
class Beside:
    """What may be known beside the labelled rows.

    Args:
        production: rows as production has them, or None.
        order: the time of each labelled row (rows,), in any unit, or None.
    """

    production: pl.DataFrame | None = None
    order: Array | None = None


class Detective:
    """Gathers evidence on development rows, again after each exclusion; single scores are kept.

    Args:
        frame: development rows.
        truth: their truth.
        pool: rows without a target.
        task: the task.
        seed: seed of the samples.
        beside: what more is known.
    """

    def __init__(
        self,
        frame: pl.DataFrame,
        truth: Array,
        pool: pl.DataFrame,
        task: Task,
        seed: int,
        beside: Beside | None = None,
    ) -> None:
        more = beside or Beside()
        task, truth = task.narrowed(truth, LABELS)
        self.task, self.seed, self.pool, self.whole, self.whole_truth = task, seed, pool, frame, truth
        self.production = more.production
        drawn = np.random.default_rng(seed).permutation(len(truth))
        rows = min(ROWS, max(FEWEST, CELLS // max(1, frame.width)))
        broad, keep = np.sort(drawn[:BROAD]), np.sort(drawn[:rows])
        self.broad = Case(frame[broad], truth[broad], task.family, seed)
        self.case = Case(frame[keep], truth[keep], task.family, seed)
        self.order = None if more.order is None else more.order[broad]
        self.panel = Panel(self.case.frame, self.case.truth, task, seed)
        self.scores: dict[str, float] = {}
        self._quiet: dict[str, list[Suspect]] = {}

    def look(self, schema: Schema, settled: Collection[str] = ()) -> Evidenced:
        """Returns the evidence against the inputs of a schema.

        Proofs come first: where a column was written with the answer, or is always missing in production,
        only that is told, unless the column is among those `settled` already.
        """
        names = [column.name for column in schema.inputs]
        rich = {c.name for c in schema.inputs if c.modality in RICH}
        for name in names:
            if name not in self.scores:
                whole = Schema((schema[name],))
                self.scores[name] = self.panel.score(whole) if name in rich else self.alone(name)
        scores = {name: self.scores[name] for name in names if name not in rich}
        names = list(scores)
        every = [column.name for column in schema.inputs]
        proofs = [
            *clues.with_answer(every, self.whole, self.pool, self.scores),
            *self._unavailable(every, self.scores),
        ]
        if any(proof.name not in settled for proof in proofs):
            proven = {proof.name: proof for proof in proofs}
            seen = {column.name: self.scores[column.name] for column in schema.inputs}
            return Evidenced(_ordered(proven), seen, self.panel.floor, len(self.case.truth), False)
        full = self.panel.score(schema)
        found = {proof.name: proof for proof in proofs}
        evidence = [
            *self._modelled(schema, scores, full),
            *(suspect for name in names for suspect in self._single(name)),
            *(clues.collapsed(self.broad, scores, self.order) if self.order is not None else ()),
            *self._summed(names),
        ]
        for suspect in evidence:
            known = found.get(suspect.name)
            found[suspect.name] = suspect if known is None else clues.joined(known, suspect)
        seen = {column.name: self.scores[column.name] for column in schema.inputs}
        return Evidenced(_ordered(found), seen, full, len(self.case.truth))

    def _unavailable(self, names: Sequence[str], scores: Mapping[str, float]) -> list[Suspect]:
        if self.production is None or not self.production.height:
            return []
        return clues.unavailable(names, self.whole, self.production, scores)

    def alone(self, name: str) -> float:
        """A column's score alone."""
        return self.broad.alone.score(values(self.broad.frame[name]))

    def position(self, order: Array) -> float:
        """How well a row's place in an order (rows,) predicts the target, by the same score."""
        drawn = np.sort(np.random.default_rng(self.seed).permutation(len(order))[:BROAD])
        return self.broad.alone.score(order[drawn].astype(np.float64))

    def remembered(self, schema: Schema, names: Sequence[str]) -> tuple[Memory, ...]:
        """Columns among `names` whose groups a model remembers: whole groups held out, the score falls.

        A column qualifies where between 1 and 90 of 100 values are distinct; the three that repeat most are
        tried, the inputs of the schema being the model's.
        """
        grouping = {}
        for name in names:
            look = leakage.identifier(values(self.case.frame[name]))
            if look.grouping and not look.monotone:
                grouping[name] = look.unique
        found = []
        full = self.panel.score(schema)
        for name in sorted(grouping, key=lambda n: grouping[n])[:NAMES]:
            codes = self.case.frame[name].rank("dense").fill_null(0).to_numpy()
            apart = self.panel.grouped(codes).score(schema)
            lift = full - self.panel.floor
            noise = 3 * 1.4 * self.panel.error(full)
            if full - apart > max(noise, 0.02) and full - apart > 0.2 * lift:
                says = (
                    f"Rows that share their '{name}' resemble each other: the score is {full:.3f} when they "
                    f"may train and judge, {apart:.3f} when they are kept on one side. If production brings "
                    f"new values of '{name}', use --group {name}."
                )
                found.append(Memory(name, full, apart, says))
        return tuple(found)

    def _modelled(self, schema: Schema, scores: Mapping[str, float], full: float) -> list[Suspect]:
        """Columns that stand out, or that the model of all inputs owes its score to."""
        sure = SURE[self.task.family]
        top = [name for name, score in scores.items() if score >= sure]

        def without(name: str) -> float:
            # Copies of one leak hide each other, so those that know nearly all leave together.
            gone = top if name in top else [name]
            return self.panel.score(schema.without(gone, "held out to look for leaks"))

        model = leakage.Model(full, self.panel.floor, self.panel.error(full), without)
        found = []
        for leak in leakage.flag_leaks(scores, model).values():
            severity: str = leak.severity
            proven = severity == "ask"
            if not proven and leak.score >= sure and "beats the rest" in leak.signs:
                proven = 1 - leak.score < FAR * (1 - without(leak.name))
            striking = bool(self.task.labels) and leak.score >= STRIKING[0] and leak.z > STRIKING[1]
            if proven or striking:
                severity = "ask"
            if severity == "ask" and leak.score < WORTH_ASKING[self.task.labels != ()]:
                severity = "inform"
            if severity == "inform" and leak.score < WORTH_TELLING[self.task.labels != ()]:
                continue
            others = [repr(name) for name in top if name != leak.name] if leak.name in top else []
            says = leak.says
            if others and severity == "ask":
                says = f"{says.rstrip('.')}, with {', '.join(others[:4])} left out too."
            drop = proven and leak.score >= sure
            found.append(Suspect(leak.name, severity, leak.signs, leak.score, says, drop))
        return found

    def _single(self, name: str) -> list[Suspect]:
        """What a column shows on its own: it matters that it is missing, how it is written, a pure rule."""
        if name not in self._quiet:
            alone = self.scores[name]
            seen = [clues.missing(self.case, name, alone), clues.written(self.case, name, alone)]
            if alone >= self.case.level(0.3):
                seen.append(clues.rule(self.case, name))
            self._quiet[name] = [replace(s, score=max(alone, s.score)) for s in seen if s is not None]
        return self._quiet[name]

    def _summed(self, names: Sequence[str]) -> list[Suspect]:
        """Columns that add up to the target."""
        parts = clues.parts_of_target(self.case, names)
        says = "the target is the sum of {}, but for small change: are these known before it?"
        listed = ", ".join(f"'{name}'" for name in parts)
        return [
            Suspect(
                name, "ask", ("part of a sum",), self.scores[name], f"'{name}': {says.format(listed)}", False
            )
            for name in parts
        ]


def _ordered(found: Mapping[str, Suspect]) -> tuple[Suspect, ...]:
    """The gravest first."""
    return tuple(sorted(found.values(), key=lambda s: (SEVERITIES.index(s.severity), -s.score)))
