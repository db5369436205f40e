"""The package: what it is, what was promised of it, and a form on which a row can be tried."""

from __future__ import annotations

from fastapi.responses import Response

from milepost.errors import UsageError
from milepost.serving import trial
from milepost.serving.answer import Answerer
from milepost.serving.codec import decode, encode
from milepost.serving.native import rows_of
from milepost.shipping.manifest import open_package
from milepost.shipping.wire import Refused
from milepost.web.pages import Ask, Found, Pages
from milepost.web.site import Site

pages = Pages()
ROWS = 100
"""Rows that a page asks about at once."""


@pages.page("/package", "package.html")
def package(site: Site, ask: Ask) -> Found:  # noqa: ARG001
    """The package's manifest in words, and the fields of a row to try."""
    answerer = opened(site)
    if answerer is None:
        return {"ready": False, "why": "The milepost 'ship' builds the package; it has not been reached."}
    made = answerer.manifest
    return {
        "ready": True,
        "why": "",
        "name": made.name,
        "version": made.version,
        "created": made.created,
        "milepost": made.milepost,
        "task": made.task,
        "columns": made.columns,
        "threshold": made.threshold,
        "measured": made.measured,
        "golden": made.golden,
        "promise": made.expectations.get("sentence", ""),
        "stale": site.project.status().miles[-1].state not in ("passed", "noted", "waived"),
        "form": trial.fields(made),
    }


@pages.raw("/package/try.js")
def script(site: Site, ask: Ask) -> Response:  # noqa: ARG001
    """The script of the form, the one that a package's own server has."""
    return Response(trial.SCRIPT, media_type="text/javascript; charset=utf-8")


@pages.question("/package/predict")
def predict(site: Site, body: bytes) -> Response:
    """Answers rows as the server would, from JSON; it changes nothing and nothing is logged."""
    answerer = opened(site)
    if answerer is None:
        raise UsageError("there is no package yet.", todo="Run the road as far as 'ship'.")
    try:
        rows = rows_of(decode(body), answerer)
        return Response(encode({"answers": answerer.answer(rows)}), media_type="application/json")
    except Refused as problem:
        said = {"what": str(problem), "expected": ""}
        return Response(encode({"error": said}), status_code=400, media_type="application/json")


def opened(site: Site) -> Answerer | None:
    """The shipped package, ready to answer, or None."""
    folder = site.folder / "package"
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        return None
    stamp = manifest.stat()
    version = f"{stamp.st_mtime_ns} {stamp.st_size}"
    found: Answerer = site.remember("package", version, lambda: Answerer(open_package(folder), ROWS))
    return found
