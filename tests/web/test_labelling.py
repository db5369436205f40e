"""A real browser labels: fifty pictures by keys, a dispute settled, a killed server, a broken connection."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image, ImageDraw
from tests.web.conftest import CHROMIUM, Desk
from tests.web.test_browser import opened

from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.labels.migrations import Split
from milepost.store.audit import Audit
from milepost.store.stock import NewItem

playwright = pytest.importorskip("playwright.sync_api", reason="the extra [dev] brings Playwright")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")]
PETS = LabelSet.start("pets", "choice", ["Cat", "Dog", "Bird"])
READY = "#work[data-item]:not([data-item=''])"
STOPWATCH = """
  window.took = [];
  addEventListener('keydown', event => {
    if (event.key === 'Enter') window.pressed = performance.now()
  }, true);
  addEventListener('DOMContentLoaded', () => new MutationObserver(async () => {
    const began = window.pressed, shown = document.querySelector('#item img');
    if (!began || !shown) return;
    await shown.decode();
    requestAnimationFrame(() => requestAnimationFrame(() => window.took.push(performance.now() - began)));
  }).observe(document.getElementById('work'), { attributeFilter: ['data-item'] }));
"""
"""Milliseconds from the key to the frame after the one that holds the next picture."""


def photo(number: int) -> bytes:
    rng, out = np.random.default_rng(number), io.BytesIO()
    made = Image.new("RGB", (640, 480), tuple(int(v) for v in rng.integers(120, 230, 3)))
    for x, y, size in rng.integers(20, 300, (4, 3)):
        ImageDraw.Draw(made).ellipse(
            [x, y, x + size, y + size], tuple(int(v) for v in rng.integers(0, 255, 3))
        )
    made.save(out, "JPEG")
    return out.getvalue()


def gallery(desk: Desk, count: int, **rules: Any) -> FastAPI:
    """A project with pictures to label."""
    from milepost.digest import digest_bytes

    photos = [photo(i) for i in range(count)]
    app = desk(PETS, [NewItem({"photo": f"image:{digest_bytes(data)}"}) for data in photos], **rules)
    for data in photos:
        app.state.site.project.blobs.put(data)
    return app


def label(page: Any, keys: list[str], pause: float = 0.15) -> None:
    """Answers an item a key, as soon as it is there."""
    for key in keys:
        page.wait_for_selector(READY)
        page.keyboard.press(key)
        page.wait_for_timeout(1000 * pause)
        page.keyboard.press("Enter")


def sent(page: Any) -> None:
    """Waits until nothing waits in the browser."""
    page.wait_for_function(
        "() => Object.keys(localStorage).every(name => !name.startsWith('milepost-'))",
        timeout=60_000,
    )


def test_fifty_pictures_by_keys_a_dispute_and_its_settlement(browser: Any, desk: Desk) -> None:
    app = gallery(desk, 50, labels=2, disputes=True)
    labels: Labels = app.state.site.labels
    with opened(browser, app, "bob") as page:
        page.add_init_script(STOPWATCH)
        page.goto("/label")
        label(page, ["1"] * 50)
        page.wait_for_selector("#work[data-item='']")
        sent(page)
        took = sorted(page.evaluate("window.took"))
        assert page.wrong == []
    assert len(took) == 49, "each item but the last is followed by another"
    assert took[44] <= 100, f"the next picture took {took} ms"
    with opened(browser, app, "cy") as page:
        page.goto("/label")
        label(page, ["2" if i % 5 == 0 else "1" for i in range(50)], 0.05)
        sent(page)
    assert len(labels.answers.all()) == 100
    assert labels.answers.counts()[0]["review"] == 10
    with opened(browser, app, "reviewer") as page:
        page.goto("/review")
        for place in range(10):
            page.wait_for_selector(READY)
            now = page.get_attribute("#work", "data-item")
            if place == 0:
                page.keyboard.press("3")
            elif place % 2:
                page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
            page.wait_for_selector(f"#work:not([data-item='{now}'])")
        page.wait_for_selector("#work[data-item='']")
        assert page.wrong == []
    settled = list(labels.answers.settled().values())
    assert sorted(settled) == ["bird"] + ["cat"] * 4 + ["dog"] * 5
    assert Audit(labels.rows, "labels").problems() == []


def test_undo_draft_discard_own_keys_and_a_closed_tab(browser: Any, desk: Desk) -> None:
    app = gallery(desk, 6)
    with opened(browser, app, "bob") as page:
        page.goto("/label")
        page.wait_for_selector(READY)
        first = page.get_attribute("#work", "data-item")
        label(page, ["1"])
        page.wait_for_selector(f"#work:not([data-item='{first}'])")
        page.keyboard.press("z")
        page.wait_for_selector(f"#work[data-item='{first}']")
        assert page.inner_text(".chosen") == "Cat", "what was answered is there again"
        page.keyboard.press("3")
        page.keyboard.press("Enter")
        sent(page)
        page.keyboard.press("Backspace")
        page.keyboard.press("2")
        page.keyboard.press("Control+s")
        sent(page)
        page.keyboard.press("?")
        page.click("#keys button[aria-label='Key of Submit']")
        page.keyboard.press("x")
        page.click("#keep")
        page.wait_for_selector("#help:not([open])", state="attached")
        page.reload()
        page.wait_for_selector(READY)
        assert page.inner_text("[data-act=submit] kbd") == "X"
        page.context.set_offline(True)
        page.keyboard.press("1")
        page.keyboard.press("x")
        page.wait_for_function(
            "() => document.querySelector('#link').textContent.includes('1 decision waits')"
        )
        page.close()
        page.context.set_offline(False)
        again = page.context.new_page()
        again.goto("/label")
        again.wait_for_selector(READY)
        sent(again)
    labels = app.state.site.labels
    counts = labels.queue.progress(app.state.site.accounts.people.named("bob").id)
    assert (counts["submitted"], counts["discarded"], counts["draft"]) == (2, 1, 1)
    assert sorted(value or "" for value in labels.answers.all().values) == ["", "bird", "cat"]


def test_a_label_that_is_split_meanwhile_is_asked_for_again(browser: Any, desk: Desk) -> None:
    app = gallery(desk, 4)
    labels: Labels = app.state.site.labels
    with opened(browser, app, "bob") as page:
        page.goto("/label")
        page.wait_for_selector(READY)
        first = page.get_attribute("#work", "data-item")
        labels.apply(labels.plan(Split("cat", ("House cat", "Wild cat"))), "owner")
        label(page, ["1"])
        page.wait_for_function("() => document.querySelector('#told').textContent.includes('have changed')")
        assert page.get_attribute("#work", "data-item") == first, "the refused answer came back"
        assert page.inner_text(".chosen") == "nothing chosen"
        page.click(".label:has-text('Wild cat')")
        page.keyboard.press("Enter")
        sent(page)
        assert [wrong for wrong in page.wrong if "400" not in wrong] == []
    assert labels.answers.all().values == ("wild-cat",)


def test_a_killed_server_loses_nothing_that_was_acknowledged(browser: Any, desk: Desk) -> None:
    app = gallery(desk, 30)
    folder = app.state.site.folder
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def start() -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-m", "milepost", "web", str(folder), "--port", str(port)]
        running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert running.stderr is not None
        return running, next(word for word in running.stderr.readline().split() if word.startswith("http"))

    acknowledged: list[int] = []
    running, link = start()
    try:
        context = browser.new_context()
        page = context.new_page()
        for _ in range(100):
            with contextlib.suppress(playwright.Error):
                page.goto(link)
                break
            time.sleep(0.1)
        page.goto(f"http://127.0.0.1:{port}/label")

        def heard(answer: Any) -> None:
            if answer.url.endswith("/label/act") and answer.status == 200:
                acknowledged.append(answer.json()["decision"])

        page.on("response", heard)
        label(page, ["1"] * 8)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        before = len(acknowledged)
        label(page, ["2"] * 3, 0.02)
        page.wait_for_function("() => document.querySelector('#link').textContent.includes('wait')")
        running, _ = start()
        sent(page)
        label(page, ["3"] * 4)
        sent(page)
        context.close()
    finally:
        running.kill()
        running.wait()
    with Labels.open(folder / ".milepost" / "rows.db") as labels:
        kept = {decision.id for decision in labels.answers.since()}
        assert 0 < before <= 8
        assert set(acknowledged) <= kept, "what was acknowledged is on disk"
        assert len(kept) == 15, "and each decision counts once"
        values = labels.answers.all().values
        assert sorted(values) == ["bird"] * 4 + ["cat"] * 8 + ["dog"] * 3
        assert Audit(labels.rows, "labels").problems() == []


def test_one_answer_that_cannot_be_taken_holds_no_other_up(browser: Any, desk: Desk) -> None:
    app = gallery(desk, 4)
    labels: Labels = app.state.site.labels
    with opened(browser, app, "bob") as page:
        page.goto("/label")
        label(page, ["1"])
        sent(page)
        second = int(page.get_attribute("#work", "data-item"))
        answers = [(413, "At most 9 bytes."), *[(500, '{"error": {"what": "A fault."}}')] * 5]

        def refuse(route: Any) -> None:
            if '"act":"submit"' in route.request.post_data and answers:
                status, text = answers.pop(0)
                return route.fulfill(status=status, body=text)
            return route.continue_()

        page.route("**/label/act", refuse)
        page.evaluate(
            """() => ['2', 'Enter', 'z'].forEach(key =>
              document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })))"""
        )  # taken back before the refusal came
        sent(page)
        assert len(labels.answers.all()) == 1, "the answer that was refused is taken back, and no other"
        page.wait_for_function(f"() => document.getElementById('work').dataset.item === '{second}'")
        label(page, ["2"])
        page.wait_for_function(
            "() => document.querySelector('#told').textContent.includes('A fault')", timeout=60_000
        )
        label(page, ["3", "3"])
        sent(page)
    assert labels.answers.all().values == ("cat", "bird", "bird")


def test_two_tabs_keep_all_that_is_decided_in_either(browser: Any, desk: Desk) -> None:
    app = gallery(desk, 4)
    with opened(browser, app, "bob") as page:
        page.goto("/label")
        page.wait_for_selector(READY)
        page.context.set_offline(True)
        label(page, ["1"])
        page.evaluate(
            """() => {
              const [name] = Object.keys(localStorage).filter(key => key.startsWith('milepost-'))
              const first = name.replace(/:.*/, `:${'0'.repeat(15)}-0:other`)
              localStorage.setItem(first, JSON.stringify({ act: 'undo', client: 'other' }))
            }"""
        )
        label(page, ["2"])
        held = "Object.keys(localStorage).filter(key => key.startsWith('milepost-')).length"
        assert page.evaluate(held) == 3
        page.context.set_offline(False)
        sent(page)
    assert sorted(app.state.site.labels.answers.all().values) == ["cat", "dog"]
