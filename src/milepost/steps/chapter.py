"""The chapter that a stakeholder reads: the expectation in plain words first, then pictures."""

from __future__ import annotations

from typing import Any

import numpy as np

from milepost.report.blocks import Block, Chart, Details, Facts, Notice, Table, Text
from milepost.report.charts import (
    calibration,
    confusion,
    curve_band,
    forest,
    importance,
    scatter,
    trend,
)
from milepost.report.gallery import gallery, sheet
from milepost.report.sentences import count, listed, number, percent
from milepost.steps.classes import matrix
from milepost.steps.cut import Cuts
from milepost.steps.doubts import blocks as doubtful
from milepost.steps.groups import told as weak_spots
from milepost.steps.insight import Findings
from milepost.steps.tune import Findings as Tuned
from milepost.steps.work import Work
from milepost.training.attribute import Effect, Importance

Array = np.ndarray[Any, Any]
BARS = 15


def chapter(work: Work, found: Findings, lead: str) -> list[Block]:
    """Blocks of the chapter: expectation, signature, how it decides, how it fails, whom it serves worse.

    Args:
        work: the work of `explain`.
        found: its findings.
        lead: the verdict's reason, which the page shows above; what it says is not repeated.
    """
    expected = found.expected
    blocks: list[Block] = [Notice("failed", text) for text in expected.warnings]
    if expected.sentence not in lead:
        blocks.append(Notice("info", expected.sentence))
    blocks += [Text(line) for line in (*expected.more, *expected.scenarios)]
    if found.threshold is not None:
        blocks.append(_signature(found))
    blocks += expected.tables
    blocks += _pictures(work, found)
    blocks += _listens(found)
    blocks += [*fails(found), *doubtful(found.doubts)]
    blocks += _people(work, found)
    rows = tuple((h.text, h.state, h.evidence) for h in found.hypotheses)
    blocks.append(Table(("hypothesis", "state", "evidence"), rows, "What was supposed at the start"))
    return blocks


def _signature(found: Findings) -> Block:
    value = found.threshold or 0.0
    shown = f"threshold {number(value)}" if isinstance(value, float) else "threshold of each label, as below"
    if not found.signed_by:
        text = (
            f"The {shown} ({found.because}) waits for a signature: "
            "milepost answer DIR explain.threshold VALUE --by NAME"
        )
        return Notice("waiting", text)
    rows = (
        ("threshold", f"{shown.removeprefix('threshold ')}; proposed by {found.because}"),
        ("signed by", found.signed_by),
        ("signed at", found.signed_at[:16].replace("T", " ") + " UTC"),
    )
    return Facts(rows)


def _pictures(work: Work, found: Findings) -> list[Block]:
    """Trade-off, confusion or scatter, and calibration."""
    task = work.task
    blocks: list[Block] = []
    if not task.exclusive:
        spans = [
            (n.partition(":")[2], *s) for n, s in found.expected.rates.items() if n.startswith("recall:")
        ]
        if spans:
            title = "How many of the rows that bear each label it finds, sealed rows"
            blocks.append(forest(spans, title, "share found"))
    elif task.positive:
        at = found.threshold if isinstance(found.threshold, float) else None
        blocks.append(Cuts.of(work).chart(at))
    else:
        truth, prediction = work.array("final", "truth"), work.array("final", "prediction")
        if task.labels:
            counts = matrix(truth, prediction, len(task.labels))
            blocks.append(confusion(counts, task.labels, "What it takes for what, on the sealed rows"))
        else:
            wide, guess = truth.reshape(len(truth), -1), prediction.reshape(len(truth), -1)
            blocks += [
                scatter(
                    wide[:, i].tolist(),
                    guess[:, i].tolist(),
                    f"{name} on the sealed rows: true and predicted",
                )
                for i, name in enumerate(task.targets)
            ]
    if found.calibration is not None:
        bins = found.calibration.bins
        ends = [b.lower for b in bins], [b.upper for b in bins]
        said, happened = [b.said for b in bins], [b.happened for b in bins]
        blocks.append(calibration(said, happened, *ends, "Said and happened"))
        blocks.append(Text(calibrated(found)))
    return blocks


