"""Labels that are probably wrong, a button that lets others look at them, and what these said."""

from __future__ import annotations

from milepost.errors import UsageError
from milepost.steps.whereabouts import brief
from milepost.web.beside import steering
from milepost.web.forms import Form
from milepost.web.pages import Ask, Found, Pages
from milepost.web.site import Site
from milepost.web.views.find import whole

pages = Pages()
MOST = 100


@pages.page("/doubts", "doubts.html")
def doubts(site: Site, ask: Ask) -> Found:
    """The most doubtful labels of development rows, and what people say of those they looked at."""
    try:
        found = steering(site, ask.person).doubts(MOST)
    except UsageError as problem:
        return {"ready": False, "why": f"{problem.what[0].upper()}{problem.what[1:]} {problem.todo}".strip()}
    rows = [
        {"key": doubt.key, "label": doubt.label, "instead": doubt.instead, "chance": doubt.chance,
         "text": brief(dict(doubt.content), 200)}
        for doubt in found.doubts
    ]  # fmt: skip
    looked = [{**vars(look), "state": look.state} for look in found.looked]
    states = [look["state"] for look in looked]
    return {
        "ready": True,
        "among": found.among,
        "rows": rows,
        "looked": looked,
        "counts": {name: states.count(name) for name in ("confirmed", "changed", "waiting")},
    }


@pages.change("/doubts")
def ask_again(site: Site, ask: Ask, form: Form) -> str:
    """Puts the most doubtful labels into the queue, for people who did not give them."""
    steering(site, ask.person).doubts(max(1, min(whole(form, "most") or MOST, 10_000)), put=True)
    return "/doubts"
