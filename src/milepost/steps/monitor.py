"""Milepost 14: what production sends is held against what is normal, with a stated rate of false alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl

from milepost.data.moments import PER_SECOND
from milepost.data.shelf import Shelf
from milepost.data.traffic import LOGS, Traffic, traffic
from milepost.data.windows import spans
from milepost.digest import Json
from milepost.errors import InputError
from milepost.ledger import Ledger, Verdict
from milepost.modalities import media
from milepost.monitors.base import LEAST_ROWS, TOLERATED, Reference
from milepost.report.blocks import Block
from milepost.report.sentences import count, number, plural
from milepost.steps import lookout
from milepost.steps.ageing import aged
from milepost.steps.answered import prediction
from milepost.steps.audited import audited
from milepost.steps.base import Outcome, Step, Told, setting
from milepost.steps.normal import past, reference
from milepost.steps.outcomes import Truths, joined, state
from milepost.steps.returns import AUDIT, NOBODY, answers, collecting, give, pick, picks, salt, settle
from milepost.steps.ship import Findings as Shipped
from milepost.steps.vigil import Came, Level, Vigil, vigil
from milepost.steps.watch import Alarm, Watch
from milepost.steps.watched import Findings
from milepost.steps.work import STORE, Work
from milepost.tasks.base import Task

__all__ = ["Findings", "Monitor"]

Array = np.ndarray[Any, Any]
AGES = (1, 3, 7, 14, 30, 60, 90)
"""Days after which the share of outcomes that have arrived is told."""
YEAR, RUN, DAYS = 365.0, 10_000.0, 1_000.0
"""Outcomes, or days, that a false alarm of a change comes after: a year of outcomes, or about three years."""
SURPRISE = float(-np.log(0.1))
"""The loss of an outcome that was held for a tenth likely: model and outcome disagree."""
SURE = 0.01
"""More alarms than chance makes with this probability are no chance."""


@dataclass(frozen=True)
class Monitor(Step):
    """Looks for drift, lost quality and faults in what was asked, and tells how long the model will last."""

    data: str = setting("", "requests: a folder of logs or a table; the project's own log if left out")
    window: str = setting("", 'length of a window: 1d, 6h, or "500 rows"; chosen if left out')
    time: str = setting("", "for tables, the column that says when each was asked; the brief's if left out")
    every: int = setting(40, "windows without change for one false alarm, all signals together")
    alpha: float = setting(0.05, "probability that the watch over outcomes ever raises a false alarm")
    audit: float = setting(0.02, "where people label: probability with which each request is audited by them")
    hard: int = setting(50, "where people label: hard cases that they get, at most")
    name: ClassVar[str] = "monitor"
    question: ClassVar[str] = "Is production still what the model was made for?"
    after: ClassVar[tuple[str, ...]] = (
        "frame", "collect", "understand", "prepare", "protocol", "tune", "final", "explain", "ship",
    )  # fmt: skip
    reads: ClassVar[tuple[str, ...]] = ("constraints", "data", "value")
    version: ClassVar[int] = 3
    findings: ClassVar[type] = Findings

    def outside(self, folder: Path, ledger: Ledger) -> Json:
        """What the requests look like from outside, and how many files of outcomes there are."""
        path = self._source(folder)
        files = sorted(path.glob("*")) if path.is_dir() else [path]
        seen = [(f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in files if f.exists()]
        return [seen, state(ledger), answers(ledger.rows)]

    def run(self, work: Work) -> Outcome:
        """Reads requests, finds thresholds in the past, looks at every window, and at outcomes."""
        _refuse(self)
        if answers(work.ledger.rows):
            settle(work)
        task, made = work.task, self._traffic(work)
        said, asked = prediction(task, made, work.folder / work.found("ship", Shipped).package, work.threads)
        windows, length = spans(made, self.window)
        truths = joined(work.ledger, work.blobs, task, made)
        normal, days = reference(work)
        sizes = [len(span.rows) for span in windows if len(span.rows) >= LEAST_ROWS]
        size = int(np.median(sizes)) if sizes else LEAST_ROWS
        back = past(work, normal, size, days is not None, 1 / self.every)
        watch = Watch(work, normal, back, made, said, truths)
        looked, alarms = watch.run(windows, size // 2)
        _keep(work, alarms)
        findings = Findings(
            source=self.data or "requests",
            requests=made.frame.height,
            length=length,
            windows=looked,
            alarms=alarms,
            rate=back.thresholds.rate,
            wanted=back.thresholds.wanted,
            backtest=back.says,
            metric=normal.metric.name,
            normal=normal.score,
            matters=TOLERATED * normal.gain,
            labelled=0 if truths is None else len(truths.rows),
            strange=0 if truths is None else truths.strange,
            corrected=0 if truths is None else truths.corrected,
            maturity=_maturity(made, truths),
            vigil=None if truths is None else self._vigil(work, (normal, days), made, said, truths),
            ageing=aged(work),
            audited=audited(normal.metric, made.id, said, truths, _audits(work)),
            asked=self._ask(work, made, said, truths),
            notes=(*made.notes, *_notes(made, asked)),
        )
        verdict, reason = judged(findings)
        return Outcome(findings, verdict, reason)

    def _source(self, folder: Path) -> Path:
        path = Path(self.data).expanduser() if self.data else folder / "requests"
        return path if path.is_absolute() or path.exists() else folder / path

    def _traffic(self, work: Work) -> Traffic:
        path = self._source(work.folder)
        if not path.exists() or (path.is_dir() and not any(path.glob("*"))):
            raise InputError(
                f"there are no requests in '{path}'.",
                expected=f"A server's log ({LOGS}), or a table of requests.",
                todo=f"Serve the package (milepost serve {work.folder}), or name a table with --data.",
            )
        work.say("reading the requests")
        brief, package = work.brief.data, work.folder / "package" / "manifest.json"
        columns, home = _columns(package), work.folder
        if self.time or path.is_dir() or not brief.time:
            return traffic(path, self.time, columns, brief.keys, home)
        try:
            return traffic(path, brief.time, columns, brief.keys, home)
        except InputError as problem:
            if f"no column '{brief.time}'" not in problem.what:
                raise
            return traffic(path, "", columns, brief.keys, home)

    def _vigil(
        self, work: Work, past: tuple[Reference, Array | None], made: Traffic, said: Array, truths: Truths
    ) -> Vigil | None:
        """The outcomes in the order of their predictions, held against the promise."""
        sealed = (np.asarray(work.array("final", "truth")), np.asarray(work.array("final", "prediction")))
        names, days = [f"request {row}" for row in truths.rows], None
        if made.time is not None:
            stamp = made.time[truths.rows]
            names = stamp.dt.strftime("%Y-%m-%d %H:%M").fill_null("").to_list()
            days = stamp.dt.epoch("us").fill_null(0).to_numpy() / (86_400 * PER_SECOND["us"])
        day = work.brief.value.events_per_day
        runs = (max(RUN, YEAR * day) if day else RUN, DAYS)
        came = Came(truths.truth, said[truths.rows], names, days)
        return vigil(*past, sealed, came, Level(self.alpha, runs))

    def _ask(self, work: Work, made: Traffic, said: Array, truths: Truths | None) -> dict[str, int]:
        """Gives requests to people who label, where any do: how many by reason, of those new in the queue."""
        if not collecting(work.ledger.rows) or not (self.audit or self.hard):
            return {}
        learnt, secret = work.rows("development"), salt(work.ledger.rows)
        if made.answers is None and work.task.labels:  # the package was asked again
            p = said.reshape(len(said), -1)
            made = replace(made, answers=pl.DataFrame({f"proba_{at}": p[:, at] for at in range(p.shape[1])}))
        picked = pick(made, learnt, self.audit, self.hard, secret, _doubted(work.task, said, truths))
        if not give(work, made, picked):
            return {}
        return {reason: picked.reasons.count(reason) for reason in dict.fromkeys(picked.reasons)}

    def tell(self, told: Told) -> Sequence[Block]:
        """Alarms first, then the map of windows, the scores, the outcomes and the calendar."""
        return lookout.chapter(told.findings)


def _refuse(step: Monitor) -> None:
    if step.every < 2 or not 0 < step.alpha < 1:
        raise InputError(
            f"--every {step.every} with --alpha {step.alpha:g}.",
            expected="Two windows or more, and a probability.",
        )
    if not 0 <= step.audit <= 1 or step.hard < 0:
        raise InputError(
            f"--audit {step.audit:g} with --hard {step.hard}.", expected="A probability, and 0 cases or more."
        )


def _audits(work: Work) -> pl.DataFrame:
    """Requests that were drawn at random, with the chance of their draw."""
    return picks(work.ledger, work.blobs).filter(pl.col("reason") == AUDIT)


def _doubted(task: Task, said: Array, truths: Truths | None) -> Array:
    """Requests whose outcome is far from the answer, the farthest first: one of the two is wrong."""
    if truths is None or not task.labels or not len(truths.rows):
        return NOBODY
    losses = np.asarray(task.losses(truths.truth, said[truths.rows]), np.float64)
    order = np.argsort(-losses, kind="stable")
    return np.asarray(truths.rows[order[losses[order] > SURPRISE]])


def _keep(work: Work, alarms: Sequence[Alarm]) -> None:
    """Keeps the images and sounds that the chapter shows in the project: logs give theirs up some day."""
    cells = (cell for alarm in alarms for row in alarm.examples[1:] for cell in row)
    shown = dict.fromkeys(
        cell for cell in cells if cell.startswith(tuple(f"{kind}:" for kind in media.KINDS))
    )
    Shelf(work.folder / STORE, work.blobs).take(list(shown), work.threads)


def judged(found: Findings) -> tuple[Verdict, str]:
    """How it ended: an alarm now, more alarms than chance makes, or a broken promise fails."""
    from scipy.stats import binom

    seen = found.judged
    if not seen:
        return "noted", (
            f"{plural(found.requests, 'request')} in windows of {found.length}: too few to judge; a window "
            f"needs {LEAST_ROWS} rows."
        )
    loud = [window for window in seen if window.alarms]
    often = bool(loud) and float(binom.sf(len(loud) - 1, len(seen), found.rate)) < SURE
    broken = found.vigil is not None and found.vigil.alarm
    rate = f"Without any change one window in {count(1 / found.rate)} raises a false alarm, at most."
    told = f"{plural(len(seen), 'window')} of {found.length} ({count(found.requests)} requests)"
    if broken or seen[-1].alarms or often:
        parts = []
        if loud:
            parts.append(f"alarms in {count(len(loud))} of {told}")
            parts.append(_blamed(found))
        if broken and found.vigil is not None:
            parts.append(found.vigil.says[1])
        sentences = [part.rstrip(".") + "." for part in parts if part]
        return "failed", " ".join([*(text[0].upper() + text[1:] for text in sentences), rate])
    if loud:
        return "noted", f"Alarms in {count(len(loud))} of {told}, not more than chance makes. {rate}"
    return "passed", f"No alarm in {told}. {rate}"


def _blamed(found: Findings) -> str:
    """The costliest alarm that names a column, else the costliest one."""
    named = next((alarm for alarm in found.alarms if alarm.column), found.alarms[0])
    if named.cost is None:
        return f"{named.says} ({named.worst})"
    costs = f"may cost {number(named.cost)} of {found.metric}"
    nothing = f"costs no {found.metric} as far as the past can tell"
    return f"{named.says} ({named.worst}), which {costs if named.cost > 0 else nothing}"


def _maturity(made: Traffic, truths: Truths | None) -> tuple[tuple[int, float, int], ...]:
    """The share of requests whose outcome had arrived by an age, among those that are so old."""
    if truths is None or made.time is None or not len(truths.rows):
        return ()
    asked = made.time.dt.epoch("us").fill_null(0).to_numpy()
    came = np.full(len(asked), np.inf)
    came[truths.rows] = truths.at
    latest = float(max(truths.at.max(), asked.max()))
    found = []
    for days in AGES:
        age = days * 86_400 * PER_SECOND["us"]
        old = asked + age <= latest
        if old.sum() >= LEAST_ROWS:
            found.append((days, float((came[old] <= asked[old] + age).mean()), int(old.sum())))
    return tuple(found) if any(share for _, share, _ in found) else ()


def _notes(made: Traffic, asked: bool) -> list[str]:
    found = []
    if asked:
        found.append("The requests hold no answers of their own: the package was asked again.")
    if len(made.versions) > 1:
        parts = [f"{count(n)} by {version}" for version, n in made.versions.items()]
        found.append(f"Several versions of the package answered: {', '.join(parts)}.")
    return found


def _columns(manifest: Path) -> dict[str, str]:
    """The columns of the package, and what they hold."""
    import msgspec

    made: Mapping[str, Any] = msgspec.json.decode(manifest.read_bytes())
    return {column["name"]: column["dtype"] for column in made["columns"]}
