"""What stands beside an item: a suggestion and others' answers, as far as the rules let them be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from milepost.digest import Json
from milepost.errors import InputError, Sealed
from milepost.labels.people import Forbidden
from milepost.project.guess import shipped
from milepost.project.labels import ProjectLabels
from milepost.shipping.manifest import Package
from milepost.store.aided import OTHERS, SUGGESTION, Aid
from milepost.store.leases import Given
from milepost.web import desk
from milepost.web.access import Person
from milepost.web.site import Site

_NAME = 100


def steering(site: Site, person: Person) -> ProjectLabels:
    """The project's labels, steered by who asks."""
    return ProjectLabels(site.project.road, person.name)


def shown(site: Site, person: Person, member: int, items: Sequence[Given]) -> list[dict[str, Json]]:
    """Items as whoever labels them sees them, with what may stand beside each."""
    rules = site.labels.rules()
    known = desk.numbers(site, person)
    told = [desk.item(each, known) for each in items]
    if rules.blind:
        return told
    if rules.suggest and not site.column:  # a column has no model
        found = steering(site, person).suggest([each.id for each in items], _package(site))
        for item, each in zip(told, items, strict=True):
            if (suggestion := found.get(each.id)) is not None:
                words = desk.words(site.labels.set, suggestion.value)
                item["suggestion"] = {**vars(suggestion), "words": words}
    if rules.before:
        for item, each in zip(told, items, strict=True):
            if answers := others(site, member, each.id):
                item["others"] = answers
    return told


def others(site: Site, member: int, item: int) -> list[dict[str, str]]:
    """What others answered to an item, by name, where this person may see it now."""
    try:
        found = site.labels.queue.others(member, item)
    except (Forbidden, Sealed, InputError):
        return []
    names = {person.id: person.name for person in site.accounts.people.all()}
    labels = site.labels.set
    return [
        {
            "by": names.get(label.person, ""),
            "words": desk.words(labels, label.value and site.labels.translate(label.value, label.version)[0]),
        }
        for label in found
    ]


def aid(site: Site, member: int, item: int, said: Mapping[str, Any]) -> Aid | None:
    """What had stood beside an item when it was answered; a suggestion by what the page says it showed.

    Raises:
        InputError: what the page says is no suggestion.
    """
    if site.labels.rules().blind:
        return None
    told = said.get("suggestion")
    if isinstance(told, Mapping):
        given = desk.fields(told, value=str, score=(int, float), model=str)
        if (
            {"value", "model"} <= given.keys()
            and len(given["model"]) <= _NAME
            and site.labels.pool.open([item])
        ):
            return Aid(SUGGESTION, given["model"], given["value"], given.get("score"))
    held = site.labels.queue.shown(member, item)
    seen = held is not None and (site.labels.rules().before or held.decision is not None)
    return Aid(OTHERS) if seen and _answered(site, member, item) else None


def _answered(site: Site, member: int, item: int) -> bool:
    """Whether somebody else has answered the item, which is none that is sealed or tests people."""
    return bool(site.labels.pool.open([item])) and site.labels.pool.answered(item, member)


def _package(site: Site) -> Package | None:
    """The shipped package, opened once."""
    manifest = site.folder / "package" / "manifest.json"
    if not manifest.is_file():
        return None
    stamp = manifest.stat()
    version = f"{stamp.st_mtime_ns} {stamp.st_size}"
    found: Package | None = site.remember("suggesting", version, lambda: shipped(site.folder))
    return found
