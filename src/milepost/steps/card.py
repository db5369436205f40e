"""The model card: what the model is for, what it was measured on, and its limits, in Markdown."""

from __future__ import annotations

from collections.abc import Mapping

from milepost.statistics.slices import Slice
from milepost.steps.expect import Expected
from milepost.steps.work import Work


def card(
    work: Work, expected: Expected, threshold: float | None, groups: Mapping[str, tuple[Slice, ...]]
) -> str:
    """Returns the card, with front matter that model hubs read (Mitchell et al. 2019).

    Args:
        work: the running step.
        expected: what may be expected.
        threshold: the decision threshold, or None.
        groups: scores by group.
    """
    brief, task, final = work.brief, work.task, work.evidence["final"]
    found = final.findings
    title = brief.problem.name or work.folder.resolve().name
    kind = "tabular-classification" if task.labels else "tabular-regression"
    lines = [
        "---",
        f"pipeline_tag: {kind}",
        f"license: {brief.data.licence or 'unknown'}",
        "library_name: milepost",
        "---",
        f"# {title}",
        "",
        brief.problem.question or f"Predicts {', '.join(task.targets)}.",
        "",
        "## Intended use",
        f"For {brief.problem.for_whom or 'the people named by its owner'}. {brief.problem.why}".strip(),
        "",
        "## What may be expected",
        expected.sentence,
        *expected.scenarios,
        "",
        "## Measured",
        f"- {final.reason}",
        f"- naive answer: {found['naive']:.4f} {found['metric']}",
        *(f"- {name}: {value:.4f}" for name, value in found["also"].items()),
        f"- decision threshold: {threshold:.4f}" if threshold is not None else "- no decision threshold",
        "",
        "## Data",
        f"Source: {brief.data.source}. How the rows came to be: {brief.data.origin or 'not stated'}. "
        f"Who could not be among them: {brief.data.absent or 'not stated'}.",
        "",
        "## Groups",
    ]
    for name, parts in groups.items():
        for part in parts:
            mark = " (differs from the whole)" if part.differs else ""
            lines.append(
                f"- {name} = {part.name}: {part.score:.4f} ({part.low:.4f} to {part.high:.4f}){mark}"
            )
    waived = [
        f"- {w['step']}: {w['reason']} Waived by {w['by']}: {w['because']}" for w in work.ledger.waivers()
    ]
    lines += ["", "## Waivers", *(waived or ["- none"]), "", "## Limits"]
    lines.append("Scores hold for rows like those it was measured on; a change of the world is not covered.")
    return "\n".join(lines) + "\n"
