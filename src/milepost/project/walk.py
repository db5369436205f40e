"""Walks a road: step after step until a gate fails, a person has to answer, or its end."""

from __future__ import annotations

from pathlib import Path

from milepost.brief import Brief
from milepost.data.shelf import opened
from milepost.engines.local import Local
from milepost.ledger import OPEN, Evidence, Ledger
from milepost.registry import load_plugins
from milepost.steps.columns import closed
from milepost.steps.generation import dataset, standing
from milepost.steps.named import named
from milepost.steps.run import Road, run_step
from milepost.steps.source import code, state
from milepost.steps.work import STORE, Talk
from milepost.store.blobs import Blobs


def road_of(folder: Path, brief: Brief, ledger: Ledger, blobs: Blobs, generation: int | None = None) -> Road:
    """The road of a project as it is now.

    Args:
        folder: the project's folder.
        brief: its brief.
        ledger: its ledger.
        blobs: its bytes.
        generation: of the dataset; left out: the one that the champion is of.

    Raises:
        UsageError: there is no such generation.
    """
    from milepost.steps.workflow import BEYOND, ROAD

    champion, brief = standing(ledger), closed(brief, ledger.rows)
    number = generation or champion
    source, own = state(folder, brief), code(folder, brief)
    load_plugins(folder / "plugins")  # another project may have been open in between
    opened(folder / STORE, blobs, brief.budget.threads)
    if number > 1:
        made = dataset(ledger, number)
        brief, source = brief.changed(made.brief), made.digest
    return Road(
        folder,
        brief,
        ledger,
        blobs,
        Local(brief.budget.threads),
        ROAD,
        source,
        own,
        generation=number,
        beside=number != champion,
        beyond=BEYOND,
    )


def walk(
    road: Road, talk: Talk, until: str | None = None, start: str | None = None, waive_all: str | None = None
) -> dict[str, Evidence]:
    """Walks a road and returns the evidence that counts now.

    Args:
        road: the road.
        talk: where progress is shown and questions are put.
        until: the last step to run.
        start: run this step and those after it again even where nothing changed.
        waive_all: reason with which every failed gate is waived on the way.

    Raises:
        UsageError: there is no such step, or the last comes before the first.
    """
    names = road.stretch(start, until)
    evidence: dict[str, Evidence] = {}
    for kind in road.steps:
        again = start is not None and names.index(kind.name) >= names.index(start)
        made, ran = run_step(road, road.step(kind.name), talk, evidence, again)
        if kind.name == "frame" and not ran:  # what later steps read may have changed
            named(road.brief, [*road.brief.target.columns, *made.findings["inputs"]], road.folder)
        if made.verdict == "failed" and waive_all:
            made = road.ledger.waive(kind.name, waive_all, talk.by) or made
        evidence[kind.name] = made
        talk.done(made, ran)
        if made.verdict not in OPEN or kind.name == until:
            break
    return evidence
