"""A person's own queues: what waits, is begun, done, discarded or came back; and everybody's counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from milepost.digest import Json
from milepost.labels.queue import TABS
from milepost.modalities.media import digest_of
from milepost.store.leases import Given
from milepost.web import desk
from milepost.web.forms import Form
from milepost.web.pages import Ask, Found, Pages
from milepost.web.seat import kept
from milepost.web.site import Site

pages = Pages(columns=True)
PAGE = 50
WHOLE: Mapping[str, str] = {
    "items": "items",
    "full": "with all labels they want",
    "wanted": "labels wanted",
    "done": "labels given",
    "review": "before a reviewer",
}
"""Counts of the whole queue that reviewers and owners see, by their name in the store."""


@pages.page("/queues", "queues.html", "labeller")
def queues(site: Site, ask: Ask) -> Found:
    """Counts, and a page of the person's own items in one of their queues, newest first."""
    labels, member = desk.known(site), site.member(ask.person)
    if labels is None:
        return {"ready": False}
    tab = ask.query.get("tab", "pending")
    tab = tab if tab in TABS else "pending"
    found: Found = {
        "ready": True,
        "tab": tab,
        "counts": site.labels.queue.progress(member.id),
        "whole": _whole(site) if ask.person.may("reviewer") else {},
        "items": [],
        "older": None,
    }
    if tab != "pending":
        before = ask.query.get("before", "")
        given = site.labels.queue.mine(member.id, tab, int(before) if before.isdigit() else None, PAGE)
        numbers = desk.numbers(site, ask.person)
        found["items"] = [
            {
                "id": numbers.shown(each.id),
                "shown": preview(each.content),
                "media": pictures(each, numbers.shown(each.id), site.column),
                "answer": "" if each.value is None else _words(site, each),
                "comment": each.comment,
                "decision": each.decision,
            }
            for each in given
        ]
        found["older"] = given[-1].decision if len(given) == PAGE else None
    return found


@pages.change("/queues/undo", "labeller")
def undo(site: Site, ask: Ask, form: Form) -> str:
    """Takes a certain answer back; the item is the person's again and is opened."""
    decision = form.get("decision", "")
    member = site.member(ask.person)
    known = int(decision) if decision.isdigit() and len(decision) < 16 else -1
    numbers, client = desk.numbers(site, ask.person), f"undo {decision} {form.get('csrf', '')[:16]}"[:64]
    with numbers.worded():
        given = site.labels.queue.undo(member.id, client, known)
    return f"/label?item={numbers.shown(given.id)}"


def preview(content: Json, most: int = 160) -> str:
    """The text of an item in short; media have none.

    >>> preview({"photo": "image:" + "0" * 64, "title": "A cat", "age": 3})
    'title: A cat · age: 3'
    """
    if isinstance(content, str):
        return "" if digest_of(content) else content[:most]
    if isinstance(content, Mapping):
        parts = [(name, preview(inner, most)) for name, inner in content.items()]
        shown = [(name, text) for name, text in parts if text]
        if len(parts) == 1:
            return shown[0][1] if shown else ""
        return " · ".join(f"{name}: {text}" for name, text in shown)[:most]
    return str(content)[:most]


def pictures(given: Given, number: int, column: str = "") -> list[str]:
    """Links to the pictures of an item, three at most.

    Args:
        given: the item.
        number: by which whoever asks knows it.
        column: whose queue it lies in; "" for the target's.
    """
    found = [digest_of(one) for one in desk.references(given.content) if one.startswith("image:")]
    return [kept(f"/label/media/{number}/{name}", column) for name in found[:3]]


def _words(site: Site, given: Given) -> str:
    try:
        return desk.words(site.labels.set, given.value)
    except (KeyError, TypeError, AttributeError):  # a draft may be anything
        return str(given.value)[:80]


def _whole(site: Site) -> dict[str, Any]:
    counts = site.labels.answers.counts().get(0, {})
    return {words: counts.get(name, 0) for name, words in WHOLE.items()}
