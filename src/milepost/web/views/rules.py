"""The rules of the queue: what they mean, what a change would touch, who changed them when."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from milepost.digest import digest, plain
from milepost.errors import InputError, UsageError
from milepost.labels.amend import Amendment, amended, meanings, parsed
from milepost.labels.labels import RULES
from milepost.labels.rules import Rules
from milepost.web import desk
from milepost.web.forms import Form
from milepost.web.pages import Again, Ask, Found, Pages
from milepost.web.site import Site

pages = Pages(columns=True)
PAST = 50
"""Changes that are listed, the newest ones."""


@pages.page("/rules", "rules.html")
def rules(site: Site, ask: Ask) -> Found:  # noqa: ARG001
    """Every rule with its value and meaning, and how the rules came to be what they are."""
    if desk.known(site) is None:
        return {"ready": False}
    return shown(site, site.labels.rules())


def shown(site: Site, standing: Rules, given: Form | None = None) -> Found:
    """What the page shows; a form that could not be taken, or that is yet to be confirmed, as it was sent."""
    told = meanings()
    return {
        "ready": True,
        "rules": [
            {
                "name": field.name,
                "says": told[field.name],
                "kind": "bool" if isinstance(field.default, bool) else "number",
                "value": _text(getattr(standing, field.name)) if given is None else given.get(field.name, ""),
                "default": _text(field.default),
            }
            for field in fields(Rules)
        ],
        "stamp": stamp(standing),
        "counts": site.labels.answers.counts().get(0, {}),
        "past": _past(site),
        "plan": None,
    }


@pages.change("/rules/plan")
def plan(site: Site, ask: Ask, form: Form) -> Again:  # noqa: ARG001
    """Says what other rules would touch; nothing is changed yet."""
    standing = site.labels.rules()
    try:
        changes = planned(site, standing, form)
    except InputError as problem:
        return Again("rules.html", {**shown(site, standing, form), "problem": str(problem)})
    return Again("rules.html", {**shown(site, standing, form), "plan": changes}, 200)


@pages.change("/rules")
def apply(site: Site, ask: Ask, form: Form) -> str | Again:
    """Lets the queue be worked on by other rules; refused where they were changed since they were read."""
    standing = site.labels.rules()
    try:
        if form.get("stamp") != stamp(standing):
            raise UsageError("the rules were changed since.", todo="Look at what they are now.")
        if planned(site, standing, form):
            site.labels.change_rules(parsed(_words(form)), ask.person.name)
    except (InputError, UsageError) as problem:
        return Again("rules.html", {**shown(site, standing, form), "problem": str(problem)})
    return "/rules"


def planned(site: Site, standing: Rules, form: Form) -> tuple[Amendment, ...]:
    """What the rules of a form would touch.

    Raises:
        InputError: a rule cannot be so, or nobody was asked to label yet.
    """
    _ = site.labels.set
    return amended(standing, parsed(_words(form)), site.labels.answers.counts().get(0, {}))


def stamp(standing: Rules) -> str:
    """What tells rules apart from others."""
    return digest(plain(standing))[:32]


def _words(form: Form) -> dict[str, str]:
    return {field.name: form.get(field.name, _text(field.default)) for field in fields(Rules)}


def _past(site: Site) -> list[dict[str, Any]]:
    """Changes of the rules, the newest first: when, who, and which rules became what."""
    entries = site.project.ledger.rows.select(RULES, site.labels.name)
    found, before = [], plain(Rules())
    for entry in entries:
        after = {**plain(Rules()), **entry.body["rules"]}
        changed = {n: [_text(before[n]), _text(v)] for n, v in after.items() if before.get(n) != v}
        found.append({"at": entry.at.isoformat()[:19], "by": entry.body["by"], "changed": changed})
        before = after
    return found[::-1][:PAST]


def _text(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else f"{value:g}"