def calibrated(found: Findings) -> str:
    """Calibration in a sentence: gap, slope and intercept, out of fold."""
    seen = found.calibration
    if seen is None:
        return ""
    slope = (
        "no guide to what happens"
        if seen.slope <= 0
        else "too extreme"
        if seen.slope < 0.9
        else "too timid"
        if seen.slope > 1.1
        else "neither too extreme nor too timid"
    )
    said = sum(b.said * b.rows for b in seen.bins) / sum(b.rows for b in seen.bins)
    happened = sum(b.happened * b.rows for b in seen.bins) / sum(b.rows for b in seen.bins)
    gap = seen.ece_debiased
    differ = f"differ by {percent(gap)} on average" if gap > 0 else "differ by no more than chance makes"
    return (
        f"What it says and what happens {differ} (debiased calibration error). On the whole it says "
        f"{percent(said)}, and {percent(happened)} happened. The calibration slope is {seen.slope:.2f} (1 is "
        f"best), the intercept {seen.intercept:.2f} (0 is best): its probabilities are {slope}. All out of "
        "fold."
    )


def _listens(found: Findings) -> list[Block]:
    asked = found.asked
    bars = [
        (_named(i), i.rise, i.rise - 1.96 * i.error, i.rise + 1.96 * i.error)
        for i in asked.importances[:BARS]
    ]
    blocks: list[Block] = [importance(bars, "What the model listens to", "rise of the loss when shuffled")]
    text = (
        f"Asked of {asked.probe}, fitted on {count(asked.learnt)} rows, about {count(asked.rows)} rows "
        "it was not trained on. It shows what the model uses, not what causes what."
    )
    repeated = [listed([i.name, *i.alike]) for i in asked.importances if i.alike]
    if repeated:
        text += f" Columns that repeat one another were shuffled together (+): {'; '.join(repeated)}."
    blocks.append(Text(text))
    if asked.effects:
        note = Text(
            "8 of 10 single rows lie in the band: where it is wide, the effect depends on other columns."
        )
        blocks.append(Details("Effect of the most important columns", (note, *map(_effect, asked.effects))))
    return blocks


def _named(found: Importance) -> str:
    return found.name if not found.alike else f"{found.name} +{len(found.alike)}"


def _effect(found: Effect) -> Chart:
    title, y = f"Effect of {found.name}", found.label
    if all(isinstance(value, int | float) for value in found.values):
        numbers = [float(value) for value in found.values]
        return curve_band(numbers, found.mean, found.low, found.high, title, found.name, y)
    if all(str(value)[:4].isdigit() and "-" in str(value) for value in found.values):
        return trend(found.values, found.mean, title, y, (found.low, found.high))
    spans = zip(map(str, found.values), found.mean, found.low, found.high, strict=True)
    return forest(list(spans), title, y)


def fails(found: Findings) -> list[Block]:
    """The most surprising failures, out of fold, with what speaks for and against each."""
    if not found.asked.gallery:
        return [
            Text("There is no failure to show: every row that was scored out of fold was answered rightly.")
        ]
    intro = Text(
        "The most confident answers that were wrong, out of fold. Look at them first: some may "
        "be wrong labels, others miss a column that would have told."
    )
    table = gallery(found.asked.gallery, "Confident and wrong: the most surprising failures")
    if not any(failure.shown for failure in found.asked.gallery):
        return [intro, table]
    caption = "Confident and wrong. Red spoke for the answer, blue against it: words left out, parts covered"
    blocks: list[Block] = [intro, sheet(found.asked.gallery, caption)]
    late = sum(any(one.late for one in failure.shown) for failure in found.asked.gallery)
    if late:
        every = len(found.asked.gallery)
        blocks.append(Text(f"{count(late)} of the {every} are shown without marks: time to ask was up."))
    if any(failure.row for failure in found.asked.gallery):
        blocks.append(Details("The same rows as a table", (table,)))
    return blocks


def _people(work: Work, found: Findings) -> list[Block]:
    metric = work.found("tune", Tuned).metric
    people = work.brief.people.columns
    blocks: list[Block] = list(found.rates)
    blocks += [Text(note) for note in found.notes]
    shown: list[Block] = []
    for name, parts in found.slices.items():
        spans = [
            (f"{s.name} ({count(s.rows)}){' *' if s.differs else ''}", s.score, s.low, s.high) for s in parts
        ]
        chart = forest(spans, f"Score by {name}", metric)
        (blocks if name in people else shown).append(chart)
    marked = [f"{name} = {s.name}" for name, parts in found.slices.items() for s in parts if s.differs]
    if found.slices:
        compared = sum(len(parts) for parts in found.slices.values())
        blocks.append(
            Text(
                f"{count(compared)} groups were compared; * marks those that differ from all other rows also "
                f"when so many comparisons are made (Benjamini and Hochberg, 5 %): {listed(marked, 8)}."
            )
        )
    if found.weak:
        blocks.append(weak_spots(found.weak))
    if shown:
        blocks.append(Details("Scores by group of the most important columns", tuple(shown)))
    if not people and found.slices:
        blocks.append(Text("No column of people is named in [people], so nobody's results were compared."))
    return blocks
