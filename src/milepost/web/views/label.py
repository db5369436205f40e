"""The labelling screen: the next items, what a person decides about them, their media and their keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi.responses import Response
from starlette.exceptions import HTTPException

from milepost.digest import Json
from milepost.errors import InputError, did_you_mean
from milepost.labels.columns import column_of
from milepost.labels.queue import Reply
from milepost.steps.columns import asked
from milepost.steps.labelled import QUEUE
from milepost.web import beside, desk
from milepost.web.pages import Ask, Found, Pages, answer_json
from milepost.web.seat import waiting
from milepost.web.site import Site

pages = Pages(columns=True)
KEYS = "label keys"
"""The stream of the log that keeps which keys a person wants."""
ACTIONS: Mapping[str, tuple[str, str]] = {
    "submit": ("Enter", "Submit"),
    "discard": ("Backspace", "Discard"),
    "undo": ("z", "Undo"),
    "draft": ("Ctrl+s", "Draft"),
    "before": ("ArrowLeft", "Before"),
    "after": ("ArrowRight", "Next"),
    "find": ("/", "Find a label"),
    "help": ("?", "Keys"),
}
"""What can be done, with its usual key and its name."""
_ACTS = ("submit", "discard", "draft", "undo")
_MOST_KEYS, _KEY_LENGTH, _MOST_LABELS = 500, 40, 100
RENEW = 240.0
"""Seconds after which leases are renewed while somebody works; a third of the lease where that is short."""


@pages.page("/label", "label.html", "labeller")
def label(site: Site, ask: Ask) -> Found:
    """What the screen needs before the first item: the label set, the guidelines, the person's keys."""
    if "column" not in ask.query:
        site = waiting(site, ask.person)
    labels, member = desk.known(site), site.member(ask.person)
    found: Found = {
        "column": site.column,
        "ready": labels is not None,
        "actions": {k: name for k, (_, name) in ACTIONS.items()},
    }
    if labels is None:
        return {**found, "why": "No labels are asked for here yet."}
    text, version = site.labels.guidelines()
    queues = [QUEUE, *(one.queue for one in asked(site.rows))]
    kept = site.labels.rows.last(KEYS, mine(site, member.name))
    return {
        **found,
        "set": desk.told(labels),
        "guidelines": {"text": text, "version": version},
        "keys": {**{name: key for name, (key, _) in ACTIONS.items()}, **(kept.body["keys"] if kept else {})},
        "counts": site.labels.queue.progress(member.id),
        "place": place(site, site.labels.name, member.name),
        "places": {column_of(queue): place(site, queue, member.name) for queue in queues},
        "renew": min(RENEW, site.labels.rules().lease * 60 / 3),
        "lease": site.labels.rules().lease * 60,
    }


@pages.raw("/label/find.json", "labeller")
def find(site: Site, ask: Ask) -> Response:
    """The labels that fit what is typed, best first, or those of certain ids that can be chosen."""
    labels = site.labels.set
    asked = ask.query.all("id")[:_MOST_LABELS]
    if asked:
        found = [labels.active[id] for id in asked if id in labels.active]
    else:
        found = list(labels.find(ask.query.get("typed", "")[:200]))
    return answer_json({"labels": [desk.shortly(labels, each.id) for each in found]})


@pages.act("/label/next")
def following(site: Site, ask: Ask, said: Mapping[str, Any]) -> Found:
    """Leases the next items, and renews the leases of those that the person holds."""
    given = desk.fields(said, count=int, item=int)
    queue, member = site.labels.queue, site.member(ask.person)
    items = queue.next(member.id, max(1, min(given.get("count", 4), 20)))
    if "item" in given:
        wanted = desk.numbers(site, ask.person).true(given["item"])
        chosen = queue.shown(member.id, wanted)
        items = [*([chosen] if chosen else []), *(each for each in items if each.id != wanted)]
    return {
        "items": beside.shown(site, ask.person, member.id, items),
        "counts": queue.progress(member.id),
        "version": site.labels.set.version,
    }


