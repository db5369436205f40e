"""The review screen: a reviewer accepts an answer, puts another in its place, or sends the item back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response
from starlette.exceptions import HTTPException

from milepost.digest import Json
from milepost.errors import InputError, did_you_mean
from milepost.labels.queue import Reply
from milepost.store.reviews import Case
from milepost.web import desk
from milepost.web.pages import Ask, Found, Pages
from milepost.web.site import Site
from milepost.web.views.label import ACTIONS

pages = Pages(columns=True)
AHEAD = 20
_ACTS = ("accept", "fix", "send back")


@pages.page("/review", "review.html")
def review(site: Site, ask: Ask) -> Found:
    """What the screen needs before the first case: the label set, the guidelines, how many cases wait."""
    labels, member = desk.known(site), site.member(ask.person)
    if labels is None:
        return {"ready": False}
    text, version = site.labels.guidelines()
    keys = {name: key for name, (key, _) in ACTIONS.items()}
    return {
        "ready": True,
        "set": desk.told(labels),
        "guidelines": {"text": text, "version": version},
        "keys": keys,
        "waiting": site.labels.answers.counts().get(0, {}).get("review", 0),
        "may": bool({"reviewer", "owner"} & set(member.roles)),
    }


@pages.act("/review/next", "reviewer")
def following(site: Site, ask: Ask, said: Mapping[str, Any]) -> Found:
    """Leases cases to the reviewer, and renews the leases of those at hand."""
    count = desk.fields(said, count=int).get("count", 3)
    cases = site.labels.review.next(site.member(ask.person).id, max(1, min(count, AHEAD)))
    names = {person.id: person.name for person in site.accounts.people.all()}
    waiting = site.labels.answers.counts().get(0, {}).get("review", 0)
    return {"cases": [_told(site, case, names) for case in cases], "waiting": waiting}


@pages.act("/review/act", "reviewer")
def act(site: Site, ask: Ask, said: Mapping[str, Any]) -> Found:
    """Settles a case or sends it back; the same act again changes nothing."""
    what = said.get("act", "")
    if what not in _ACTS:
        raise InputError(f"there is no act '{str(what)[:40]}'.", todo=did_you_mean(str(what)[:40], _ACTS))
    given = desk.fields(said, item=int, client=str, decision=int, comment=str, version=int)
    member, place = site.member(ask.person).id, given.get("item", 0)
    client, comment = given.get("client", ""), given.get("comment", "")
    if what == "accept":
        made = site.labels.review.accept(member, place, given.get("decision", 0), client, comment)
    elif what == "fix":
        reply = Reply(place, client, said.get("value"), given.get("version", 0), comment=comment)
        made = site.labels.review.fix(member, reply)
    else:
        made = site.labels.review.send_back(member, place, client, comment, given.get("decision"))
    return {"decision": made.decision, "act": made.act}


@pages.raw("/review/media/{item}/{name}")
def media(site: Site, ask: Ask) -> Response:
    """An image or a sound of a case that is before the reviewer."""
    item = ask.path["item"]
    if not item.isdigit() or len(item) > 15:
        raise HTTPException(404)
    content = site.labels.review.shown(site.member(ask.person).id, int(item))
    return desk.media(site, content, ask.path["name"])


def _told(site: Site, case: Case, names: Mapping[int, str]) -> dict[str, Json]:
    labels = site.labels.set
    answers = [
        {
            "decision": answer.decision,
            "by": names.get(answer.person, ""),
            "value": answer.value,
            "words": desk.words(labels, answer.value),
            "comment": answer.comment,
            "seconds": answer.seconds,
        }
        for answer in case.answers
    ]
    return {"id": case.item, "unit": case.unit, "content": case.content, "answers": answers}
