"""A real browser: pages fit, no foreign script runs, keys and the slider work, a run is watched."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from tests.web.conftest import CHROMIUM, EVIL
from tests.web.test_pages import PAGES

from milepost.labels.labelset import LabelSet
from milepost.store.rows import insert
from milepost.store.stock import NewItem

playwright = pytest.importorskip("playwright.sync_api", reason="the extra [dev] brings Playwright")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")]
Opened = Callable[..., Any]


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """The application on a port of its own, in a thread."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def opened(browser: Any, app: FastAPI, name: str, **look: Any) -> Iterator[Any]:
    """A page of a browser that is signed in, and what it complained of as `page.wrong`."""
    site = app.state.site
    token = site.sessions.begin(name, "link" if site.door.link else "password")
    with listening(app) as address:
        context = browser.new_context(base_url=address, **look)
        context.add_cookies([{"name": site.cookie, "value": token, "url": address}])
        page = context.new_page()
        page.wrong = []
        page.on("dialog", lambda dialog: (page.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.on("console", lambda said: said.type == "error" and page.wrong.append(said.text))
        try:
            yield page
        finally:
            context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), (390, "dark")])
def test_pages_fit_and_complain_of_nothing(browser: Any, open_app: FastAPI, width: int, scheme: str) -> None:
    look = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    with opened(browser, open_app, "owner", **look) as page:
        for path in PAGES:
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
            back = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert back == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(21, 23, 27)")
        assert page.wrong == []


def test_no_script_of_a_project_runs(browser: Any, nasty: FastAPI) -> None:
    with opened(browser, nasty, EVIL) as page:
        for path in PAGES:
            page.goto("/data" if path.startswith("/data?") else path)
        page.goto("/report")
        assert [wrong for wrong in page.wrong if "dialog" in wrong or "Content Security" in wrong] == []


def test_the_slider_moves_by_keys_and_keeps_the_focus(browser: Any, open_app: FastAPI) -> None:
    with opened(browser, open_app, "owner") as page:
        page.goto("/threshold")
        if not open_app.state.htmx:
            pytest.skip("htmx is not installed: make install-web")
        before = page.inner_text("#told")
        page.focus("#point")
        page.keyboard.press("PageUp")
        page.wait_for_function("before => document.querySelector('#told').innerText != before", arg=before)
        assert page.evaluate("document.activeElement.id") == "point"
        assert page.input_value("form.card input[name=value]") != ""
        assert page.wrong == []


def test_a_page_is_reached_and_a_row_is_tried_without_a_mouse(browser: Any, open_app: FastAPI) -> None:
    with opened(browser, open_app, "reviewer") as page:
        page.goto("/road")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.getAttribute('href')") == "/package":
                break
        shown = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert shown == "solid", "who uses keys sees where they are"
        page.keyboard.press("Enter")
        page.wait_for_url("**/package")
        page.focus("#row input")
        page.keyboard.press("Enter")
        page.wait_for_selector("#answer table")
        assert "proba_yes" in page.inner_text("#answer")
        assert page.wrong == []


def test_a_run_is_watched_over_a_reload(browser: Any, young: Any) -> None:
    app = young.client.app
    with opened(browser, app, "ada") as page:
        page.goto("/run")
        page.check("[name=yes]")
        page.select_option("[name=until]", "annotate")
        page.click("#progress button")
        page.wait_for_url("**/run")
        page.reload()
        playwright.expect(page.locator("#progress .reason")).to_contain_text("Done", timeout=60_000)
        assert "annotate: passed" in page.inner_text("[role=log]")
        assert page.wrong == []


def test_labels_are_sent_read_and_written_without_a_mouse(browser: Any, desk: Any, tmp_path: Any) -> None:
    items = [NewItem({"text": f"t{at}"}, key=f"k{at}") for at in range(5)]
    app = desk(LabelSet.start("pets", "choice", ["Cat", "Dog"]), items)
    table = tmp_path / f"{EVIL.replace('/', '')}.csv"
    table.write_text("item,label,person\nk0,Cat,zoe\nk1,Dog,zoe\nk9,Dog,zoe\n")
    with opened(browser, app, "owner") as page:
        page.goto("/transfer")
        page.set_input_files("#upload input", table)
        page.focus("#upload button")
        page.keyboard.press("Enter")
        page.wait_for_url("**/transfer?file=*")
        assert page.input_value("form[action='/transfer/read'] select") == "csv"
        page.focus("form[action='/transfer/read'] button")
        page.keyboard.press("Enter")
        page.wait_for_url("**/transfer?of=*")
        expect = playwright.expect(page.locator("#job .reason"))
        expect.to_contain_text("2 labels of 3 entries count now; 1 are bad.", timeout=240_000)
        page.set_input_files("#upload input", {"name": "x", "mimeType": "text/html", "buffer": b"<html>"})
        page.click("#upload button")
        playwright.expect(page.locator("#said")).to_contain_text("no kind that is read here")
        page.check("input[value=jsonl]")
        page.click("form[action='/transfer/write'] button")
        link = page.locator("a[href^='/transfer/made/']")
        playwright.expect(link).to_be_visible(timeout=240_000)
        with page.expect_download() as got:
            link.click()
        lines = got.value.path().read_text().splitlines()
        assert sum('"zoe"' in line for line in lines) == 2
        assert [wrong for wrong in page.wrong if "400" not in wrong] == []
    app.state.site.transfers.close()


def test_ten_thousand_trials_stay_fluid_and_are_kept_by_keys(browser: Any, owner: Any) -> None:
    rows = owner.site.project.ledger.rows
    with rows.writing() as connection:
        for at in range(10_000):
            params = {f"s{k}": (at * (k + 3)) % 997 for k in range(8)}
            body = {"step": "tune", "learner": "many", "params": params, "loss": 0.5 + (at % 89) / 100}
            insert(connection, "look", f"t{at}", body)
    with opened(browser, owner.client.app, "ada") as page:
        page.goto("/tuning?learner=many")
        page.wait_for_selector("canvas[data-drawn]", timeout=60_000)
        told = page.evaluate("({...document.querySelector('canvas').dataset})")
        assert float(told["longest"]) < 100, f"a slice of the lines holds the page up: {told}"
        assert float(told["drawn"]) < 3_000, told
        page.select_option("#keep select", label="loss")
        page.fill("#keep [name=high]", "0.505")
        page.focus("#keep button")
        page.keyboard.press("Enter")
        playwright.expect(page.locator("#kept")).to_contain_text("113 of 10,000 trials are kept")
        assert page.locator("#best tbody tr").count() == 10
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        playwright.expect(page.locator("#kept")).to_contain_text("The best trials")
        assert page.wrong == []
