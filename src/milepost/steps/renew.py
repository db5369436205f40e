"""Milepost 15: candidate against champion on fresh rows, and what to label next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, cast, get_args

import numpy as np
import polars as pl

from milepost import metrics
from milepost.data.read import write
from milepost.digest import Digest, Json
from milepost.errors import InputError, UsageError
from milepost.report.blocks import Block
from milepost.shipping.manifest import open_package
from milepost.statistics.compare import Comparison
from milepost.statistics.power import mde
from milepost.statistics.promote import Promotion, Rule, needed, promotion
from milepost.steps.asking import ask_next
from milepost.steps.base import Outcome, Step, Told, setting
from milepost.steps.divided import ROW
from milepost.steps.duel import tolerance
from milepost.steps.generation import generations, sealing, standing
from milepost.steps.ground import Contender, Ground, ground
from milepost.steps.measure import Findings as Measured
from milepost.steps.opening import open_again
from milepost.steps.relabel import NEW, parse
from milepost.steps.turn import Findings, reason, story
from milepost.steps.units import stretches
from milepost.steps.versus import Score, compare, correct, flipped, score
from milepost.steps.wanted import Wanted, wanted
from milepost.steps.work import Work, kept

__all__ = ["Findings", "Renew"]

Array = np.ndarray[Any, Any]
LIST = "label-next.csv"


@dataclass(frozen=True)
class Renew(Step):
    """Judges a new generation against the champion, on rows that neither learnt from."""

    share: float = setting(0.2, "share of the new labelled rows that is sealed first")
    keep: str = setting("all", 'rows to learn from: "all", or how far they reach back in time, such as 365d')
    rule: str = setting("better", 'what promotes: "better" than the champion, or "equal" to it')
    expired: bool = setting(False, "the champion is out of date: a candidate that is as good takes over")
    labels: tuple[str, ...] = setting((), "what old labels became, such as bird>duck,bird>goose")
    most: int = setting(100, "how many rows to list for labelling next")
    name: ClassVar[str] = "renew"
    question: ClassVar[str] = "Is the next generation better on fresh rows, and what is to be labelled next?"
    after: ClassVar[tuple[str, ...]] = ("frame", "collect", "measure", "tune", "final", "explain", "ship")
    reads: ClassVar[tuple[str, ...]] = ("success", "data")
    findings: ClassVar[type] = Findings
    settled: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Raises `UsageError` or `InputError` where a setting cannot be, before anything is read."""
        rules = get_args(Rule)
        if self.rule not in rules:
            raise UsageError(f"there is no rule '{self.rule}'.", expected=f"One of: {', '.join(rules)}.")
        if not 0 < self.share < 1 or self.most < 0:
            what = f"share is {self.share:g}" if self.most >= 0 else f"most is {self.most}"
            raise UsageError(f"{what}.", expected="A share between 0 and 1, and 0 rows or more.")
        parse(self.labels)

    @classmethod
    def refuse(cls, question: str, value: Json) -> None:
        """Raises `InputError` where an answer about labels is neither "new" nor pairs."""
        if question.startswith(f"{cls.name}.labels.") and str(value).strip() != NEW:
            parse(str(value))

    def run(self, work: Work) -> Outcome:
        """Opens the fresh rows to both models, decides, and lists what to label next."""
        trial = _Trial(work, self)
        found, artifacts = trial.findings(), dict(trial.artifacts)
        return Outcome(found, "passed", reason(found), artifacts)

    def tell(self, told: Told) -> Sequence[Block]:
        """Old against new, what flipped, and every generation."""
        return story(told.findings, told.work.ledger)


