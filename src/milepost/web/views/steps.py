"""One page a milepost: its chapter, its settings, and what waits for an answer."""

from __future__ import annotations

import typing
from dataclasses import asdict
from typing import Any

from milepost.errors import UsageError, did_you_mean
from milepost.project.settings import read, shown
from milepost.project.status import Mile
from milepost.project.tell import chapter
from milepost.steps.base import Step
from milepost.web.forms import Form
from milepost.web.pages import Again, Ask, Found, Pages
from milepost.web.site import Site

pages = Pages()
OWN = ("ship", "renew")
"""Steps whose command takes more than their settings."""


@pages.page("/steps/{name}", "step.html")
def step(site: Site, ask: Ask) -> Found:
    """A milepost: what it asks, how it stands, what it tells, what it can be told."""
    return found(site, ask.path["name"])


def found(site: Site, name: str) -> Found:
    """What the page of a milepost shows."""
    project = site.project
    kind, mile = known(site, name)
    status = project.status()
    names = [m.step for m in (*status.miles, *status.beyond)]
    at = names.index(name)
    return {
        **asdict(mile),
        "blocks": chapter(project.road, mile).blocks,
        "settings": settings(site, kind),
        "waiting": [q for q in status.waiting if q["name"].startswith(f"{name}.")],
        "answers": project.ledger.answers(f"{name}."),
        "past": any(m.step == name for m in status.beyond),
        "own": name in OWN,
        "before": names[at - 1] if at else "",
        "after": names[at + 1] if at + 1 < len(names) else "",
    }


def known(site: Site, name: str) -> tuple[type[Step], Mile]:
    """A milepost's kind and state.

    Raises:
        UsageError: there is none of that name.
    """
    status = site.project.status()
    kinds = {kind.name: kind for kind in site.project.road.kinds}
    if name not in kinds:
        raise UsageError(f"there is no milepost '{name[:80]}'.", todo=did_you_mean(name[:80], kinds))
    return kinds[name], next(m for m in (*status.miles, *status.beyond) if m.step == name)


def settings(site: Site, kind: type[Step]) -> list[dict[str, Any]]:
    """A step's settings as fields of a form, made from its own fields."""
    given = site.project.ledger.settings(kind.name)
    hints = typing.get_type_hints(kind)
    return [
        {
            "name": name,
            "help": field.metadata.get("help", ""),
            "default": shown(field.default),
            "value": "" if name not in given else _text(given[name]),
            "kind": "bool" if hints[name] is bool else "text",
        }
        for name, field in kind.options().items()
    ]


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return "" if value is None else ("yes" if value else "no") if isinstance(value, bool) else str(value)


@pages.change("/steps/{name}")
def save(site: Site, ask: Ask, form: Form) -> str | Again:
    """Runs a milepost with the settings of the form, which are kept; an empty one is the default again."""
    name = ask.path["name"]
    kind, _ = known(site, name)
    hints = typing.get_type_hints(kind)
    given: dict[str, Any] = {}
    try:
        for option in kind.options():
            text = form.get(f"set.{option}", "").strip()
            if text:
                given[option] = read(option, text, hints[option])
        kind.configured(given)
        if kind.settled or name in OWN:
            raise UsageError(f"'{name}' has a command of its own.", todo=f"milepost {name} --help")
    except UsageError as problem:
        shown_again = found(site, name)
        for field in shown_again["settings"]:
            field["value"] = form.get(f"set.{field['name']}", "")
        return Again("step.html", {**shown_again, "problem": str(problem)})
    fresh = {**{option: field.default for option, field in kind.options().items()}, **given}
    before = site.project.ledger.settings(name)
    changed = {option: value for option, value in fresh.items() if option in given or option in before}
    site.runs.start(ask.person.name, {"step": name, "settings": changed})
    return "/run"
