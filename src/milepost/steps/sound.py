"""What stands once models and graphs have answered: members that fail there are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import polars as pl

from milepost.errors import MilepostError
from milepost.report.sentences import listed
from milepost.steps.coarser import shipping
from milepost.steps.exam import MACHINE, Exam, Seen
from milepost.steps.fits import members
from milepost.steps.lost import Lost, raised
from milepost.steps.standing import Standing, left
from milepost.steps.work import Work
from milepost.training.assemble import Member
from milepost.training.material import Material

T = TypeVar("T")
Hold = Callable[[Standing], T]


def sound(work: Work, data: Material, found: Standing, exam: Exam) -> Standing:
    """What stands without members whose graph cannot be built, or does not answer as they do.

    It is called before the seal is opened, and asks for the numbers as they were fitted.

    Args:
        work: the running step.
        data: the development rows.
        found: what stands.
        exam: the rows that show.

    Raises:
        MilepostError: nothing would stand.
        MissingExtra: a library is missing.
        Corrupt: bytes are lost.
    """
    work.say("proving the graph")

    def graph(some: Standing) -> object:
        return exam.graph(shipping(some.fitted.model, some.tuned))

    return _held(work, data, found, graph, late=False)[0]


def answering(
    work: Work, data: Material, found: Standing, rows: pl.DataFrame, exam: Exam
) -> tuple[Standing, Seen]:
    """What stands without members that have no answer to some opened rows, or whose graph has another.

    The truth of the rows is not looked at. Where only graphs differ and nothing would stand, all stands: the
    difference is told.

    Args:
        work: the running step.
        data: the development rows.
        found: what stands.
        rows: raw rows.
        exam: holds graphs against their models.

    Raises:
        MilepostError: no member has an answer to each row.
        MissingExtra: a library is missing.
        Corrupt: bytes are lost.
    """

    def seen(some: Standing) -> Seen:
        return exam.seen(shipping(some.fitted.model, some.tuned), rows, some.tuned.threshold)

    def alike(some: Standing) -> Seen:
        return exam.alike(seen(some))

    stands, shown = _held(work, data, found, seen, late=True)
    if exam.strays(shown.gap):
        try:
            return _held(work, data, stands, alike, late=True)
        except MACHINE:
            raise
        except MilepostError:
            work.say("no graph answers all sealed rows as its model does")
    return stands, shown


def _held(work: Work, data: Material, found: Standing, hold: Hold[T], late: bool) -> tuple[Standing, T]:
    """What stands without members with which something cannot be held, and what that gives."""
    while True:
        try:
            return found, hold(found)
        except MACHINE:
            raise
        except Exception as problem:
            kept, broken = _grown(found, hold)
            if not kept or not broken:
                raise _nothing(broken or {"the ensemble": problem}, late) from problem
        often = Counter(member.config.name for member in kept)
        lost = [Lost(n, raised(why), often[n], late, graph=True) for n, why in broken.items()]
        known = (*(one for one in found.fitted.lost if one.name not in broken), *lost)
        model = replace(found.fitted.model, members=kept)
        fitted = replace(found.fitted, model=model, lost=known)
        found = left(work, data, replace(found, fitted=fitted), {one.name for one in lost if not one.seeds})


def _grown(found: Standing, hold: Hold[T]) -> tuple[list[Member], dict[str, Exception]]:
    """The members that can be held together, the heaviest first, and what others of these names raised."""
    weights = {tried.name: tried.weight for tried in members(found.tuned)}
    kept, broken = list[int](), dict[str, Exception]()
    every = found.fitted.model.members
    for place in sorted(range(len(every)), key=lambda i: -weights[every[i].config.name]):
        some = [every[i] for i in sorted([*kept, place])]
        total = sum(member.weight for member in some)
        part = [replace(member, weight=member.weight / total) for member in some]
        model = replace(found.fitted.model, members=part)
        try:
            hold(replace(found, fitted=replace(found.fitted, model=model)))
            kept.append(place)
        except MACHINE:
            raise
        except Exception as problem:
            broken[every[place].config.name] = problem
    return [every[i] for i in sorted(kept)], broken


def _nothing(broken: dict[str, Exception], late: bool) -> MilepostError:
    told = listed([f"{name} ({raised(problem)})" for name, problem in broken.items()])
    if late:
        return MilepostError(
            f"no member of the ensemble has an answer to every sealed row: {told}.",
            expected="A number for each row; the seal has been opened for this model.",
            todo="Mend the learner, or search without it: milepost tune --families NAMES; then milepost run.",
        )
    return MilepostError(
        f"no member of the ensemble has a graph that answers as it does: {told}.",
        expected="At least one graph that can be proven. The seal has not been opened for it.",
        todo="Mend the learner, or search without it: milepost tune --families NAMES; then milepost run.",
    )
