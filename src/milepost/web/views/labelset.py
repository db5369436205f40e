"""The label set: labels with their use, versions, changes told before they are made, the guidelines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from milepost.errors import InputError, UsageError, did_you_mean
from milepost.labels import migrations
from milepost.labels.labelset import LabelSet
from milepost.labels.migrations import Migration, Plan
from milepost.web import desk
from milepost.web.forms import Form
from milepost.web.pages import Again, Ask, Found, Pages
from milepost.web.site import Site
from milepost.web.tables import Paging

pages = Pages(columns=True)
ACTS: Mapping[str, str] = {
    "add": "Add a label",
    "rename": "Give a label another name",
    "move": "Put a label below another, or at the top",
    "merge": "Merge a label into another",
    "split": "Split a label into several",
    "retire": "Retire a label",
}
MOST = 200_000
"""Characters of guidelines."""


@pages.page("/labels", "labels.html")
def labels(site: Site, ask: Ask) -> Found:
    """The labels at a version, how many answers name each, and the changes that can be made."""
    newest, (text, written) = desk.known(site), site.labels.guidelines()
    if newest is None:
        return {"ready": False}
    at = ask.query.get("version", "")
    shown = site.labels.set_at(int(at)) if at.isdigit() and len(at) < 9 else newest
    at_now = f"{newest.version} {site.labels.answers.newest()}"
    uses = site.remember("uses of labels", at_now, site.labels.answers.by_label)
    paging = Paging.of(ask.query, len(shown.labels), ())
    return {
        "ready": True,
        "name": shown.name,
        "kind": shown.kind,
        "version": shown.version,
        "newest": newest.version,
        "rows": [
            {
                "id": label.id,
                "path": shown.shown(label.id),
                "key": label.key,
                "note": label.note,
                "retired": label.retired,
                "answers": uses.get(label.id, 0),
            }
            for label in paging.cut(shown.labels)
        ],
        "paging": paging,
        "acts": ACTS,
        "guidelines": {"text": text, "version": written},
        "rules": vars(site.labels.rules()),
    }


@pages.change("/labels/plan")
def plan(site: Site, ask: Ask, form: Form) -> Again:
    """Says what a change would touch; nothing is changed yet."""
    try:
        planned = site.labels.plan(migration(site, form))
    except (InputError, UsageError) as problem:
        return Again("labels.html", {**labels(site, ask), "problem": str(problem), "given": dict(form)})
    given = {name: value for name, value in form.items() if name != "csrf"}
    return Again("labels.html", {**labels(site, ask), "plan": told(planned), "given": given}, 200)


@pages.change("/labels/apply")
def apply(site: Site, ask: Ask, form: Form) -> str | Again:
    """Makes a change as it was planned; refused where the label set was changed since."""
    try:
        planned = site.labels.plan(migration(site, form))
        if form.get("version") != str(planned.after.version):
            raise UsageError(
                "the label set was changed since.", todo="Look at what the change would touch now."
            )
        site.labels.apply(planned, ask.person.name)
    except (InputError, UsageError) as problem:
        return Again("labels.html", {**labels(site, ask), "problem": str(problem), "given": dict(form)})
    return "/labels"


@pages.change("/labels/guidelines")
def guidelines(site: Site, ask: Ask, form: Form) -> str:
    """Writes another version of the guidelines."""
    text = form.get("text", "").strip()
    if len(text) > MOST:
        raise UsageError(f"the guidelines have {len(text):,} characters.", expected=f"At most {MOST:,}.")
    site.labels.write_guidelines(text, ask.person.name)
    return "/labels"


def told(planned: Plan) -> dict[str, Any]:
    """A plan for people."""
    return {
        "sentence": planned.sentence,
        "read_anew": planned.read_anew,
        "requeued": planned.requeued,
        "version": planned.after.version,
    }


def migration(site: Site, form: Form) -> Migration:
    """The change that a form asks for.

    Raises:
        UsageError: there is no such change.
        InputError: a label of it is not in the set.
    """
    act, name = form.get("act", ""), form.get("to", "").strip()
    if act not in ACTS:
        raise UsageError(f"there is no change '{act[:40]}'.", todo=did_you_mean(act[:40], ACTS))
    newest = site.labels.set
    id = "" if act == "add" else _id(newest, form.get("label", ""))
    fields: dict[str, Any] = {"id": id}
    if act == "add":
        fields = {"name": name, "parent": _id(newest, form.get("label", ""), optional=True)}
    elif act == "rename":
        fields["name"] = name
    elif act == "move":
        fields["parent"] = _id(newest, name, optional=True)
    elif act == "merge":
        fields = {"ids": (id,), "into": _id(newest, name)}
    elif act == "split":
        fields["names"] = tuple(part.strip() for part in name.split(",") if part.strip())
    return migrations.read({"act": act, **fields})


def _id(newest: LabelSet, text: str, optional: bool = False) -> str:
    """The id of a label that is named by its id, its name or its place in the tree."""
    text = text.strip()
    if (optional and not text) or text in newest.by_id:
        return text
    fits = [id for id, label in newest.active.items() if text in (label.name, newest.shown(id))]
    if len(fits) == 1:
        return fits[0]
    if fits:
        places = ", ".join(newest.shown(id) for id in fits[:5])
        raise InputError(f"several labels are named '{text}'.", expected=f"One of: {places}.")
    return newest.label(text).id
