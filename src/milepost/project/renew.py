"""A renewal from beginning to end: seal first, walk the road beside the champion, judge, promote or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from milepost.data.read import read
from milepost.data.read import write as write_table
from milepost.data.table import Table
from milepost.data.traffic import LOGS, traffic
from milepost.digest import Json, plain
from milepost.errors import GateFailed, InputError, UsageError, Waits
from milepost.ledger import OPEN, Evidence
from milepost.project.status import Mile, miles_of
from milepost.project.walk import road_of, walk
from milepost.shipping.manifest import Package, open_package
from milepost.shipping.package import write
from milepost.shipping.target import targets
from milepost.steps.aside import LIST, Intake
from milepost.steps.begin import begin, founded
from milepost.steps.generation import Against, dataset, standing
from milepost.steps.merge import Wish, merge
from milepost.steps.renew import Renew
from milepost.steps.run import Road, current, run_step, work_of
from milepost.steps.source import taken_in
from milepost.steps.work import Talk, Work, kept, outlet

REQUESTS = "requests"
"""What names the project's own request log as the pool."""


@dataclass(frozen=True)
class Renewal:
    """How a renewal stands.

    Args:
        folder: the project's folder.
        generation: the generation that was made.
        promoted: whether it took the champion's place; None while that is not decided.
        reason: the decision and why, or what stands in its way.
        miles: the candidate's road, and `renew` at its end.
        waiting: questions that wait for a person.
        findings: what `renew` found; empty while it has not run.
        next: the next command, and why.
    """

    folder: str
    generation: int
    promoted: bool | None
    reason: str
    miles: tuple[Mile, ...]
    waiting: tuple[Mapping[str, Any], ...]
    findings: Mapping[str, Json] = field(default_factory=dict)
    next: str = ""

    @property
    def code(self) -> int:
        """The exit code that says it: 0 decided, 3 a gate of the candidate failed, 4 waits for a person."""
        if self.promoted is not None:
            return 0
        return Waits.exit_code if self.waiting else GateFailed.exit_code

    def plain(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return {**plain(self), "code": self.code}


def renew(home: Road, data: Any, pool: Any, step: Renew, talk: Talk, waive_all: str | None = None) -> Renewal:
    """Carries new rows from the seal to a decision; the same call again goes on where it was stopped.

    Args:
        home: the road of the champion.
        data: the new rows: anything that `read` reads.
        pool: rows without a label to choose from, "requests" for the request log, or None.
        step: the settings.
        talk: where progress is shown and questions are put.
        waive_all: reason with which every failed gate of the candidate is waived on the way.

    Raises:
        UsageError: the champion's road is not done, or the rows made an earlier generation.
        InputError: nothing can be compared on these rows.
    """
    settle(home)
    evidence = _champion(home)
    champion = _keep(home.folder)
    work = work_of(home, step, talk, evidence)
    table, unlabelled = _read(work, data), _pool(work, pool)
    origin = str(data) if isinstance(data, str | Path) else "a table from memory"
    made = begin(work, table, origin, step.share)
    if made.generation <= standing(home.ledger):
        return _decided(home, made.generation)
    grown = merge(work, dataset(home.ledger, made.base), made, Wish(step.keep, tuple(step.labels)))
    home.ledger.ask([plain(question) for question in work.open_questions], "renew")
    if grown is None:
        return _waits(home, made.generation, work)
    against = Against(champion.manifest.digest, home.blobs.put_frame(unlabelled.frame) if unlabelled else "")
    road = _beside(home, made.generation, against)
    found = walk(road, talk, waive_all=waive_all)
    if any(found.get(name) is None or found[name].verdict not in OPEN for name in step.after):
        return _stopped(road)
    judged, ran = run_step(road, step, talk, found)
    talk.done(judged, ran)
    settle(home)
    return _decided(home, made.generation)


def settle(home: Road) -> None:
    """Puts the package of the newest promoted generation in the champion's place, where it is not yet.

    The decision is a row of the ledger; this follows it, at once or, after a kill, with the next command.
    """
    number = standing(home.ledger)
    entry = _evidence(home, number)
    place = home.folder / "package"
    source = outlet(home.folder, number) / "package"
    if number == 1 or entry is None or not (source / "manifest.json").is_file():
        return
    new = open_package(source)
    here = open_package(place).manifest.digest if (place / "manifest.json").is_file() else ""
    if here not in ("", entry.findings["champion"]) or here == new.manifest.digest:
        return
    write(place, new.files())
    shipped = home.ledger.last("ship", number)
    to = str(shipped.settings["to"]) if shipped else "server"
    targets[to].build(open_package(place), home.folder / "ship" / to)


def _champion(home: Road) -> dict[str, Evidence]:
    """The evidence of the champion's road, all of it.

    Raises:
        UsageError: it is not at its end, or there is no package.
    """
    found = current(home)
    open_ = [
        kind.name for kind in home.steps if kind.name not in found or found[kind.name].verdict not in OPEN
    ]
    if open_ or not (home.folder / "package" / "manifest.json").is_file():
        raise UsageError(
            f"there is no champion to renew: '{open_[0] if open_ else 'ship'}' has not passed.",
            expected="A road that is at its end.",
            todo=f"Run: milepost run {home.folder}",
        )
    return found


def _keep(folder: Path) -> Package:
    """Keeps the champion's package where nothing replaces it, and returns it."""
    champion = open_package(folder / "package")
    place = kept(folder, champion.manifest.digest)
    if not (place / "manifest.json").is_file():
        write(place, champion.files())
    return champion


def _read(work: Work, data: Any) -> Table:
    """New rows, with their images and sounds in the project's store; its notes say what was set aside."""
    table = read(data, work.folder, work.say)
    taken = taken_in(work, table)
    if not taken.aside.height:
        return replace(table, frame=taken.frame, notes=())
    path = work.folder / f"renew-{LIST}"
    write_table(taken.aside, path)
    told = Intake.of(taken).sentence.replace(LIST, path.name)
    work.say(told)
    return replace(table, frame=taken.frame, notes=(told[0].upper() + told[1:],))


def _pool(work: Work, pool: Any) -> Table | None:
    if pool is None:
        return None
    if pool == REQUESTS:
        return _requests(work.folder / REQUESTS)
    return _read(work, pool)


def _requests(folder: Path) -> Table:
    """The rows that the server was asked about.

    Raises:
        InputError: there are none.
    """
    if not any(folder.glob(LOGS)):
        raise InputError(
            f"'{folder}' holds no request to choose from.",
            expected="The log that `milepost serve DIR` writes.",
            todo="Serve the project first, or name a file: --pool FILE",
        )
    return read(traffic(folder).frame)


def _beside(home: Road, generation: int, against: Against) -> Road:
    """The road of a candidate, beside the champion."""
    from milepost.brief import Brief

    brief = Brief.load(home.folder)
    road = road_of(home.folder, brief, home.ledger, home.blobs, generation)
    return replace(road, against=against)


def _evidence(home: Road, generation: int) -> Evidence | None:
    return home.ledger.last("renew", generation)


def _decided(home: Road, generation: int) -> Renewal:
    """A renewal that ended in a decision."""
    made = _evidence(home, generation)
    assert made is not None
    promoted = bool(made.findings["promoted"])
    road = road_of(home.folder, home.brief, home.ledger, home.blobs, generation)
    following = f"milepost serve {home.folder}, or read the report: milepost report {home.folder}"
    miles = (
        *miles_of(road),
        Mile(made.step, Renew.question, made.verdict, made.reason, made.seconds, made.by, made.at),
    )
    return Renewal(
        str(home.folder), generation, promoted, made.reason, miles, (), dict(made.findings), following
    )


def _waits(home: Road, generation: int, work: Work) -> Renewal:
    waiting = tuple(plain(question) for question in work.open_questions)
    first = waiting[0]["name"]
    reason = f"Generation {generation} is sealed; {len(waiting)} question(s) wait for an answer."
    following = f"milepost answer {home.folder} {first} VALUE, then the same command again"
    return Renewal(str(home.folder), generation, None, reason, (), waiting, {}, following)


def _stopped(road: Road) -> Renewal:
    """A renewal whose candidate did not get to the end of its road."""
    miles = miles_of(road)
    last = next((mile for mile in miles if mile.state not in OPEN), miles[-1])
    waiting = tuple(road.ledger.waiting()) if last.state == "waiting" else ()
    reason = (
        f"The champion stays for now: generation {road.generation} stopped at '{last.step}': {last.reason}"
    )
    if waiting:
        following = f"milepost answer {road.folder} {waiting[0]['name']} VALUE, then the same command again"
    else:
        following = (
            f'mend it, or accept it: milepost waive {road.folder} {last.step} --because "...", then the '
            "same command again"
        )
    return Renewal(str(road.folder), road.generation, None, reason, miles, waiting, {}, following)


def first(home: Road, talk: Talk) -> None:
    """Records the first generation of a project that was never renewed.

    Raises:
        UsageError: nothing was collected yet.
    """
    found = current(home)
    if "collect" not in found:
        raise UsageError(
            "nothing was collected yet.", todo=f"Run: milepost run {home.folder} --until collect"
        )
    founded(work_of(home, Renew(), talk, found))
