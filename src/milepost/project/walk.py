"""One walk down the road, until a gate fails, a person has to answer, or its end."""

from __future__ import annotations

from milepost.errors import UsageError, did_you_mean
from milepost.ledger import OPEN, Evidence
from milepost.steps.named import named
from milepost.steps.run import Road, run_step
from milepost.steps.work import Talk


def along(road: Road, until: str | None, start: str | None, waive_all: str | None, talk: Talk) -> None:
    """Runs the steps of the road in order; those whose evidence stands are passed by.

    Args:
        road: the project.
        until: the last step to run.
        start: run this step and those after it again even where nothing changed.
        waive_all: reason with which every failed gate is waived on the way.
        talk: where progress is shown and questions are put.

    Raises:
        UsageError: there is no such step on the road.
    """
    names = [kind.name for kind in road.steps]
    for name in (until, start):
        if name is not None and name not in names:
            if any(kind.name == name for kind in road.beyond):
                raise UsageError(
                    f"'{name}' lies past the road.", todo=f"Run it by itself: milepost {name} {road.folder}"
                )
            raise UsageError(f"there is no milepost '{name}'.", todo=did_you_mean(name, names))
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
            return
