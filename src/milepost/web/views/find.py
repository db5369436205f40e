"""Items that nobody labelled, by filter and likeness; an owner labels all at once, and takes it back."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi.responses import Response
from starlette.exceptions import HTTPException

from milepost.digest import Json
from milepost.errors import InputError, MilepostError, UsageError
from milepost.modalities.media import digest_of
from milepost.project.finding import Filter
from milepost.project.finding import Found as Matches
from milepost.steps.together import named
from milepost.steps.whereabouts import brief
from milepost.web import desk
from milepost.web.beside import steering
from milepost.web.forms import Form
from milepost.web.pages import Again, Ask, Found, Pages
from milepost.web.site import Site

pages = Pages()
SHOWN = 60
"""Items that are shown of those found."""
KEPT = "found"
FIELDS = ("where", "words", "said", "sure", "like", "most")


@pages.page("/find", "find.html")
def find(site: Site, ask: Ask) -> Found:
    """The filter as it was asked for, what it leaves, and what was labelled at once before."""
    labels = desk.known(site)
    if labels is None:
        return {"ready": False}
    page: Found = {
        "ready": True,
        "given": {name: ask.query.get(name, "") for name in FIELDS},
        "labels": [{"id": id, "name": labels.shown(id)} for id in labels.active],
        "choices": labels.kind == "choice",
        "bulks": bulks(site),
        "found": None,
    }
    if not any(page["given"].values()):
        return page
    try:
        found = steering(site, ask.person).find(filter_of(ask.query))
    except MilepostError as problem:
        return {**page, "problem": str(problem)}
    return {**page, "found": told(site, found)}


@pages.change("/find/plan")
def plan(site: Site, ask: Ask, form: Form) -> Again:
    """Says how many items would get which label, and how many sealed ones not; nothing is labelled yet."""
    page = {**find(site, ask), "given": {name: form.get(name, "") for name in FIELDS}}
    try:
        found = steering(site, ask.person).find(filter_of(form))
        value = labels_id(site, form.get("label", ""))
        if not found.items:
            raise InputError("no item fits, so that there is nothing to label.")
    except MilepostError as problem:
        return Again("find.html", {**page, "problem": str(problem)})
    token = secrets.token_hex(8)
    site.kept[KEPT] = (token, found, value)
    planned = {"token": token, "items": len(found.items), "sealed": found.sealed, "says": found.says,
               "label": site.labels.set.shown(value)}  # fmt: skip
    return Again("find.html", {**page, "found": told(site, found), "plan": planned}, 200)


@pages.change("/find/label")
def label(site: Site, ask: Ask, form: Form) -> str:
    """Labels the items that were told of, each as a decision of its own."""
    token, found, value = site.kept.get(KEPT, ("", None, ""))
    if found is None or form.get("token") != token:
        raise UsageError("what was found is no longer at hand.", todo="Find it again.")
    steering(site, ask.person).bulk(found, value, site.member(ask.person))
    del site.kept[KEPT]
    return "/find"


@pages.change("/find/back")
def back(site: Site, ask: Ask, form: Form) -> str:
    """Takes back what was labelled at once."""
    steering(site, ask.person).take_back(form.get("name", ""))
    return "/find"


@pages.raw("/find/media/{item}/{name}")
def media(site: Site, ask: Ask) -> Response:
    """An image or a sound of an item that is neither sealed nor tests people."""
    item = ask.path["item"]
    known = site.labels.pool.open([int(item)]) if item.isdigit() and len(item) <= 15 else {}
    if not known:
        raise HTTPException(404)
    ((_, content),) = known.values()
    return desk.media(site, content, ask.path["name"])


def filter_of(form: Form) -> Filter:
    """The filter that a form or an address asks for; conditions stand one a line."""
    conditions = tuple(line.strip() for line in form.get("where", "").splitlines() if line.strip())
    sure = form.get("sure", "").strip() or "0"
    try:
        least = float(sure)
    except ValueError as problem:
        raise InputError(f"'{sure[:40]}' is no probability.", expected="A number from 0 to 1.") from problem
    words, said = form.get("words", "").strip(), form.get("said", "")
    return Filter(conditions, words, said, least, whole(form, "like"), whole(form, "most"))


def whole(form: Form, name: str) -> int:
    """A whole number of a form; nothing is 0.

    Raises:
        InputError: it is none.
    """
    text = form.get(name, "").strip()
    if text and not (text.isdigit() and len(text) < 16):
        raise InputError(f"'{text[:40]}' is no whole number.", expected="A number from 0.")
    return int(text or 0)


def labels_id(site: Site, id: str) -> str:
    """A label of the set that can be chosen.

    Raises:
        InputError: it cannot.
    """
    if site.labels.set.kind != "choice" or id not in site.labels.set.active:
        raise InputError("no label was chosen.", expected="One label of the set, of a choice among labels.")
    return id


def told(site: Site, found: Matches) -> dict[str, Any]:
    """What was found, for people: how many, and the first of them."""
    names = named(site.labels.set)
    items = [
        {**shown(match.id, match.content), "alike": match.alike, "said": names.get(match.said, ""),
         "sure": match.sure}
        for match in found.items[:SHOWN]
    ]  # fmt: skip
    return {
        "count": len(found.items),
        "sealed": found.sealed,
        "says": found.says,
        "model": found.model,
        "looked": found.looked,
        "items": items,
    }


def shown(id: int, content: Json) -> dict[str, Any]:
    """An item as a list shows it: its text in short, links to its pictures and sounds."""
    links: dict[str, list[str]] = {"image": [], "sound": []}
    for reference in desk.references(content):
        links[reference.partition(":")[0]].append(f"/find/media/{id}/{digest_of(reference)}")
    return {
        "id": id,
        "text": brief(content, 200),
        "pictures": links["image"][:2],
        "sounds": links["sound"][:1],
    }


def bulks(site: Site) -> list[dict[str, Any]]:
    """What was labelled at once before, the newest first."""
    names = {person.id: person.name for person in site.accounts.people.all()}
    return [
        {"name": each.name, "by": names.get(each.person, ""), "at": each.at[:16].replace("T", " "),
         "label": desk.words(site.labels.set, each.value), "made": each.made, "standing": each.standing}
        for each in site.labels.aids.batches()[:50]
    ]  # fmt: skip
