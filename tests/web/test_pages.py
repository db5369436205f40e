"""One dictionary, three forms: HTML, JSON and CSV; and what happens to a form before it counts."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi import FastAPI

from milepost.web.site import AUDIT

PAGES = [
    "/road", "/run", "/brief", "/data", "/data?column=age", "/looks", "/threshold", "/failures", "/package",
    "/monitoring", "/people", "/audit", "/me", "/label", "/queues", "/review", "/labels", "/agreement",
    "/rules", "/transfer", "/ask", "/ask?who=crowd&price=0.05&people=8",
    "/next", "/find", "/find?most=5", "/doubts", "/worth",
    "/map", "/map?by=fold", "/sheets", "/tuning",
    "/steps/frame", "/steps/understand", "/steps/baseline",
    "/steps/tune", "/steps/final", "/steps/explain", "/steps/ship", "/steps/monitor", "/steps/renew",
]  # fmt: skip
FORMS = (
    "/answer",
    "/waive",
    "/run",
    "/brief",
    "/threshold",
    "/people",
    "/people/change",
    "/steps/tune",
    "/me",
    "/labels/plan",
    "/labels/apply",
    "/labels/guidelines",
    "/rules",
    "/rules/plan",
    "/transfer/drop",
    "/transfer/read",
    "/transfer/ask",
    "/transfer/write",
    "/transfer/stop",
    "/queues/undo",
    "/agreement/review",
    "/ask",
    "/next/choose",
    "/next/put",
    "/find/plan",
    "/find/label",
    "/find/back",
    "/doubts",
)


class Page(HTMLParser):
    """Collects what a page fetches and runs, what it labels, and where its forms go."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.proofs, self.posts, self.labels = 0, 0, 0
        self._label = False
        self.bare: list[dict[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        self.tags.append((tag, held))
        if tag == "label":
            self._label = True
        if tag in ("input", "select", "textarea") and held.get("type") != "hidden" and not self._label:
            self.bare.append(held)
        self.posts += tag == "form" and held.get("method") == "post" and held.get("id") != "row"
        self.proofs += held.get("name") == "csrf"

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._label = False


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_a_twin_of_the_same_facts_and_its_charts_as_csv(
    reader: Callable[..., Any], path: str
) -> None:
    visitor = reader("owner")
    page, (name, _, query) = visitor.get(path), path.partition("?")
    assert page.status_code == 200
    twin = visitor.json(f"{name}.json?{query}")
    links = [held["href"] for tag, held in Page(page.text).tags if held.get("class") == "csv"]
    for link in links:
        answer = visitor.get(link)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/csv")
        assert len(answer.text.splitlines()) > 1, link

    def charts(value: Any) -> int:
        if isinstance(value, list):
            return sum(map(charts, value))
        if not isinstance(value, dict):
            return 0
        if value.get("block") == "chart":
            return 1
        return sum(map(charts, value.values()))

    drawn = page.text.count('class="chart"')
    assert charts(twin.get("blocks", [])) == drawn == len(links)
    past = visitor.get(f"{name}/chart/{drawn}.csv?{query}")
    assert past.status_code == 400
    assert past.json()["error"]["what"] == f"there is no chart {drawn}."


@pytest.mark.parametrize("path", [*PAGES, "/login"])
def test_a_page_runs_own_files_only_and_every_field_has_a_name(reader: Callable[..., Any], path: str) -> None:
    page = Page(reader("" if path == "/login" else "owner").get(path).text)
    for tag, held in page.tags:
        assert not [name for name in held if name.startswith("on")], held
        if tag == "script":
            assert held["src"].startswith("/static/") or held["src"] == "/package/try.js"
        assert tag not in ("style", "iframe", "object", "embed", "base")
        for name in ("src", "href", "action"):
            assert held.get(name, "/").startswith(("/", "?", "#", "data:")), held
    named = {held.get("for") for tag, held in page.tags if tag == "label"}
    for held in page.bare:
        assert held.get("aria-label") or held.get("id") in named, f"{held} on {path} has no label"
    assert page.posts == page.proofs, "every form that changes something carries a proof"


@pytest.mark.parametrize("path", FORMS)
def test_a_form_without_the_session_s_proof_changes_nothing(owner: Any, path: str) -> None:
    rows = owner.site.project.ledger.rows
    before = len(rows.select(AUDIT)), owner.site.project.settings(), owner.site.project.ledger.answers()
    for csrf in ("", "0" * 64, "é"):
        answer = owner.post(path, csrf=csrf, name="x", value="1", role="owner", password="1234567890")
        assert answer.status_code == 400
        assert "the form is not from this session." in answer.text
    after = len(rows.select(AUDIT)), owner.site.project.settings(), owner.site.project.ledger.answers()
    assert before == after
    assert owner.site.runs.last() is None


def test_a_change_and_its_refusal_are_in_the_audit(owner: Any) -> None:
    assert owner.post("/answer", question="explain.threshold", value="0.25").status_code == 303
    assert owner.post("/answer", question="no.such", value="1").status_code == 400
    done, asked, refused = owner.site.project.ledger.rows.select(AUDIT)
    assert done.body["form"] == {"question": "explain.threshold", "value": "0.25"}
    assert (done.key, done.body["by"], done.body["role"]) == ("/answer", "ada", "owner")
    assert asked.body["form"]["question"] == "no.such"
    assert refused.body["refused"].startswith("no question 'no.such' waits.")
    assert "0.25" in owner.get("/audit").text


def test_scripts_and_formulas_in_a_project_stay_texts(nasty: FastAPI) -> None:
    from tests.web.conftest import EVIL, visitor

    evil = visitor(nasty, EVIL)
    shown = 0
    for path in [
        *PAGES,
        "/report",
        f"/steps/{EVIL}",
        f"/data?where={EVIL}&how=is&value=1",
        f"/looks?text={EVIL}",
    ]:
        path = "/data" if path == "/data?column=age" else path
        answer = evil.get(path)
        shown += "&lt;script&gt;alert(1)" in answer.text
        assert "<script>alert" not in answer.text, path
        assert answer.headers["content-type"].startswith("text/html")
        page = Page(answer.text)
        assert {held.get("src") for tag, held in page.tags if tag == "script"} <= {
            "/static/htmx.js",
            "/package/try.js",
            "/static/upload.js",
            "/static/trials.js",
        }
    assert shown > 20
    chart = evil.client.get("/data", params={"column": f"y{EVIL}"})
    assert "<script>alert" not in chart.text
    assert 'class="chart"' in chart.text
    for link in ("/data.csv", "/looks.csv"):
        for line in evil.get(link).text.splitlines():
            assert not any(cell.strip('"').startswith(("=", "@")) for cell in line.split(",")), line
    assert "'=cmd" in evil.get("/data.csv").text
    assert "'=HYPERLINK" in evil.get("/data.csv").text
