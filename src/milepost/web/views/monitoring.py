"""What production does: the chapters of `monitor` and `renew`, and how to look again."""

from __future__ import annotations

from milepost.project.tell import chapter
from milepost.web.pages import Ask, Found, Pages
from milepost.web.site import Site

pages = Pages()


@pages.page("/monitoring", "monitoring.html")
def monitoring(site: Site, ask: Ask) -> Found:  # noqa: ARG001
    """The mileposts past the road's end, as they stand."""
    project = site.project
    status = project.status()
    sections = [chapter(project.road, mile) for mile in status.beyond]
    logged = project.folder / "requests"
    return {
        "done": status.done,
        "generation": status.generation,
        "logged": logged.is_dir() and any(logged.iterdir()),
        "sections": sections,
        "blocks": tuple(block for section in sections for block in section.blocks),
    }
