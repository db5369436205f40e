"""The report, as `milepost report` writes it."""

from __future__ import annotations

from fastapi.responses import HTMLResponse, Response

from milepost.digest import digest
from milepost.project.tell import Story, story
from milepost.report.page import page
from milepost.web.pages import Ask, Pages, answer_json
from milepost.web.site import Site

pages = Pages()
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:; form-action 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; sandbox allow-popups"
)
"""One file with its style inside; no script runs in it."""


@pages.raw("/report.json")
def twin(site: Site, ask: Ask) -> Response:  # noqa: ARG001
    """What the report tells, as JSON."""
    return answer_json(vars(told(site)))


@pages.raw("/report")
def report(site: Site, ask: Ask) -> Response:  # noqa: ARG001
    """The report as one HTML file, which can be kept."""
    found = told(site)
    html = page(found.title, found.sections, found.facts, found.promises)
    return HTMLResponse(html, headers={"content-security-policy": POLICY})


def told(site: Site) -> Story:
    """The story of the road as it stands; told anew only where something has changed."""
    project = site.project
    version = digest(project.status().plain(), project.brief.plain(), project.ledger.waivers())
    found: Story = site.remember("report", version, lambda: story(project.road))
    return found