class _Trial:
    """Both models before the same rows."""

    def __init__(self, work: Work, step: Renew) -> None:
        self.work, self.step = work, step
        self.known = generations(work.ledger)
        champion = open_package(kept(work.folder, work.against.champion))
        candidate = open_package(work.outlet / "package")
        self.pair = (
            Contender(champion, standing(work.ledger), work.threads),
            Contender(candidate, work.generation, work.threads),
        )
        self.metric = metrics.get(work.found("measure", Measured).metric)
        self.artifacts: dict[str, Digest] = {}
        self.worn = self._worn()

    def findings(self) -> Findings:
        """The decision with all that it rests on."""
        work, mine = self.work, self.work.generation
        before = {
            "model": work.evidence["tune"].result,
            "champion": work.against.champion,
            "metric": self.metric.name,
            "rule": self.step.rule,
        }
        scores: list[Score] = []
        fresh: tuple[pl.DataFrame, Ground] | None = None
        for place, number in enumerate(n for n in self.known if n <= mine):
            work.say(f"both models on the sealed rows of generation {number}", (place + 1) / (mine + 1))
            rows = open_again(work, number, before)
            seen = self._ground(rows, number)
            if seen is None:
                continue
            units = stretches(work.brief, rows[seen.rows])
            made = score(self.metric, seen, units, number, self._note(number), work.seed)
            scores += [made] if made else []
            if number == mine and made:
                fresh = rows[seen.rows], seen
        found = self._decided(fresh, tuple(scores))
        listed = self._wanted(fresh)
        return replace(
            found, wanted=listed.counts if listed else {}, listed=listed.rows.height if listed else 0
        )

    def _ground(self, rows: pl.DataFrame, number: int) -> Ground | None:
        try:
            old = self.pair[0].answers(rows)
        except InputError as problem:
            if number == self.work.generation:
                self.worn = f"it cannot answer the new rows: {problem.what.rstrip('.')}"
            return None
        return ground(rows, number, self.known, self.pair, [old, self._candidate(rows, number)])

    def _candidate(self, rows: pl.DataFrame, number: int) -> Array:
        """The candidate's answers; those of before its twin learnt from the sealed rows, where it has one."""
        if number == self.work.generation and self.pair[1].all:
            return np.asarray(self.work.array("final", "prediction"), np.float64)
        return self.pair[1].answers(rows)

    def _note(self, number: int) -> str:
        """What spoils a comparison on the sealed rows of a generation."""
        if number == self.pair[0].generation and self.pair[0].all:
            return "the champion that shipped learnt from these rows after it was judged on them"
        return "decides" if number == self.work.generation else ""

    def _worn(self) -> str:
        """Why the champion is worn out, or ""."""
        made = sealing(self.work.ledger, self.work.generation)
        columns = {column.name for column in self.pair[0].package.manifest.columns}
        gone = [name for name in (made.vanished if made else ()) if name in columns]
        if gone:
            return f"it needs {', '.join(map(repr, gone))}, which the new rows no longer have"
        return "it expired" if self.step.expired else ""

    def _decided(self, fresh: tuple[pl.DataFrame, Ground] | None, scores: tuple[Score, ...]) -> Findings:
        work, step = self.work, self.step
        made, own = sealing(work.ledger, work.generation), work.dataset(work.generation)
        found = Findings(
            generation=work.generation,
            against=self.pair[0].generation,
            champion=work.against.champion,
            candidate=self.pair[1].package.manifest.digest,
            metric=self.metric.name,
            rule=step.rule,
            worn=self.worn,
            scores=scores,
            known=made.known if made else 0,
            overlap=made.overlap if made else 0,
            notes=own.notes,
        )
        if fresh is None:
            return replace(found, promoted=bool(self.worn), verdict="cannot be compared")
        rows, seen = fresh
        units = stretches(work.brief, rows)
        rope = tolerance(self.metric, seen.truth, seen.champion)
        test = compare(self.metric, seen, units, rope, work.seed)
        low, high = test.interval.low, test.interval.high
        scores = (*scores[:-1], replace(scores[-1], gain=test.gain, gain_low=low, gain_high=high))
        said = promotion(test, cast(Rule, step.rule), bool(self.worn))
        counts, gallery = flipped(seen, self.pair, rows)
        found = replace(
            found, scores=scores, fresh=seen.fresh, parts=seen.parts, flips=counts, gallery=gallery
        )
        return replace(found, **self._tested(test, said, seen, len(np.unique(units))), rope=rope)

    def _tested(self, test: Comparison, said: Promotion, seen: Ground, units: int) -> Mapping[str, Any]:
        old, new = correct(seen, *self.pair)
        self.artifacts |= {"champion right": self.work.keep(old), "candidate right": self.work.keep(new)}
        return {
            "promoted": said.promoted,
            "verdict": said.verdict,
            "rows": len(seen.truth),
            "units": units,
            "gain": test.gain,
            "low": test.interval.low,
            "high": test.interval.high,
            "p": test.p,
            "equal": 1 - test.p_worse,
            "method": test.method,
            "detectable": mde(test.standard_error),
            "needed": needed(test, units, len(seen.truth)),
        }

    def _wanted(self, fresh: tuple[pl.DataFrame, Ground] | None) -> Wanted | None:
        """Lists what to label next, in a file of the project."""
        work = self.work
        pool = work.rows("pool")
        if work.against.pool:
            pool = work.blobs.get_frame(work.against.pool)
        if fresh is None or not pool.height:
            return None
        work.say("choosing what to label next", None)
        rows, seen = fresh
        losses = seen.task.losses(seen.truth, seen.candidate)
        learnt = work.rows("development")
        gone = [name for name in (ROW, *work.brief.target.columns) if name in pool.columns]
        found = wanted(pool.drop(gone), learnt, (rows, losses), self.pair, self.step.most, work.seed)
        if found is not None:
            self.artifacts |= {"wanted": work.keep(found.rows), "hard": work.keep(found.hard)}
            write(found.rows, Path(work.folder) / LIST)
            ask_next(work.ledger.rows, found.rows, work.brief.target.columns, work.talk.by)
        return found
