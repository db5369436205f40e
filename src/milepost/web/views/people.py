"""Accounts: who may come in, and as what."""

from __future__ import annotations

from milepost.errors import UsageError
from milepost.web.access import ROLES
from milepost.web.forms import Form
from milepost.web.pages import Again, Ask, Found, Pages
from milepost.web.site import Site

pages = Pages()
MEANING = {
    "owner": "sees and changes everything, signs, and lets people in",
    "reviewer": "sees every page and changes nothing on the road",
    "labeller": "sees an own queue of labels and nothing else",
}


@pages.page("/people", "people.html", "owner")
def people(site: Site, ask: Ask) -> Found:  # noqa: ARG001
    """Every account; a hash of a password is never among what is told."""
    accounts = [{"name": a.name, "role": a.role, "open": a.open} for a in site.accounts.all()]
    return {"accounts": accounts, "roles": list(ROLES), "meaning": MEANING, "link": site.door.link}


@pages.change("/people")
def add(site: Site, ask: Ask, form: Form) -> str | Again:
    """Makes an account."""
    try:
        site.accounts.add(form.get("name", "").strip(), form.get("role", ""), form.get("password", ""))
    except UsageError as problem:
        given = {"name": form.get("name", ""), "role": form.get("role", "")}
        return Again("people.html", {**people(site, ask), "problem": str(problem), "given": given})
    return "/people"


@pages.change("/people/change")
def change(site: Site, ask: Ask, form: Form) -> str | Again:
    """Changes a role or a password, closes an account or opens it again; its sessions end."""
    name, state = form.get("name", ""), form.get("open", "")
    try:
        site.accounts.change(
            name, form.get("role", ""), form.get("password", ""), {"yes": True, "no": False}.get(state)
        )
    except UsageError as problem:
        return Again("people.html", {**people(site, ask), "problem": str(problem)})
    site.sessions.drop(name, ask.person.token if name == ask.person.name else "")
    return "/people"
