"""50 more hours: label or tune? The learning curve, what a label takes and costs, and which is worth more."""

from __future__ import annotations

from milepost.errors import UsageError
from milepost.web.beside import steering
from milepost.web.pages import Ask, Found, Pages
from milepost.web.site import Site

pages = Pages()
TOO_FEW = "There is no learning curve yet: it takes 60 labels, or the road as far as 'overfit'."


@pages.page("/worth", "worth.html")
def worth(site: Site, ask: Ask) -> Found:
    """The curve with its interval, and the sentence that says which is worth more and how sure that is."""
    try:
        found = steering(site, ask.person).worth()
    except UsageError as problem:
        return {"ready": False, "why": str(problem), "blocks": ()}
    if found is None:
        return {"ready": False, "why": TOO_FEW, "blocks": ()}
    return {
        "ready": True,
        "says": found.says,
        "choice": found.choice,
        "sure": found.sure,
        "measured": found.measured.source,
        "loss": found.measured.loss,
        "now": found.now,
        "rows": found.rows,
        "seconds": found.seconds,
        "price": found.price,
        "unit": found.unit,
        "labels": found.labels,
        "tuning": found.tuning,
        "blocks": (found.chart(),),
    }
