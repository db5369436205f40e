"""The site as pages about labels see it: with the queue of the target, or of a column in its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import Request

from milepost.digest import Json
from milepost.errors import UsageError
from milepost.labels.columns import column_of, queue_of
from milepost.labels.labels import Labels
from milepost.project import Project
from milepost.steps.columns import asked
from milepost.steps.labelled import begun
from milepost.web.access import Person
from milepost.web.costly import Costly
from milepost.web.site import Site


class Seat(Site):
    """The site with the labels of a column; all else is the site's own.

    Args:
        whole: the site.
        labels: the queue of the column.
    """

    def __init__(self, whole: Site, labels: Labels) -> None:
        vars(self).update(vars(whole))
        self.whole, self.labels, self.column = whole, labels, column_of(labels.name)
        self.agreement, self.kept = Costly(), {}

    @property
    def project(self) -> Project:
        """The project as its brief is now."""
        return self.whole.project

    def audit(self, person: Person, what: str, body: Mapping[str, Any]) -> None:
        """Notes who asked for which change of which column, before it is made."""
        super().audit(person, what, {**body, "column": self.column})


def seat(site: Site, column: str) -> Site:
    """The site with the labels of a column, or as it is for "".

    Raises:
        UsageError: nobody was asked to label such a column.
    """
    if not column:
        return site
    if column not in site.seats:
        labels = begun(site.rows, queue_of(column))
        if labels is None:
            raise UsageError(
                f"nobody was asked to label '{column[:80]}'.", todo="Begin: milepost labels start --column"
            )
        site.seats[column] = Seat(site, labels)
    return site.seats[column]


def seated(request: Request) -> Site:
    """The site of a request: with the column that it names, else the target, or the first where that is none.

    Raises:
        UsageError: nobody was asked to label the column that it names.
    """
    site: Site = request.app.state.site
    column = request.query_params.get("column")
    if column is None and not _target(site) and (others := asked(site.rows)):
        column = others[0].column
    return seat(site, column or "")


def _target(site: Site) -> bool:
    """Whether people label the target; once they do nothing need be read to know it."""
    if not site.kept.get("target"):
        site.kept["target"] = begun(site.rows) is not None
    return bool(site.kept["target"])


def waiting(site: Site, person: Person) -> Site:
    """The first of all queues in which something waits for a person, the target's before the others.

    What others have still to say of items that the person has answered waits for nobody else; so first come
    queues with more open items than the person has answers.
    """
    whole = site.whole if isinstance(site, Seat) else site
    others = asked(whole.rows)
    if not others:
        return site
    every = [whole] if _target(whole) else []
    every += [seat(whole, one.column) for one in others]
    left = [_left(each, whole.member(person).id) for each in every]
    return next((each for each, (sure, _) in zip(every, left, strict=True) if sure), None) or next(
        (each for each, (_, some) in zip(every, left, strict=True) if some), site
    )


def _left(site: Site, member: int) -> tuple[bool, bool]:
    """Whether something surely waits for a person, and whether something may."""
    found = site.labels.queue.progress(member)
    held = found["draft"] + found["review"] > 0
    return held or found["pending"] > found["submitted"] + found["discarded"], found["pending"] > 0


def tabs(site: Site, person: Person) -> dict[str, Json]:
    """Which column a page is of, and all that people label, each with how many items still want labels."""
    whole = site.whole if isinstance(site, Seat) else site
    others = asked(whole.rows)
    if not others:
        return {"column": "", "columns": []}
    member, found = whole.member(person).id, []
    if _target(whole):
        name = ", ".join(whole.project.brief.target.columns)
        pending = whole.labels.queue.progress(member)["pending"]
        found.append({"column": "", "name": name, "pending": pending})
    for one in others:
        pending = seat(whole, one.column).labels.queue.progress(member)["pending"]
        found.append({"column": one.column, "name": one.column, "pending": pending})
    return {"column": site.column, "columns": found}


def query(column: str, mark: str = "?") -> str:
    """The part of an address that names a column; "" for the target.

    >>> query("a b&c"), query("x", "&"), query("")
    ('?column=a%20b%26c', '&column=x', '')
    """
    return f"{mark}column={quote(column, safe='')}" if column else ""


def kept(place: str, column: str) -> str:
    """An address within the pages of labels that stays with the column.

    >>> kept("/labels", "tone"), kept("/label?item=3", "tone"), kept("/labels", "")
    ('/labels?column=tone', '/label?item=3&column=tone', '/labels')
    """
    return place + query(column, "&" if "?" in place else "?")
