"""Evidence, and the append-only ledger that holds it: cache index, lineage, status page and audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal

from milepost.digest import Digest, Json, digest, plain
from milepost.store.rows import Rows

Verdict = Literal["passed", "noted", "failed", "waiting", "waived"]
OPEN: frozenset[str] = frozenset({"passed", "noted", "waived"})
"""The verdicts after which the road goes on."""


@dataclass(frozen=True)
class Evidence:
    """What one run of a step left behind.

    Args:
        step: the step's name.
        generation: generation of the dataset, from 1.
        key: digest of step, version, settings, inputs, brief and answers: the cache key.
        settings: the step's own settings.
        inputs: digest of each upstream step's result.
        findings: the step's findings as plain JSON.
        artifacts: digests of kept things by name.
        verdict: how it ended.
        reason: why, one sentence.
        by: who ran or waived it.
        at: when it ended, ISO 8601, UTC.
        seconds: wall-clock seconds it took.
    """

    step: str
    generation: int
    key: Digest
    settings: Mapping[str, Json]
    inputs: Mapping[str, Digest]
    findings: Mapping[str, Json]
    artifacts: Mapping[str, Digest]
    verdict: Verdict
    reason: str
    by: str
    at: str
    seconds: float

    @cached_property
    def result(self) -> Digest:
        """Digest of what later steps can see: equal results cut a re-run off early."""
        return digest(self.step, self.findings, self.artifacts)


def now() -> str:
    """The present moment, ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Ledger:
    """Every piece of evidence, answer, waiver, look at validation rows and opening of the seal, in order.

    Args:
        rows: the append-only store that carries it.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def record(self, evidence: Evidence) -> Evidence:
        """Appends evidence durably and returns it."""
        self.rows.append("evidence", evidence.step, plain(evidence))
        return evidence

    def last(self, step: str, generation: int | None = None) -> Evidence | None:
        """The newest evidence of a step, of a generation of the dataset where one is named."""
        if generation is None:
            entry = self.rows.last("evidence", step)
            return Evidence(**entry.body) if entry else None
        found = [e for e in self.rows.select("evidence", step) if e.body["generation"] == generation]
        return Evidence(**found[-1].body) if found else None

    def all(self) -> list[Evidence]:
        """All evidence, oldest first."""
        return [Evidence(**entry.body) for entry in self.rows.select("evidence")]

    def find(self, step: str, key: Digest) -> Evidence | None:
        """The newest evidence of a step with a cache key."""
        found = [e for e in self.rows.select("evidence", step) if e.body["key"] == key]
        return Evidence(**found[-1].body) if found else None

    def waive(self, step: str, because: str, by: str) -> Evidence | None:
        """Waives a failed step with a reason and a name; None where the step has not failed."""
        last = self.last(step)
        if last is None or last.verdict != "failed":
            return None
        reason = f"{last.reason} Waived by {by}: {because}"
        self.rows.append(
            "waiver", step, {"because": because, "by": by, "reason": last.reason, "key": last.key}
        )
        return self.record(replace(last, verdict="waived", reason=reason, by=by, at=now()))

    def waivers(self) -> list[dict[str, Any]]:
        """All waivers ever given, oldest first."""
        return [{"step": e.key, "at": e.at, **e.body} for e in self.rows.select("waiver")]

    def answer(self, question: str, value: Json, by: str, because: str = "") -> None:
        """Records an answer to a question; the newest counts."""
        self.rows.append("answer", question, {"value": value, "by": by, "because": because})

    def answers(self, prefix: str = "") -> dict[str, dict[str, Any]]:
        """The newest answer to each question whose name starts with a prefix: value, by, because, at."""
        found = (e for e in self.rows.select("answer") if e.key.startswith(prefix))
        return {e.key: {**e.body, "at": e.at} for e in found}

    def ask(self, questions: list[dict[str, Any]], step: str) -> None:
        """Records which questions a step waits for (an empty list when none)."""
        self.rows.append("question", step, {"open": questions})

    def waiting(self) -> list[dict[str, Any]]:
        """The questions that wait for a person now, over all steps: asked, and not answered since."""
        latest = {e.key: e for e in self.rows.select("question")}
        answered = {e.key: e.id for e in self.rows.select("answer")}
        asked = ((question, entry.id) for entry in latest.values() for question in entry.body["open"])
        return [question for question, at in asked if answered.get(question["name"], 0) < at]

    def look(self, step: str, name: str, body: Mapping[str, Any]) -> None:
        """Counts one look at validation rows: who looked, at which configuration, what was seen.

        The same look again, as after a killed run that is repeated, shows nothing new and is not counted.
        """
        seen = {"step": step, **plain(body)}
        last = self.rows.last("look", name)
        if last is None or last.body != seen:
            self.rows.append("look", name, seen)

    def looks(self, after: int = 0) -> list[dict[str, Any]]:
        """Every look at validation rows, oldest first; those since a row of the log where one is named."""
        return [{"name": e.key, "at": e.at, **e.body} for e in self.rows.select("look", after=after)]

    def opened(self, generation: int, body: Mapping[str, Any]) -> int:
        """Records an opening of the seal and returns how many there have been for the generation."""
        self.rows.append("opening", str(generation), plain(body))
        return len(self.openings(generation))

    def openings(self, generation: int) -> list[dict[str, Any]]:
        """The openings of a generation's seal, oldest first."""
        return [{"at": e.at, **e.body} for e in self.rows.select("opening", str(generation))]

    def settings(self, step: str) -> dict[str, Json]:
        """The settings last given for a step on purpose."""
        entry = self.rows.last("settings", step)
        return dict(entry.body) if entry else {}

    def set(self, step: str, settings: Mapping[str, Json]) -> None:
        """Keeps settings given for a step, so that later runs use them too."""
        self.rows.append("settings", step, plain(settings))
