"""Beginning a project: what is to be found out, from which data, who says what is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from milepost.errors import UsageError
from milepost.metrics import METRICS
from milepost.tasks.base import tasks
from milepost.web import uploads
from milepost.web.beginning import OPTIONS, WORDS
from milepost.web.forms import Form
from milepost.web.guard import UPLOAD_BYTES
from milepost.web.pages import Again, Ask, Found, Pages
from milepost.web.site import Site
from milepost.web.views.transfer import sent

pages = Pages()


@pages.page("/begin", "begin.html", "owner")
def begin(site: Site, ask: Ask) -> Found:
    """The form that frames a task, files that were sent for it, and how far its reading is."""
    last = site.transfers.last()
    mine = last if last is not None and last.what.get("do") == "begin" else None
    going = mine is not None and mine.going
    failed = mine is not None and not going and not site.begun
    given = dict(mine.what) if mine is not None else {}
    if ask.query.get("file"):
        given["file"] = ask.query["file"]
    return shown(site, given) | {
        "going": going,
        "text": mine.text if mine is not None and going else "",
        "share": mine.share if mine is not None and going else None,
        **({"problem": mine.text or mine.state} if mine is not None and failed else {}),
    }


def shown(site: Site, given: Mapping[str, Any]) -> Found:
    """The form with what was filled in."""
    return {
        "there": site.begun,
        "given": dict(given),
        "files": [
            {"id": each.id, "name": each.name, "kind": each.kind, "bytes": each.bytes, "count": each.count}
            for each in uploads.every(sent(site))
        ],
        "tasks": list(tasks),
        "metrics": list(METRICS),
        "most": UPLOAD_BYTES,
        "going": False,
    }


@pages.change("/begin")
def make(site: Site, ask: Ask, form: Form) -> str | Again:
    """Begins to read the data and to write the brief; the project is there when both are done."""
    what: dict[str, Any] = {
        name: form[name].strip() for name in ("data", "file", "target", *WORDS, *OPTIONS) if form.get(name)
    }
    try:
        if site.begun:
            raise UsageError(f"'{site.folder}' already holds a project.", todo="See /road.")
        if not what.get("question"):
            raise UsageError("nothing says what is to be found out.", todo="Ask the question in a sentence.")
        if bool(what.get("data")) == bool(what.get("file")):
            raise UsageError(
                "nothing says which data." if not what.get("data") else "two sources of data are named.",
                expected="A file that was sent, or a path on the server's machine.",
            )
        if what.get("file"):
            found = uploads.get(sent(site), what["file"])
            what |= {"path": str(found.path.absolute()), "kind": found.kind, "name": found.name}
    except UsageError as problem:
        return Again("begin.html", {**shown(site, what), "problem": str(problem)})
    site.transfers.start(ask.person.name, {"do": "begin", **what})
    return "/begin"
