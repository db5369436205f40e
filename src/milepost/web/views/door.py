"""Coming in and going out: the one-time link, name and password, a person's own page."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi.responses import HTMLResponse, RedirectResponse, Response

from milepost.errors import UsageError
from milepost.web.access import Person
from milepost.web.accounts import highest
from milepost.web.forms import Form
from milepost.web.pages import Again, Ask, Found, Pages, render
from milepost.web.sessions import HOURS, proof
from milepost.web.site import Site

pages = Pages()
_GO_ON = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>milepost</title>'
    '<link rel="icon" href="/static/icon.svg"><meta http-equiv="refresh" content="0;url=/road">'
    '<p><a href="/road">Go on</a></p></html>'
)


def home(person: Person) -> str:
    """The page that a person comes to first."""
    return "/road" if person.may("reviewer") else "/label"


def secure(site: Site, ask: Ask) -> bool:
    """Whether the request came by TLS, to this server or to the proxy before it."""
    return site.door.secure or ask.request.url.scheme == "https"


def cookie(site: Site, ask: Ask, name: str, token: str) -> dict[str, Any]:
    """A cookie that no script can read and no other site can send."""
    return {
        "key": name,
        "value": token,
        "max_age": HOURS * 3600,
        "httponly": True,
        "samesite": "strict",
        "secure": secure(site, ask),
        "path": "/",
    }


@pages.raw("/", "anyone")
def start(site: Site, ask: Ask) -> Response:  # noqa: ARG001
    """Leads to the first page of whoever asks."""
    signed = ask.person.role != "anyone"
    return RedirectResponse(home(ask.person) if signed else "/login", status_code=303)


@pages.raw("/enter", "anyone")
def enter(site: Site, ask: Ask) -> Response:
    """Takes the one-time link; the page that follows is loaded by this one, so that the cookie is sent."""
    token = site.unlock(ask.query.get("key", "")) if site.door.link else ""
    if not token:
        if ask.person.role != "anyone":
            return RedirectResponse(home(ask.person), status_code=303)
        raise UsageError(
            "this link was used already, or is none.",
            expected="Each start of milepost web prints a link that is good for one use.",
            todo="Start it again: milepost web DIR",
        )
    answer = HTMLResponse(_GO_ON)
    answer.set_cookie(**cookie(site, ask, site.cookie, token))
    site.audit(Person(site.door.owner, "owner"), "/enter", {"address": ask.address})
    return answer


@pages.raw("/login", "anyone")
def login(site: Site, ask: Ask) -> Response:
    """The form to sign in with."""
    if ask.person.role != "anyone":
        return RedirectResponse(home(ask.person), status_code=303)
    return _form(site, ask)


def _form(site: Site, ask: Ask, problem: str = "", name: str = "") -> Response:
    """The form with its proof; a stranger's proof hangs on a cookie of its own."""
    token = ask.person.token or secrets.token_urlsafe(32)
    found = {"link": site.door.link, "problem": problem, "name": name, "csrf": proof(token)}
    answer = render(ask.request, "login.html", found, 401 if problem else 200)
    answer.set_cookie(**cookie(site, ask, site.visit, token))
    return answer


@pages.change("/login", "anyone")
def sign(site: Site, ask: Ask, form: Form) -> str | Response:
    """Signs in with name and password; too many wrong ones have to wait, and are not noted any more."""
    if site.door.link:
        raise UsageError("nobody signs in here.", expected="The link that milepost web printed leads in.")
    name = form.get("name", "").strip()[:80]
    if wait := site.attempts.wait(name, ask.address):
        return _form(
            site, ask, f"Too many wrong passwords. Try again in {round(wait / 60) + 1} minutes.", name
        )
    site.audit(ask.person, "/login", {"address": ask.address, "form": form.told()})
    account = site.accounts.check(name, form.get("password", ""))
    if account is None:
        site.attempts.failed(name, ask.address)
        return _form(site, ask, "Name and password do not belong together.", name)
    token = site.sessions.begin(account.name, "password")
    answer = RedirectResponse(home(Person(account.name, highest(account))), status_code=303)
    answer.set_cookie(**cookie(site, ask, site.cookie, token))
    return answer


@pages.change("/logout", "labeller")
def leave(site: Site, ask: Ask, form: Form) -> Response:  # noqa: ARG001
    """Ends the session."""
    site.sessions.end(ask.person.token)
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(site.cookie, path="/", httponly=True, samesite="strict", secure=secure(site, ask))
    return answer


@pages.page("/me", "me.html", "labeller")
def me(site: Site, ask: Ask) -> Found:
    """A person's own page: name, role, and a new password."""
    return {"name": ask.person.name, "role": ask.person.role, "password": not site.door.link}


@pages.change("/me", "labeller")
def renew(site: Site, ask: Ask, form: Form) -> str | Again:
    """Gives oneself a new password; every other session of the same person ends."""
    name = ask.person.name
    if site.door.link:
        raise UsageError("who came by the link has no password.")
    problem = ""
    if wait := site.attempts.wait(name, ask.address):
        problem = f"Too many wrong passwords. Try again in {round(wait / 60) + 1} minutes."
    elif site.accounts.check(name, form.get("password", "")) is None:
        site.attempts.failed(name, ask.address)
        problem = "The present password is another one."
    elif form.get("password-new", "") != form.get("password-again", ""):
        problem = "The two new passwords differ."
    else:
        try:
            site.accounts.change(name, name, form.get("password-new", "") or " ")
        except UsageError as wrong:
            problem = str(wrong)
    if problem:
        return Again("me.html", {**me(site, ask), "problem": problem})
    site.sessions.drop(name, ask.person.token)
    return "/me?changed=1"