@pages.act("/label/act")
def act(site: Site, ask: Ask, said: Mapping[str, Any]) -> Found:
    """Takes one decision; when this answers it is on disk, and the same one again changes nothing."""
    what = said.get("act", "")
    if what not in _ACTS:
        raise InputError(f"there is no act '{str(what)[:40]}'.", todo=did_you_mean(str(what)[:40], _ACTS))
    given = desk.fields(
        said, item=int, client=str, version=int, seconds=(int, float), comment=str, decision=int, of=str
    )
    queue, member, numbers = site.labels.queue, site.member(ask.person), desk.numbers(site, ask.person)
    with numbers.worded():
        if what == "undo":
            back = queue.undo(member.id, given.get("client", ""), given.get("of", given.get("decision")))
            return {"item": desk.item(back, numbers), "counts": queue.progress(member.id)}
        known = {name: given[name] for name in given if name not in ("decision", "of")}
        known["item"] = numbers.true(given.get("item", 0), decision=True)
        reply = Reply(**{"client": "", **known}, value=said.get("value"))
        if what != "draft":
            reply = replace(reply, aid=beside.aid(site, member.id, reply.item, said))
        take = {"submit": queue.submit, "discard": queue.discard, "draft": queue.draft}[what]
        outcome = take(member.id, reply)
    found: Found = {"decision": outcome.decision, "act": outcome.act, "counts": queue.progress(member.id)}
    if what != "draft" and (answers := beside.others(site, member.id, reply.item)):
        found["others"] = answers
    return found


@pages.act("/label/keys")
def keys(site: Site, ask: Ask, said: Mapping[str, Any]) -> Found:
    """Keeps which keys a person wants: by action, and by label as `label:ID`."""
    wanted = checked(said.get("keys"))
    site.labels.rows.append(KEYS, mine(site, site.member(ask.person).name), {"keys": wanted})
    return {"keys": wanted}


@pages.raw("/label/media/{item}/{name}", "labeller")
def media(site: Site, ask: Ask) -> Response:
    """An image or a sound of an item that the person holds or has answered; of others there is none."""
    item = ask.path["item"]
    if not item.isdigit() or len(item) > 15:
        raise HTTPException(404)
    true = desk.numbers(site, ask.person).true(int(item))
    found = site.labels.queue.shown(site.member(ask.person).id, true)
    if found is None:
        raise HTTPException(404)
    return desk.media(site, found.content, ask.path["name"])


def place(site: Site, queue: str, name: str) -> str:
    """Where a person's browser keeps what is on its way to a queue."""
    return desk.part(site.title, queue, name)


def mine(site: Site, name: str) -> str:
    """By what a person's keys are known: each column has labels, and so keys, of its own."""
    return f"{name} · {site.column}" if site.column else name


def checked(given: Json) -> dict[str, str]:
    """Keys as they may be kept.

    Raises:
        InputError: it is no table of keys, or two actions share one.

    >>> checked({"submit": " ", "label:cat": "c"})
    {'submit': ' ', 'label:cat': 'c'}
    """
    if not isinstance(given, dict) or len(given) > _MOST_KEYS:
        raise InputError("these are no keys.", expected=f"A table of at most {_MOST_KEYS} actions and keys.")
    for action, key in given.items():
        if action not in ACTIONS and not action.startswith("label:"):
            raise InputError(f"there is no action '{action[:40]}'.", todo=did_you_mean(action[:40], ACTIONS))
        if not isinstance(key, str) or not 1 <= len(key) <= _KEY_LENGTH:
            raise InputError(f"the key of '{action[:40]}' is {str(key)[:40]!r}.", expected="A name of a key.")
    whole = [{name: key for name, (key, _) in ACTIONS.items()}, given]
    used = list({**whole[0], **whole[1]}.values())
    twice = next((key for key in used if used.count(key) > 1), None)
    if twice is not None:
        raise InputError(f"two actions have the key '{twice}'.", expected="A key for each.")
    return dict(given)
