"""Accounts: who may come in, as what, and which items they get."""

from __future__ import annotations

from typing import Any

from milepost.errors import InputError, UsageError
from milepost.steps.columns import asked
from milepost.web.access import ROLES
from milepost.web.forms import Form
from milepost.web.pages import Again, Ask, Found, Pages
from milepost.web.seat import seat
from milepost.web.site import Site

pages = Pages()
CHOICES = (*reversed(ROLES), "labeller, reviewer")
MEANING = {
    "owner": "sees and changes everything, signs, and lets people in",
    "reviewer": "sees every page, settles labels, and changes nothing on the road",
    "labeller": "gives labels and sees nothing else",
}


@pages.page("/people", "people.html", "owner")
def people(site: Site, ask: Ask) -> Found:  # noqa: ARG001
    """Every account; a hash of a password is never among what is told."""
    queues = [site, *(seat(site, one.column) for one in asked(site.rows))]
    counts = [each.labels.answers.counts() for each in queues]
    accounts = [
        {
            "name": person.name,
            "role": ", ".join(sorted(person.roles)),
            "skills": person.skills,
            "languages": person.languages,
            "share": person.share,
            "open": person.active,
            "labels": sum(each.get(person.id, {}).get("submitted", 0) for each in counts),
        }
        for person in site.accounts.all()
    ]
    return {"accounts": accounts, "roles": list(CHOICES), "meaning": MEANING, "link": site.door.link}


@pages.change("/people")
def add(site: Site, ask: Ask, form: Form) -> str | Again:
    """Makes an account."""
    name = form.get("name", "").strip()
    try:
        site.accounts.add(name, form.get("role", ""), form.get("password", ""), ask.person.name)
    except (InputError, UsageError) as problem:
        given = {"name": form.get("name", ""), "role": form.get("role", "")}
        return Again("people.html", {**people(site, ask), "problem": str(problem), "given": given})
    return "/people"


@pages.change("/people/change")
def change(site: Site, ask: Ask, form: Form) -> str | Again:
    """Changes a role, a password or which items somebody gets; closes an account or opens it again.

    Sessions of the person end. Who is closed gives back what they hold without an answer.
    """
    name, by = form.get("name", ""), ask.person.name
    try:
        person = site.accounts.change(name, by, form.get("password", ""), **_fields(form))
        if not person.active:
            site.labels.dismiss(person, by)
            for one in asked(site.rows):
                seat(site, one.column).labels.dismiss(person, by)
    except (InputError, UsageError) as problem:
        return Again("people.html", {**people(site, ask), "problem": str(problem)})
    site.sessions.drop(name, ask.person.token if name == ask.person.name else "")
    return "/people"


def _fields(form: Form) -> dict[str, Any]:
    """The fields of an account that a form names, as `Person` has them."""
    found: dict[str, Any] = {"role": form.get("role", "")}
    if form.get("open") in ("yes", "no"):
        found["active"] = form["open"] == "yes"
    for name in ("skills", "languages"):
        if name in form:
            found[name] = tuple(part.strip() for part in form[name].split(",") if part.strip())
    if "share" in form:
        try:
            found["share"] = float(form["share"]) / 100
        except ValueError as problem:
            raise UsageError(f"the share is '{form['share'][:20]}'.", expected="A percentage.") from problem
    return found
