"""The audit: a row for every change that somebody asked for on these pages."""

from __future__ import annotations

import json

from milepost.web.pages import Ask, Found, Pages
from milepost.web.site import AUDIT, Site
from milepost.web.tables import Paging

pages = Pages()
COLUMNS = ("number", "at", "by", "role", "path", "what")


@pages.page("/audit", "audit.html", "owner")
def audit(site: Site, ask: Ask) -> Found:
    """Who asked for which change, newest first."""
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
        for entry in reversed(site.project.ledger.rows.select(AUDIT))
    ]
    paging = Paging.of(ask.query, len(rows), COLUMNS)
    return {"columns": COLUMNS, "rows": paging.cut(paging.sorted(rows)), "paging": paging}
