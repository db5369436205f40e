"""Style sheets, scripts and the icon: files that belong to the program, by a list of names."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from fastapi.responses import Response
from starlette.exceptions import HTTPException

from milepost.report.page import style
from milepost.web.pages import Ask, Pages
from milepost.web.site import Site

pages = Pages()
KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
OWN = (
    "web.css", "icon.svg", "label.css", "label.js", "outbox.js", "dom.js", "keys.js", "stage.js",
    "picture.js", "sound.js", "widgets.js", "shapes.js", "brush.js", "review.js", "upload.js", "trials.js",
)  # fmt: skip
HTMX = "vendor/htmx.min.js"
"""Put there by `make install-web`; without it every page works, and is loaded whole instead of in part."""


def htmx() -> bytes | None:
    """htmx, or None where it is not installed."""
    found = files("milepost.web") / "static" / HTMX
    return found.read_bytes() if found.is_file() else None


@lru_cache(maxsize=32)
def content(name: str) -> bytes | None:
    """The bytes of a file by its name, or None where there is none of that name."""
    if name == "htmx.js":
        return htmx()
    if name == "report.css":
        return style().encode()
    if name in OWN:
        return (files("milepost.web") / "static" / name).read_bytes()
    return None


@pages.raw("/static/{name}", "anyone")
def static(site: Site, ask: Ask) -> Response:  # noqa: ARG001
    """A file of the program."""
    name = ask.path["name"]
    found = content(name)
    if found is None:
        raise HTTPException(404)
    kind = KINDS[name[name.rindex(".") :]]
    return Response(found, media_type=kind, headers={"cache-control": "max-age=300"})
