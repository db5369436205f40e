"""How a page comes about: one function makes a plain dictionary, of which HTML, JSON and CSV are made."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from milepost.errors import MilepostError, UsageError
from milepost.report import blocks as b
from milepost.report.numbers import numbers
from milepost.report.svg import draw
from milepost.web.access import Need, Person, Stranger
from milepost.web.forms import Form, sheet
from milepost.web.menu import ABOVE, menu
from milepost.web.plainly import plainly
from milepost.web.seat import kept, seated, tabs
from milepost.web.seat import query as query_of
from milepost.web.sessions import proof, proven
from milepost.web.site import Site

PROOF = "x-milepost-proof"
"""The header in which a script carries the proof of its session."""
Found: TypeAlias = dict[str, Any]
"""What a page shows. `blocks` are drawn as in the report, and the charts among them are given as CSV too."""


@dataclass(frozen=True)
class Ask:
    """A request for a page.

    Args:
        person: who asks.
        path: the parts of the path that vary.
        query: what stands after the question mark.
        request: all of it.
    """

    person: Person
    path: Mapping[str, str]
    query: Form
    request: Request

    @property
    def address(self) -> str:
        """Where the request came from."""
        return self.request.client.host if self.request.client else ""


@dataclass(frozen=True)
class Again:
    """A form that is shown again with what was filled in, since it could not be taken."""

    template: str
    found: Found
    status: int = 400


View: TypeAlias = Callable[[Site, Ask], Found]
Change: TypeAlias = Callable[[Site, Ask, Form], "str | Again | Response"]
Raw: TypeAlias = Callable[[Site, Ask], Response]
Act: TypeAlias = Callable[[Site, Ask, Mapping[str, Any]], Found]
Question: TypeAlias = Callable[[Site, bytes], Response]
Stream: TypeAlias = Callable[[Site, Ask, AsyncIterator[bytes]], Awaitable[Found]]


class Pages:
    """The pages of one subject; each is added with the role that may see it, and cannot be added without.

    Args:
        columns: whether they are about the labels of one column, which `?column=` names.
    """

    def __init__(self, columns: bool = False) -> None:
        self.router, self._columns = APIRouter(), columns

    def page(self, path: str, template: str, role: str = "reviewer") -> Callable[[View], View]:
        """Adds a page, its twin at `path.json`, and its charts at `path/chart/N.csv`."""

        def add(view: View) -> View:
            def found(request: Request) -> Found:
                site, ask = self._site(request), asked(request)
                return {**(tabs(site, ask.person) if self._columns else {}), **view(site, ask)}

            def twin(request: Request) -> Response:
                return answer_json(found(request))

            def chart(request: Request) -> Response:
                return _csv(found(request), asked(request).path["chart"])

            def html(request: Request) -> Response:
                return render(request, template, found(request))

            for route, call in ((f"{path}.json", twin), (f"{path}/chart/{{chart}}.csv", chart), (path, html)):
                self._add(route, role, call, "GET")
            return view

        return add

    def change(self, path: str, role: str = "owner") -> Callable[[Change], Change]:
        """Adds what a form does; it is noted in the audit first, and says where to go afterwards."""

        def add(change: Change) -> Change:
            async def act(request: Request) -> Response:
                form = Form.of(await request.body(), request.headers.get("content-type", ""))
                return await run_in_threadpool(_act, self, request, change, form)

            self._add(path, role, act, "POST")
            return change

        return add

    def raw(self, path: str, role: str = "reviewer") -> Callable[[Raw], Raw]:
        """Adds something that is no page: a file, a report."""

        def add(raw: Raw) -> Raw:
            self._add(path, role, lambda request: raw(self._site(request), asked(request)), "GET")
            return raw

        return add

    def question(self, path: str, role: str = "reviewer") -> Callable[[Question], Question]:
        """Adds something that answers JSON and changes nothing, so that it needs no proof and no audit.

        A page from elsewhere cannot ask it: a browser sends JSON there only where this server agrees.
        """

        def add(question: Question) -> Question:
            async def answer(request: Request) -> Response:
                if request.headers.get("content-type", "").partition(";")[0] != "application/json":
                    raise UsageError("the body is no JSON.", expected="Content-Type: application/json.")
                body = await request.body()
                return await run_in_threadpool(question, request.app.state.site, body)

            self._add(path, role, answer, "POST")
            return question

        return add

    def act(self, path: str, role: str = "labeller") -> Callable[[Act], Act]:
        """Adds something that a script of a page asks for, JSON in and out, many times an hour.

        It carries the proof of its session in a header. What it does must have a journal of its own, as
        labels have, since the audit does not note it.
        """

        def add(act: Act) -> Act:
            async def answer(request: Request) -> Response:
                body = await request.body()
                return await run_in_threadpool(_acted, self._site, request, act, body)

            self._add(path, role, answer, "POST")
            return act

        return add

    def stream(self, path: str, role: str = "owner") -> Callable[[Stream], Stream]:
        """Adds something that takes a file as it comes, with the proof of its session in a header.

        The proof is looked at, and the audit written, before the first byte is read.
        """

        def add(stream: Stream) -> Stream:
            async def answer(request: Request) -> Response:
                site, ask = request.app.state.site, asked(request)
                _own(request)
                said = {"address": ask.address, **dict(ask.query)}
                await run_in_threadpool(site.audit, ask.person, path, said)
                return answer_json(await stream(site, ask, request.stream()))

            self._add(path, role, answer, "POST")
            return stream

        return add

    def _site(self, request: Request) -> Site:
        return seated(request) if self._columns else request.app.state.site

    def _add(self, path: str, role: str, call: Callable[..., Any], method: str) -> None:
        call.__annotations__ = {"request": Request, "return": Response}
        self.router.add_api_route(
            path, call, methods=[method], dependencies=[Depends(Need(role))], response_model=None
        )


def asked(request: Request) -> Ask:
    """The request as pages see it."""
    query = Form(request.query_params.multi_items())
    return Ask(request.state.person, request.path_params, query, request)


def render(request: Request, template: str, found: Found, status: int = 200) -> HTMLResponse:
    """Draws a page of what was found."""
    site: Site = request.app.state.site
    person = getattr(request.state, "person", Person("", "anyone"))
    numbered = {id(chart): i for i, chart in enumerate(b.charts(found.get("blocks", ())))}
    path, query = request.url.path, urlencode(request.query_params.multi_items())
    asking = f"?{query}" if query else ""
    link = request.app.state.templates.get_template("chart.html").module.csv

    def source(chart: b.Chart) -> Any:
        place = numbered.get(id(chart))
        empty = place is None or not numbers(chart)[1]
        return "" if empty else link(f"{path}/chart/{place}.csv{asking}")

    around = {
        "title": site.title,
        "person": person,
        "csrf": proof(person.token),
        "path": path,
        "at": ABOVE.get(path, path),
        "menu": menu(person) if site.begun else {},
        "twin": f"{path}.json{asking}",
        "htmx": request.app.state.htmx,
        "running": person.may("reviewer") and (last := site.runs.last()) is not None and last.going,
        "picture": lambda chart: draw([chart])[0],
        "source": source,
        "of": query_of(str(found.get("column", ""))),
        "also": query_of(str(found.get("column", "")), "&"),
    }
    shown = request.app.state.templates.get_template(template).render({**around, **found})
    return HTMLResponse(shown, status_code=status)


def answer_json(found: Any, status: int = 200) -> Response:
    """The same as JSON."""
    text = json.dumps(plainly(found), ensure_ascii=False, allow_nan=False)
    return Response(text, status_code=status, media_type="application/json")


def download(text: str, name: str) -> Response:
    """A table as a file."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _csv(found: Found, number: str) -> Response:
    shown = b.charts(found.get("blocks", ()))
    if not number.isdigit() or int(number) >= len(shown):
        raise UsageError(f"there is no chart {number[:20]}.", expected=f"0 to {len(shown) - 1}.")
    return download(sheet(*numbers(shown[int(number)])), f"chart-{number}.csv")


