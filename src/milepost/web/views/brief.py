"""The brief as a form: every key with what it means, checked as the file is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from milepost.brief import FILE, Brief, ColumnBrief
from milepost.brief.toml import inferred
from milepost.errors import BriefError
from milepost.modalities.base import modalities
from milepost.web.forms import Form
from milepost.web.pages import Again, Ask, Found, Pages
from milepost.web.site import Site

pages = Pages()
LONG = ("question", "why", "for_whom", "origin", "absent", "because", "privacy", "licence")
"""Keys that hold a sentence."""


@pages.page("/brief", "brief.html")
def brief(site: Site, ask: Ask) -> Found:
    """Every table and key of milepost.toml, with its value, its meaning and why it was guessed."""
    return shown(site, ask, site.project.brief)


def shown(site: Site, ask: Ask, brief: Brief, given: Form | None = None) -> Found:
    """What the form shows: a brief, or what was filled in and could not be taken.

    Secrets in the addresses of databases are shown to owners only, who may change them.
    """
    text = (site.folder / FILE).read_text(encoding="utf-8-sig")
    notes = inferred(text)
    tables: list[dict[str, Any]] = []
    for name in brief.sections():
        table = getattr(brief, name)
        if isinstance(table, BaseModel):
            tables.append(
                {
                    "name": name,
                    "says": (type(table).__doc__ or "").strip().splitlines()[0],
                    "keys": [
                        _key(f"{name}.{key}", field, getattr(table, key), notes, given)
                        for key, field in type(table).model_fields.items()
                    ],
                }
            )
    if not ask.person.may("owner"):
        for key in (key for table in tables for key in table["keys"]):
            key["value"] = masked(str(key["value"]))
    return {
        "file": FILE,
        "tables": tables,
        "columns": _columns(site, brief, given),
        "roles": list(get_args(ColumnBrief.model_fields["role"].annotation)),
        "modalities": ["", *modalities],
        "stamp": _stamp(site),
        "writable": ask.person.may("owner"),
    }


def _key(
    path: str, field: FieldInfo, value: Any, notes: Mapping[str, str], given: Form | None
) -> dict[str, Any]:
    """One key as a field of the form."""
    kind = _kind(field)
    name = path.partition(".")[2]
    default = field.get_default(call_default_factory=True)
    text = spelled(value, kind)
    return {
        "path": path,
        "name": name,
        "says": field.description or "",
        "why": notes.get(path, ""),
        "kind": "long" if kind == "text" and name in LONG else kind,
        "value": given.get(path, text) if given is not None else text,
        "default": spelled(default, kind),
        "options": list(_options(field)),
    }


def _kind(field: FieldInfo) -> str:
    """How a key is filled in: "choice", "list", "table", "bool", "number" or "text"."""
    hint = field.annotation
    if _options(field):
        return "choice"
    if get_origin(hint) is tuple:
        return "list"
    if get_origin(hint) is dict:
        return "table"
    if hint is bool:
        return "bool"
    parts = {hint, *get_args(hint), *(inner for part in get_args(hint) for inner in get_args(part))}
    return "number" if parts & {int, float} else "text"


def _options(field: FieldInfo) -> tuple[str, ...]:
    return get_args(field.annotation) if get_origin(field.annotation) is Literal else ()


def spelled(value: Any, kind: str) -> str:
    """A value as a form shows it: a name a line, tables as JSON.

    >>> spelled(("a", "b"), "list"), spelled(None, "number"), spelled(120.0, "number")
    ('a\\nb', '', '120')
    """
    if value is None:
        return ""
    if kind == "list":
        return "\n".join(value)
    if kind == "table":
        return json.dumps(value, ensure_ascii=False) if value else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) and value == round(value, 5) else str(value)


def meant(text: str, kind: str, default: Any) -> Any:
    """A field's text as the file would hold it; what cannot be read stays a text, which the brief refuses.

    >>> meant("a\\r\\nb", "list", ()), meant("", "number", 7), meant("2m", "number", 7)
    (['a', 'b'], 7, '2m')
    """
    text = text.replace("\r\n", "\n").strip()
    if kind == "list":
        return [line.strip() for line in text.split("\n") if line.strip()]
    if kind == "bool":
        return {"yes": True, "no": False}.get(text, text)
    if not text:
        return default
    if kind == "number":
        for read in (int, float):
            try:
                return read(text)
            except ValueError:
                continue
    if kind == "table":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def masked(text: str) -> str:
    """An address without its password.

    >>> masked("postgresql://ada:secret@host/db"), masked("rows.csv")
    ('postgresql://ada:***@host/db', 'rows.csv')
    """
    try:
        password = urlsplit(text).password if "://" in text else None
    except ValueError:
        return text
    return text.replace(f":{password}@", ":***@", 1) if password else text


def _columns(site: Site, brief: Brief, given: Form | None) -> list[dict[str, Any]]:
    """Every column that is known of, with what the brief says of it."""
    framed = site.project.ledger.last("frame")
    seen = [*(framed.findings.get("inputs", ()) if framed else ())]
    names = dict.fromkeys([*seen, *brief.columns])
    rows = []
    for name in names:
        said = brief.columns.get(name, ColumnBrief())
        row = {
            "name": name,
            "role": said.role,
            "modality": said.modality,
            "available": spelled(said.available, "bool"),
            "because": said.because,
        }
        if given is not None:
            row = {k: v if k == "name" else given.get(f"columns/{name}/{k}", v) for k, v in row.items()}
        rows.append(row)
    return rows


@pages.change("/brief")
def save(site: Site, ask: Ask, form: Form) -> str | Again:
    """Writes the brief where it is fine; else the form comes back with what is wrong."""
    before = site.project.brief
    try:
        if form.get("stamp") != _stamp(site):
            raise BriefError(
                f"{FILE} has changed since this form was loaded.",
                todo="Look at what is there now, and make your changes again.",
            )
        made = Brief.of(content(before, form), FILE)
        made.contained(site.folder)
    except BriefError as problem:
        return Again("brief.html", {**shown(site, ask, before, form), "problem": str(problem)})
    before_it = (site.folder / FILE).read_text(encoding="utf-8-sig")
    site.audit(ask.person, "milepost.toml", {"before": before_it})
    try:
        made.edit(site.folder)
    except BriefError as problem:
        return Again("brief.html", {**shown(site, ask, before, form), "problem": str(problem)})
    return "/brief"


def content(before: Brief, form: Form) -> dict[str, Any]:
    """The brief that a form describes, as plain content; keys that it does not hold stay as they are."""
    found = before.plain()
    for name in before.sections():
        table = getattr(before, name)
        if isinstance(table, BaseModel):
            for key, field in type(table).model_fields.items():
                path = f"{name}.{key}"
                if path in form:
                    default = field.get_default(call_default_factory=True)
                    found[name][key] = meant(form[path], _kind(field), default)
    columns: dict[str, dict[str, Any]] = {}
    for path, text in form.items():
        if path.startswith("columns/"):
            name, _, key = path.removeprefix("columns/").rpartition("/")
            kind = "bool" if key == "available" else "text"
            columns.setdefault(name, {})[key] = meant(text, kind, "")
    blank = ColumnBrief().model_dump()
    shown = [(name, {**found["columns"].get(name, {}), **said}) for name, said in columns.items()]
    found["columns"] = {
        **{name: said for name, said in found["columns"].items() if name not in columns},
        **{name: said for name, said in shown if said != {k: blank.get(k) for k in said}},
    }
    return found


def _stamp(site: Site) -> str:
    return hashlib.sha256((site.folder / FILE).read_bytes()).hexdigest()
