"""Asking people to label: who they are, what it takes and costs, told before anybody is asked."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, get_args
from urllib.parse import urlencode

from milepost.digest import plain
from milepost.errors import InputError, UsageError
from milepost.labels.plan import Terms, Who
from milepost.labels.values import KINDS
from milepost.project.labels import ProjectLabels
from milepost.steps.columns import asked
from milepost.steps.labelled import begun
from milepost.web.forms import Form
from milepost.web.pages import Again, Ask, Found, Pages
from milepost.web.seat import seat
from milepost.web.site import Site

pages = Pages()
SHARES = ("share", "gold")


@pages.page("/ask", "ask.html")
def ask(site: Site, ask: Ask) -> Found:
    """The terms, as they were said last or as the address has them, the plan they lead to, and the state."""
    return shown(site, ask, ask.query)


def shown(site: Site, ask: Ask, given: Form) -> Found:
    """What the page shows for terms that may be only tried out."""
    labels, problem = desk(site, ask), ""
    queue = begun(site.project.ledger.rows)
    terms = labels.terms()
    try:
        terms = said(given, terms)
        plan = labels.plan(**{part.name: getattr(terms, part.name) for part in fields(terms)})
    except (InputError, UsageError) as refused:
        problem, plan = str(refused), labels.plan()
    rules = queue.rules() if queue else None
    annotated = site.project.ledger.last("annotate")
    usual = {"labels": rules.labels, "share": rules.share, "gold": rules.gold} if rules else {}
    return {
        "begun": queue is not None,
        "tried": bool(given) and not problem,
        "kinds": list(get_args(Who)),
        "terms": {**plain(terms), "expert": "yes" if terms.expert else "no"},
        "given": {name: given[name] for name in ("names", "overlap", *SHARES) if name in given},
        "names": ", ".join(site.project.brief.target.labels),
        "rules": usual,
        "plan": plain(plan),
        "unit": site.project.brief.value.cost_unit,
        "status": plain(labels.status()) if queue else None,
        "needed": annotated.findings.get("needed") if annotated and queue else None,
        "writable": ask.person.may("owner"),
        "others": others(site),
        "every": list(KINDS),
        **({"problem": problem} if problem else {}),
    }


@pages.change("/ask")
def start(site: Site, ask: Ask, form: Form) -> str | Again:
    """Asks people for labels of the rows that have none; again, it takes in rows that are new.

    With `reckon` nobody is asked: the page shows the plan of these terms.
    """
    labels = desk(site, ask)
    if form.get("reckon"):
        kept = {name: text for name, text in form.items() if text and name not in ("csrf", "reckon")}
        return f"/ask?{urlencode(kept)}"
    try:
        terms = said(form, labels.terms())
        names = [part.strip() for part in form.get("names", "").split(",") if part.strip()]
        share, gold = (number(form, name, 0, 100, "percent") for name in SHARES)
        overlap = number(form, "overlap", 1, 1000) or 0
        with site.project.ledger.rows.lock():
            labels.start(
                terms,
                names,
                int(overlap),
                None if share is None else share / 100,
                None if gold is None else gold / 100,
            )
    except (InputError, UsageError) as problem:
        return Again("ask.html", {**shown(site, ask, form), "problem": str(problem)})
    return "/ask"


@pages.change("/ask/column")
def begin(site: Site, ask: Ask, form: Form) -> str | Again:
    """Asks people for a column beside the target; again, it takes in rows that are new."""
    given = {name: form.get(name, "").strip() for name in ("column", "kind", "labels")}
    names = [part.strip() for part in given["labels"].split(",") if part.strip()]
    try:
        most, overlap = number(form, "most", 1, 1e9) or 0, number(form, "overlap", 1, 1000)
        rules = {} if overlap is None else {"overlap": int(overlap)}
        with site.project.ledger.rows.lock():
            desk(site, ask).column(given["column"]).start(given["kind"], names, None, int(most), **rules)
    except (InputError, UsageError) as problem:
        return Again("ask.html", {**shown(site, ask, Form()), "problem": str(problem), "new": dict(form)})
    return "/ask"


def others(site: Site) -> list[dict[str, Any]]:
    """The columns beside the target that people label, with how far they are."""
    found = []
    for one in asked(site.rows):
        labels = seat(site, one.column).labels
        counts = labels.answers.counts().get(0, {})
        whole, full = counts.get("items", 0), counts.get("full", 0)
        found.append({"column": one.column, "kind": one.kind, "items": whole, "left": whole - full,
                      "added": one.added, "answers": counts.get("done", 0)})  # fmt: skip
    return found


def desk(site: Site, ask: Ask) -> ProjectLabels:
    """The labels of the project, asked for by whoever is signed in."""
    return ProjectLabels(site.project.road, ask.person.name)


def said(form: Form, terms: Terms) -> Terms:
    """The terms with what a form says of them; what it leaves empty stays.

    Raises:
        UsageError: a field is no number.
        InputError: the terms cannot be.

    >>> said(Form([("who", "crowd"), ("price", "0.05"), ("people", "")]), Terms()).who
    'crowd'
    """
    found: dict[str, Any] = {}
    if form.get("who"):
        found["who"] = form["who"]
    if form.get("expert") in ("yes", "no"):
        found["expert"] = form["expert"] == "yes"
    for name in ("price", "seconds", "people", "score", "width"):
        value = number(form, name, 0, 1e9)
        if value is not None:
            found[name] = int(value) if name == "people" else value
    return replace(terms, **found)


def number(form: Form, name: str, least: float, most: float, unit: str = "") -> float | None:
    """A field's number, or None where it is empty.

    Raises:
        UsageError: it is no number, or lies outside.

    >>> number(Form([("gold", "5")]), "gold", 0, 100), number(Form(), "gold", 0, 100)
    (5.0, None)
    """
    text = form.get(name, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        what = f"A number{f' in {unit}' if unit else ''} from {least:g} to {most:g}."
        raise UsageError(f"{name} is '{text[:40]}'.", expected=what)
    return value
