"""The model card: what the model is for, what it was measured on, and its limits, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from milepost.report.blocks import Table
from milepost.report.sentences import count, figure, gained, percent, scored
from milepost.steps.final import Findings as Final
from milepost.steps.insight import Findings
from milepost.steps.work import Work


def card(work: Work, found: Findings) -> str:
    """Returns the card, with front matter that model hubs read (Mitchell et al. 2019).

    Args:
        work: the running step.
        found: what `explain` found; its own card is not read.
    """
    brief, task = work.brief, work.task
    title = brief.problem.name or work.folder.resolve().name
    kind = "tabular-classification" if task.labels else "tabular-regression"
    expected = found.expected
    question = brief.problem.question or f"Predicts {', '.join(task.targets)}."
    for_whom = brief.problem.for_whom or "whoever its owner names"
    parts = [
        _front(kind, brief.data.licence, task.targets),
        f"# {title}\n\n{question}",
        f"## Intended use\n\nFor {for_whom}. {brief.problem.why}".rstrip(),
        _section("What may be expected", [*map(_loud, expected.warnings), expected.sentence, *expected.more]),
        _section("Were the world another", expected.scenarios),
        _section("Decision", [_decision(found)]),
        "## Measured\n\n" + "\n".join(_measured(work)),
        *(markdown(table) for table in expected.tables),
        _section("Data", _data(work), "\n"),
        _groups(work, found),
        _section("Hypotheses", (f"- {h.text} **{h.state}**: {h.evidence}" for h in found.hypotheses), "\n"),
        _section("Waivers", _waivers(work), "\n"),
        _section("Limits", _limits(work), "\n"),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _front(kind: str, licence: str, targets: Iterable[str]) -> str:
    tags = "".join(f"  - {_quoted(target)}\n" for target in targets)
    return (
        f"---\npipeline_tag: {kind}\nlicense: {_quoted(licence or 'unknown')}\nlibrary_name: milepost\n"
        f"tags:\n  - tabular\n{tags}---"
    )


def _quoted(text: str) -> str:
    """Text as a YAML string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _data(work: Work) -> list[str]:
    data = work.brief.data
    told = (
        ("source", data.source),
        ("licence", data.licence),
        ("how the rows came to be", data.origin),
        ("who could not be among them", data.absent),
    )
    return [f"- {name}: {text or 'not stated'}" for name, text in told]


def _section(title: str, lines: Iterable[str], between: str = "\n\n") -> str:
    body = between.join(lines)
    return f"## {title}\n\n{body}" if body else ""


def _loud(warning: str) -> str:
    return f"**{warning}**"


def _decision(found: Findings) -> str:
    if found.threshold is None:
        return "No decision threshold is needed."
    who = f"signed by {found.signed_by} at {found.signed_at}" if found.signed_by else "not signed yet"
    if isinstance(found.threshold, tuple):
        return f"Each label applies from its threshold in the table below on ({found.because}); {who}."
    return f"Flagged from a probability of {found.threshold:.4f} on ({found.because}); {who}."


def _measured(work: Work) -> list[str]:
    found = work.found("final", Final)
    lines = [
        f"- {work.evidence['final'].reason}",
        f"- {found.metric}: {scored(found.score, found.score_low, found.score_high)}, sealed rows",
    ]
    for one in found.held:
        score, gain = scored(one.score, one.low, one.high), gained(one.gain, one.gain_low, one.gain_high)
        lines.append(f"- {one.name}: {score} {found.metric}; the model's gain over it: {gain}")
    return [*lines, *(f"- {name}: {figure(value)}" for name, value in found.also.items())]


def _groups(work: Work, found: Findings) -> str:
    people = work.brief.people.columns
    lines = [] if people else ["No column of people was named to be compared."]
    for name, parts in found.slices.items():
        for part in parts:
            mark = "; **differs from the others**" if part.differs else ""
            if part.differs or name in people:
                span = scored(part.score, part.low, part.high)
                lines.append(f"- {name} = {part.name}: {span}, {count(part.rows)} rows{mark}")
    tables = [markdown(table) for table in found.rates]
    weak = [f"- weak where {w.says} ({percent(w.share)} of the rows)" for w in found.weak]
    return "\n\n".join(
        ["## Groups", "\n".join([*lines, *(f"- {note}" for note in found.notes), *weak]), *tables]
    )


def _waivers(work: Work) -> list[str]:
    waived = [
        f"- {w['step']}: {w['reason']} Waived by {w['by']}: {w['because']}" for w in work.ledger.waivers()
    ]
    return waived or ["None."]


def _limits(work: Work) -> list[str]:
    lines = ["- What is promised holds for rows like those it was measured on, not for a changed world."]
    if work.found("final", Final).openings > 1:
        lines.append("- The seal was opened more than once: the score on the sealed rows is no longer clean.")
    if work.found("final", Final).refit == "all":
        lines.append(
            "- The model was fitted again on all labelled rows; promises are those of its evaluated twin."
        )
    absent = work.brief.data.absent
    if absent:
        lines.append(f"- It never saw: {absent}")
    lines.append("- Importances and effects show what the model uses, not what causes what.")
    return lines


def markdown(table: Table) -> str:
    """A table in Markdown.

    >>> print(markdown(Table(("a", "b"), (("1", "x|y"),), "Of things")))
    Of things:
    <BLANKLINE>
    | a | b |
    | --- | --- |
    | 1 | x\\|y |
    """
    rows = [table.head, tuple("---" for _ in table.head), *table.rows]
    lines = ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([f"{table.caption}:", "", *lines])
