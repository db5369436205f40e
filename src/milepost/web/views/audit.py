"""The audit: a row for every change that somebody asked for on these pages."""

from __future__ import annotations

import json

from milepost.web.pages import Ask, Found, Pages
from milepost.web.site import AUDIT, Site
from milepost.web.tables import Paging

pages = Pages()
COLUMNS = ("number", "at", "by", "role", "path", "what")
SORTED = COLUMNS[:-1]
"""Columns that the table is sorted by, in the database: only the rows that are shown are read."""


@pages.page("/audit", "audit.html", "owner")
def audit(site: Site, ask: Ask) -> Found:
    """Who asked for which change, newest first."""
    log = site.project.ledger.rows
    paging = Paging.of(ask.query, log.count(AUDIT), SORTED)
    by = {"number": "", "at": "", "path": "key"}.get(paging.sort, paging.sort)
    rows = [
        {
            "number": entry.id,
            "at": entry.at.isoformat()[:19].replace("T", " "),
            "by": entry.body.get("by", ""),
            "role": entry.body.get("role", ""),
            "path": entry.key,
            "what": f"refused: {entry.body['refused']}"
            if "refused" in entry.body
            else json.dumps(entry.body.get("form", {}), ensure_ascii=False),
        }
        for entry in log.page(AUDIT, paging.start, paging.size, by, paging.down or not paging.sort)
    ]
    return {"columns": COLUMNS, "sorted": SORTED, "rows": rows, "paging": paging}
