"""Every look at validation rows: a table that is sorted and paged here, so that ten thousand stay fluid."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.responses import Response

from milepost.steps.search import Findings as Tuned
from milepost.web.forms import Form, sheet
from milepost.web.pages import Ask, Found, Pages, download
from milepost.web.site import Site
from milepost.web.tables import Paging

pages = Pages()
COLUMNS = ("number", "at", "step", "name", "learner", "state", "loss", "folds", "settings")
NUMBERS = ("number", "loss", "folds")


@pages.page("/looks", "looks.html")
def looks(site: Site, ask: Ask) -> Found:
    """Looks at validation rows, a page of them, and how much luck so many bring."""
    every = rows(site)
    chosen = picked(every, ask.query)
    paging = Paging.of(ask.query, len(chosen), COLUMNS, "number")
    return {
        "columns": [{"name": name, "number": name in NUMBERS} for name in COLUMNS],
        "rows": paging.cut(paging.sorted(chosen)),
        "paging": paging,
        "looks": len(every),
        "states": sorted({str(row["state"]) for row in every if row["state"]}),
        "filter": {"text": ask.query.get("text", ""), "state": ask.query.get("state", "")},
        "optimism": optimism(site),
    }


@pages.raw("/looks.csv")
def export(site: Site, ask: Ask) -> Response:
    """All looks that a filter leaves, as CSV."""
    chosen = picked(rows(site), ask.query)
    return download(sheet(COLUMNS, ([row[name] for name in COLUMNS] for row in chosen)), "looks.csv")


def rows(site: Site) -> list[dict[str, Any]]:
    """Every look as a row; those that were read before are remembered, for rows are never changed."""
    number, known = site.kept.get("looks", (0, []))
    fresh = site.project.ledger.rows.select("look", after=number)
    if not fresh:
        return list(known)
    made = [*known, *(_row(len(known) + i, e.at.isoformat(), e.key, e.body) for i, e in enumerate(fresh, 1))]
    site.kept["looks"] = (fresh[-1].id, made)
    return list(made)


def _row(number: int, at: str, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    folds = body.get("folds")
    return {
        "number": number,
        "at": at[:19].replace("T", " "),
        "step": body.get("step", ""),
        "name": name,
        "learner": body.get("learner", ""),
        "state": body.get("state", ""),
        "loss": body.get("loss"),
        "folds": len(folds) if isinstance(folds, list) else folds,
        "settings": json.dumps(body.get("params", {}), ensure_ascii=False)[1:-1],
    }


def picked(every: Sequence[dict[str, Any]], query: Form) -> list[dict[str, Any]]:
    """The looks that a filter leaves: of a state, and holding a text in their name or settings."""
    text, state = query.get("text", "").casefold(), query.get("state", "")
    return [
        row
        for row in every
        if (not state or row["state"] == state)
        and (not text or text in f"{row['step']} {row['name']} {row['settings']}".casefold())
    ]


def optimism(site: Site) -> Mapping[str, Any] | None:
    """What choosing among so many looks is worth, as `tune` found."""
    found: Tuned | None = site.project.found("tune")
    if found is None:
        return None
    names = ("metric", "looks", "effective", "optimism", "corrected", "low", "high")
    return {name: getattr(found, name) for name in names}
