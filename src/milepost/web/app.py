"""The application: every page in its place, errors as pages, the guard around it all."""

from __future__ import annotations

import sys
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from milepost.errors import EnvironmentProblem, GateFailed, MilepostError, Sealed, Waits
from milepost.labels.people import Forbidden
from milepost.report.page import environment
from milepost.web.access import Denied, Stranger
from milepost.web.guard import Guard
from milepost.web.pages import PROOF, answer_json, render
from milepost.web.site import Door, Site, Unframed
from milepost.web.views import (
    agreement,
    ahead,
    ask,
    audit,
    begin,
    brief,
    data,
    door,
    doubts,
    explore,
    failures,
    find,
    label,
    labelset,
    looks,
    monitoring,
    package,
    people,
    queues,
    report,
    review,
    road,
    rules,
    run,
    static,
    steps,
    threshold,
    transfer,
    tuning,
    worth,
)

VIEWS = (
    door, static, road, run, steps, brief, data, looks, threshold, failures, report, package, monitoring,
    people, audit, begin, ask, label, queues, review, labelset, agreement, rules, transfer, explore, tuning,
    ahead, find, doubts, worth,
)  # fmt: skip
STATUS: tuple[tuple[type[MilepostError], int], ...] = (
    (Stranger, 401),
    (Denied, 403),
    (Forbidden, 403),
    (Sealed, 403),
    (GateFailed, 409),
    (Unframed, 409),
    (Waits, 409),
    (EnvironmentProblem, 503),
)
"""HTTP statuses of errors; of all others it is 400."""
ELSEWHERE: dict[type[Exception], str] = {Stranger: "/login", Unframed: "/begin"}
"""Where a person is led instead of to an error."""


def create(folder: str | Path, way: Door | None = None) -> FastAPI:
    """The application of one project, or of a folder in which one is begun.

    Args:
        folder: the project's.
        way: how people come in; left out: by a link nobody knows.

    Raises:
        BriefError: the project's brief says something that cannot be.
    """
    site = Site(Path(folder), way or Door())
    app = FastAPI(title="milepost", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_life)
    app.state.site = site
    app.state.templates = templates()
    app.state.htmx = static.htmx() is not None
    for view in VIEWS:
        app.include_router(view.pages.router)
    app.add_exception_handler(MilepostError, _refused)
    app.add_exception_handler(HTTPException, _missing)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _broken)
    app.add_middleware(Guard, names=site.door.names)
    return app


@lru_cache(maxsize=1)
def templates() -> Any:
    """What draws the pages: own templates, and the report's for chapters."""
    return environment(__package__)


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.site.runs.close()
    app.state.site.transfers.close()


async def _refused(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, MilepostError)
    if type(problem) in ELSEWHERE and not _data(request) and request.method == "GET":
        return RedirectResponse(ELSEWHERE[type(problem)], status_code=303)
    status = next((code for kind, code in STATUS if isinstance(problem, kind)), 400)
    said = {"what": problem.what, "expected": problem.expected, "todo": problem.todo}
    return _tell(request, {"kind": type(problem).__name__, **said}, status)


async def _missing(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    what = "There is no such page." if problem.status_code == 404 else str(problem.detail)
    return _tell(request, {"kind": "HTTP", "what": what, "expected": "", "todo": ""}, problem.status_code)


async def _gone(request: Request, problem: Exception) -> Response:  # noqa: ARG001
    """Nobody is there any more to read an answer: the page was left, or the connection broke."""
    return Response(status_code=400)


async def _broken(request: Request, problem: Exception) -> Response:
    traceback.print_exception(problem, file=sys.stderr)
    what = "A fault of milepost, not yours. Nothing that was recorded is lost."
    return _tell(request, {"kind": "Fault", "what": what, "expected": "", "todo": ""}, 500)


def _tell(request: Request, said: dict[str, str], status: int) -> Response:
    if _data(request):
        return answer_json({"error": said, "code": status}, status)
    return render(request, "error.html", {"problem": said, "status": status}, status)


def _data(request: Request) -> bool:
    """Whether a program asks, which reads no page."""
    return request.url.path.endswith((".json", ".csv", "/predict")) or PROOF in request.headers
