"""Starting, watching and stopping a run."""

from __future__ import annotations

from milepost.web.forms import Form
from milepost.web.pages import Ask, Found, Pages
from milepost.web.site import Site

pages = Pages()


@pages.page("/run", "run.html")
def run(site: Site, ask: Ask) -> Found:  # noqa: ARG001
    """The newest run: what it does, its log, and how it ended."""
    project = site.project
    last = site.runs.last()
    return {
        "run": last,
        "going": last is not None and last.going,
        "steps": [kind.name for kind in project.road.steps],
        "next": project.status().next,
    }


@pages.change("/run")
def start(site: Site, ask: Ask, form: Form) -> str:
    """Starts a run of the road, with the same choices as `milepost run`."""
    what: Found = {}
    for field, name in (("until", "until"), ("from", "start")):
        if form.get(field):
            what[name] = form[field]
    if form.get("yes"):
        what["yes"] = True
    site.project.road.stretch(what.get("start"), what.get("until"))
    site.runs.start(ask.person.name, what)
    return "/run"


@pages.change("/run/stop")
def stop(site: Site, ask: Ask, form: Form) -> str:  # noqa: ARG001
    """Stops the run that is going."""
    site.runs.stop()
    return "/run"