def _own(request: Request) -> None:
    if not proven(request.state.person.token, request.headers.get(PROOF, "")):
        raise Stranger("the request is not from this session.", todo="Load the page again.")


def _acted(site: Callable[[Request], Site], request: Request, act: Act, body: bytes) -> Response:
    """Does what a script asks for, with the proof of its session."""
    _own(request)
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise UsageError("the body is no JSON.") from problem
    if not isinstance(said, dict):
        raise UsageError("the body is no JSON object.")
    return answer_json(act(site(request), asked(request), said))


def _act(pages: Pages, request: Request, change: Change, form: Form) -> Response:
    """Makes a change: proof, audit, change; a refusal is noted too."""
    site, ask = pages._site(request), asked(request)
    if not proven(ask.person.token, form.get("csrf", "")):
        raise UsageError(
            "the form is not from this session.", expected="Each form carries a proof of it.",
            todo="Load the page again, and send it once more.",
        )  # fmt: skip
    path, known = request.url.path, ask.person.role != "anyone"  # a stranger's is noted by what it asks for
    if known:
        site.audit(ask.person, path, {"address": ask.address, "form": form.told()})
    try:
        done = change(site, ask, form)
    except MilepostError as problem:
        if known:
            site.audit(ask.person, path, {"refused": str(problem)})
        raise
    if isinstance(done, Again):
        site.audit(ask.person, path, {"refused": str(done.found.get("problem", ""))})
        around = tabs(site, ask.person) if pages._columns else {}
        return render(request, done.template, {**around, **done.found}, done.status)
    return done if isinstance(done, Response) else RedirectResponse(kept(done, site.column), status_code=303)
