"""The road with its verdicts, what waits, what was waived, and the next thing to do."""

from __future__ import annotations

from milepost.project.status import MARKS
from milepost.web.forms import Form
from milepost.web.pages import Ask, Found, Pages
from milepost.web.site import Site

pages = Pages()


@pages.page("/road", "road.html")
def road(site: Site, ask: Ask) -> Found:  # noqa: ARG001
    """Where the project stands."""
    project = site.project
    status = project.status()
    last = site.runs.last()
    return {
        **status.plain(),
        "words": dict(MARKS),
        "question": project.brief.problem.question,
        "waivers": project.ledger.waivers(),
        "run": last,
        "settings": {name: given for name, given in project.settings().items() if given},
    }


@pages.change("/answer")
def answer(site: Site, ask: Ask, form: Form) -> str:
    """Records an answer, as `milepost answer` does."""
    name = form.get("question", "")
    site.project.answer(name, form.get("value", ""), ask.person.name, form.get("because", ""))
    return back(form)


@pages.change("/waive")
def waive(site: Site, ask: Ask, form: Form) -> str:
    """Waives a failed milepost, as `milepost waive` does."""
    site.project.waive(form.get("step", ""), form.get("because", ""), ask.person.name)
    return back(form)


def back(form: Form) -> str:
    """The page that a form was on; one of this server, whatever the form says.

    >>> back(Form([("back", "/steps/tune")])), back(Form([("back", "//evil.example")]))
    ('/steps/tune', '/road')
    """
    asked = form.get("back", "")
    fine = asked.startswith("/") and not asked.startswith(("//", "/\\")) and asked.isprintable()
    return asked if fine else "/road"
