"""How the model fails: its most surprising mistakes on development rows, out of fold."""

from __future__ import annotations

from milepost.project.tell import onlooker
from milepost.report.blocks import Block
from milepost.steps.chapter import fails
from milepost.steps.doubts import blocks as doubtful
from milepost.steps.insight import Findings
from milepost.web.pages import Ask, Found, Pages
from milepost.web.site import Site

pages = Pages()


@pages.page("/failures", "chapter.html")
def failures(site: Site, ask: Ask) -> Found:  # noqa: ARG001
    """Failures and labels that are probably wrong, as `explain` found them."""
    work = onlooker(site.project.road, "failures")
    blocks: tuple[Block, ...] = ()
    why = "The milepost 'explain' looks for failures; it has not been reached."
    if work.has("explain"):
        found, why = work.found("explain", Findings), ""
        blocks = (*fails(found), *doubtful(found.doubts))
    return {"head": "Failures", "why": why, "blocks": blocks}
