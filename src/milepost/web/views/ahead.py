"""What to label next: an owner chooses, sees what was chosen and why, and puts it at the head."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, get_args

from milepost.errors import MilepostError, UsageError
from milepost.project.steering import HEAD, STEERED, Next, Policy
from milepost.steps.labelled import QUEUE
from milepost.steps.together import named
from milepost.web import desk
from milepost.web.beside import steering
from milepost.web.forms import Form
from milepost.web.pages import Again, Ask, Found, Pages
from milepost.web.site import Site
from milepost.web.views.find import shown, whole

pages = Pages()
POLICIES = {
    "auto": "close calls where there is a model, else typical items",
    "typical": "typical items: diversity, for a start without a model (TypiClust)",
    "margin": "close calls of the model that differ from each other",
    "random": "chance alone",
}
assert set(POLICIES) == set(get_args(Policy))
KEPT = "next"
"""The name under which the site remembers what was chosen, until it is put first."""


@pages.page("/next", "next.html", "owner")
def following(site: Site, ask: Ask) -> Found:  # noqa: ARG001
    """What waits, what is at the head of the queue, and the form that chooses."""
    if desk.known(site) is None:
        return {"ready": False}
    waiting = list(site.labels.pool.waiting())
    last = site.labels.rows.last(STEERED, QUEUE)
    put = None
    if last is not None:
        put = {"by": last.body["by"], "at": last.at.isoformat()[:16], "policy": last.body["policy"]}
        put["items"] = len(last.body["keys"])
    reasons: dict[str, int] = {}
    for item in waiting:
        if item.priority >= HEAD:
            reasons[item.reason] = reasons.get(item.reason, 0) + 1
    return {
        "ready": True,
        "waiting": len(waiting),
        "head": reasons,
        "policies": POLICIES,
        "last": put,
        "given": {"most": "50", "policy": "auto"},
    }


@pages.change("/next/choose")
def choose(site: Site, ask: Ask, form: Form) -> Again:
    """Chooses, and shows what was chosen; nothing is moved yet."""
    page = {**following(site, ask), "given": dict(form)}
    try:
        made = steering(site, ask.person).next(whole(form, "most"), form.get("policy", "auto"))  # type: ignore[arg-type]
    except MilepostError as problem:
        return Again("next.html", {**page, "problem": str(problem)})
    token = secrets.token_hex(8)
    site.kept[KEPT] = (token, made)
    return Again("next.html", {**page, "chosen": told(site, made), "token": token}, 200)


@pages.change("/next/put")
def put(site: Site, ask: Ask, form: Form) -> str:
    """Puts what was chosen, and shown, at the head of the queue."""
    token, made = site.kept.get(KEPT, ("", None))
    if made is None or form.get("token") != token:
        raise UsageError("what was chosen is no longer at hand.", todo="Choose again.")
    steering(site, ask.person).put(made)
    del site.kept[KEPT]
    return "/next"


def told(site: Site, made: Next) -> dict[str, Any]:
    """What was chosen, for people; of sealed items only how many there are."""
    names = named(site.labels.set)
    picks: Sequence[dict[str, Any]] = [
        {**shown(pick.id, pick.content), "reason": pick.reason, "said": names.get(pick.said, ""),
         "margin": pick.margin}
        for pick in made.picks
    ]  # fmt: skip
    return {
        "policy": made.policy,
        "model": made.model,
        "items": picks,
        "sealed": made.sealed,
        "waiting": made.waiting,
        "seed": made.seed,
    }
