"""Milepost 13: the package, proven to give the answers of training."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import numpy as np

from milepost.data.schema import Schema
from milepost.digest import Json
from milepost.errors import UsageError
from milepost.report.blocks import Block, Facts, Notice, Text
from milepost.report.sentences import listed, size
from milepost.shipping import carried
from milepost.shipping.manifest import Column, Threshold, open_package
from milepost.shipping.package import Contents, build, remeasure
from milepost.shipping.target import targets
from milepost.shipping.verify import verify
from milepost.steps.base import Outcome, Step, Told, setting
from milepost.steps.final import Findings as Final
from milepost.steps.insight import Findings as Explained
from milepost.steps.prepare import Findings as Prepared
from milepost.steps.proof import answers, tolerance
from milepost.steps.standing import standing
from milepost.steps.student import STUDENT
from milepost.steps.tune import Findings as Tuned
from milepost.steps.work import Work
from milepost.training.assemble import decided

TOLD = {
    "p50_ms": "one row takes, median, ms",
    "p99_ms": "one row takes, 99th percentile, ms",
    "size_mb": "size, MB",
    "memory_mb": "memory while serving, MB",
}
"""What is measured, in words."""


@dataclass(frozen=True)
class Findings:
    """What was shipped.

    Args:
        package: path of the package, relative to the project or to its generation.
        target: where it is to run.
        digest: the package's digest.
        bytes: its size.
        difference: largest difference to training-time predictions over the golden rows.
        rows: golden rows.
        flips: decisions that differ.
        served: largest difference of what was built for the target, as it answers there.
        problems: what the proof found wrong.
        objections: constraints that are broken.
        measured: what was measured: milliseconds, size.
        python: why parts of it are answered by Python; empty where all is one graph.
    """

    package: str
    target: str
    digest: str
    bytes: int
    difference: float
    rows: int
    flips: int
    served: float
    problems: tuple[str, ...]
    objections: tuple[str, ...]
    measured: dict[str, float]
    python: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ship(Step):
    """Builds the package and proves it at batch 1, 5 and all."""

    to: str = setting("server", "where the package is to run")
    point: str = setting(
        "",
        "ensemble, single, small or student; empty: what the brief asks for, as judged by `final`",
    )
    name: ClassVar[str] = "ship"
    question: ClassVar[str] = "Does the package answer as the trained model did, within the constraints?"
    after: ClassVar[tuple[str, ...]] = ("frame", "collect", "prepare", "tune", "final", "explain")
    reads: ClassVar[tuple[str, ...]] = ("problem", "constraints", "data", "existing")
    version: ClassVar[int] = 2
    findings: ClassVar[type] = Findings

    def run(self, work: Work) -> Outcome:
        """Writes the package, proves it, measures it against the constraints."""
        import onnx

        explained = work.found("explain", Explained)
        task = work.task
        folder = work.outlet / "package"
        which = self._which(work)
        graph: Any = onnx.load_from_string(work.blobs.get(work.artifact("final", f"graph{which}")))
        schema = Schema.of(work.found("prepare", Prepared).schema)
        threshold = explained.threshold
        if threshold is not None:
            graph = decided(graph, schema, task, threshold)
        golden: Json = work.json("final", "golden")
        columns = tuple(msgspec.convert(column, Column) for column in golden["columns"])
        prediction = np.asarray(work.array("final", f"golden answers{which}"))
        manifest = build(folder, graph, self._contents(work, columns, golden["rows"], prediction))
        package = open_package(folder)
        proof = verify(package)
        measured: dict[str, float] = {}
        objections: tuple[str, ...] = ()
        served = proof
        if proof.passed:
            work.say(f"building and measuring for the target '{self.to}'", None)
            target = targets[self.to]
            measured, objections = target.measure(package, work.brief.constraints.model_dump())
            remeasure(folder, measured)
            served = target.verify(target.build(open_package(folder), work.outlet / "ship" / self.to))
        findings = Findings(
            package="package",
            target=self.to,
            digest=manifest.digest,
            bytes=sum(f.stat().st_size for f in folder.iterdir()),
            difference=float(max(proof.worst.values(), default=0.0)),
            rows=len(prediction),
            flips=proof.flips,
            served=max(served.worst.values(), default=0.0),
            problems=(*proof.problems, *(f"{self.to}: {p}" for p in served.problems if served is not proof)),
            objections=tuple(objections),
            measured=dict(measured),
            python=tuple(manifest.python.get("why", ())),
        )
        if findings.problems:
            return Outcome(findings, "failed", f"The package differs from training: {findings.problems[0]}")
        if objections:
            return Outcome(findings, "failed", f"A constraint is broken: {objections[0]}")
        only = f"Python only ({carried.sentence(manifest)}). " if manifest.python else ""
        reason = (
            f"{only}The package ({size(findings.bytes)}) gives the answers of training on {findings.rows} "
            f"golden rows, largest difference {findings.difference:.1e}, and so does the {self.to} made of "
            f"it; one row takes {findings.measured['p50_ms']:.2g} ms (median)."
        )
        return Outcome(findings, "noted" if only else "passed", reason)

    def _which(self, work: Work) -> str:
        """What the names of a point's artifacts end in; "" for what `final` judged.

        Raises:
            UsageError: there is no such point, or its members were not fitted.
        """
        if not self.point or self.point == work.found("tune", Tuned).point:
            return ""
        known = [name.removeprefix("graph:") for name in work.evidence["final"].artifacts if ":" in name]
        known = [name for name in known if " " not in name]
        if self.point not in known:
            before = f'Ask for it before the search: [constraints] point = "{self.point}" in the brief.'
            student = "A student is fitted by `final` where the whole ensemble ships and time is left for it."
            raise UsageError(
                f"there is no point '{self.point}' that could ship without training.",
                expected=f"{listed(known) or 'None'} beside what the brief asks for.",
                todo=student if self.point == STUDENT else before,
            )
        return f":{self.point}"

    def _contents(self, work: Work, columns: Sequence[Column], rows: Json, prediction: Any) -> Contents:
        task, explained = work.task, work.found("explain", Explained)
        threshold = None
        if explained.threshold is not None:
            threshold = Threshold(
                explained.threshold,
                task.positive,
                explained.signed_by,
                explained.signed_at,
                explained.because,
            )
        tuned, final = standing(work), work.found("final", Final)
        point = self.point or tuned.point
        lineage = {
            "rows": work.evidence["collect"].findings["digest"],
            "evidence": {name: e.key for name, e in work.evidence.items()},
            "seed": work.seed,
            "learners": self._members(tuned),
            "point": point,
            "rounded": any(one.rounded for one in final.points if one.name == point),
            "refit": final.refit,
        }
        scale = () if task.labels else tuple(np.atleast_1d(work.json("final", "scale")))
        return Contents(
            name=re.sub(r"[^a-z0-9]+", "-", (work.brief.problem.name or work.folder.name).lower()).strip("-")
            or "model",
            task=task.plain(),
            columns=columns,
            rows=rows,
            answers=answers(task, prediction, explained.threshold),
            keys=work.brief.data.keys,
            threshold=threshold,
            scale=scale,
            expectations=dict(explained.expectations),
            lineage=lineage,
            tolerance=tolerance(columns),
            card=explained.card,
        )

    def _members(self, tuned: Tuned) -> dict[str, float]:
        """The weight of each model in what ships."""
        if self.point == STUDENT:
            return {STUDENT: 1.0}
        point = next((p for p in tuned.points if p.name == self.point), None)
        return dict(point.weights) if point else {t.name: t.weight for t in tuned.tried if t.weight > 0}

    def tell(self, told: Told) -> Sequence[Block]:
        """The proof in numbers."""
        found: Findings = told.findings
        facts = [
            ("package", f"{found.package} ({size(found.bytes)}), digest {found.digest[:12]}"),
            ("golden rows", f"{found.rows} synthetic rows: missing, unseen, extreme, Unicode"),
            ("asked", "one by one, by fives and all at once, against the predictions of training"),
            (
                "largest difference to training",
                f"{found.difference:.2e}; decisions that differ: {found.flips}",
            ),
            (f"largest difference as a {found.target}", f"{found.served:.2e}"),
        ]
        facts += [(TOLD.get(name, name), f"{value:.3g}") for name, value in found.measured.items()]
        blocks: list[Block] = [Facts(tuple(facts))]
        if found.python:
            said = (
                f"Python only: {' '.join(found.python)} It runs by `predict` and the server, with the "
                "libraries of its manifest; whoever opens it elsewhere has to allow its code with --python."
            )
            blocks.append(Notice("noted", said))
        blocks += [Notice("failed", text) for text in (*found.problems, *found.objections)]
        where = Path(found.package)
        blocks.append(
            Text(f"Proven again anywhere by: milepost verify {where}. Served by: milepost serve {where}.")
        )
        return blocks
