"""A whole story in a real browser: framed, photographed, labelled, disputed, settled, carried to a report."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from tests.web.conftest import CHROMIUM, PASSWORD
from tests.web.test_browser import listening
from tests.web.test_labelling import READY, sent

from milepost import Project
from milepost.digest import digest_bytes
from milepost.web.app import create
from milepost.web.site import Door

playwright = pytest.importorskip("playwright.sync_api", reason="the extra [dev] brings Playwright")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")]
PHOTOS, WRONG = 60, 8
KEYS = {"round": "1", "square": "2"}


def photo(number: int) -> tuple[str, bytes]:
    """What is on a photo, and the photo: a disc or a square somewhere on a noisy ground."""
    rng, out = np.random.default_rng(number), BytesIO()
    made = Image.fromarray(rng.integers(150, 255, (48, 48, 3)).astype(np.uint8))
    x, y, size = (int(v) for v in (*rng.integers(3, 18, 2), rng.integers(20, 26)))
    draw, box = ImageDraw.Draw(made), [x, y, x + size, y + size]
    kind = ("round", "square")[number % 2]
    (draw.ellipse if kind == "round" else draw.rectangle)(box, (20, 20, int(rng.integers(0, 120))))
    made.save(out, "PNG")
    return kind, out.getvalue()


def signed_in(browser: Any, url: str, name: str) -> Any:
    """A page on which somebody has given their name and password."""
    page = browser.new_context(base_url=url, viewport={"width": 1366, "height": 900}).new_page()
    page.goto("/")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "login" not in address)
    return page


def label(page: Any, folder: Path, truth: Mapping[str, str], wrong: int) -> int:
    """Labels by keys what the page shows until nothing is left, the first few wrongly; returns how many."""
    page.goto("/label")
    done = 0
    while True:
        page.wait_for_function("() => document.querySelector('#work') && document.querySelector('#told')")
        if not page.query_selector(READY):
            page.wait_for_timeout(300)
            if not page.query_selector(READY):
                sent(page)
                return done
        now = page.get_attribute("#work", "data-item")
        source = page.wait_for_selector("#item img").get_attribute("src")
        right = next(kind for digest, kind in truth.items() if digest in source)
        other = next(kind for kind in KEYS if kind != right)
        page.keyboard.press(KEYS[other if done < wrong else right])
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#work:not([data-item='{now}'])")
        done += 1


def carried(page: Any) -> None:
    """Runs the road from its page, answers and waives what comes up, until the report is there."""
    for _ in range(12):
        page.goto("/run")
        page.check("[name=yes]")
        with page.expect_navigation():
            page.click("form[action='/run'] button")
        end = page.locator("#progress dt", has_text="exit code")
        playwright.expect(end).to_be_visible(timeout=240_000)
        if page.inner_text("#progress .reason").startswith("Done"):
            return
        how = page.inner_text("#progress")
        page.goto("/road")
        form = page.locator("form.answer").first
        assert form.count(), f"{how}\n{page.inner_text('main')}"
        what = form.get_attribute("action")
        if what == "/waive":
            form.locator("[name=because]").fill("sixty photos, to see how it goes")
        with page.expect_navigation():
            form.locator("button").click()
    raise AssertionError(page.inner_text("main"))


def test_from_a_question_to_a_report(browser: Any, tmp_path: Path) -> None:
    truth, files = {}, []
    for number in range(PHOTOS):
        kind, data = photo(number)
        truth[digest_bytes(data)] = kind
        files.append({"name": f"IMG {number:03}.png", "mimeType": "image/png", "buffer": data})
    folder = tmp_path / "shapes"
    alone = create(folder, Door(True, "ada", "key", 1))
    with listening(alone) as url:
        page = browser.new_context(base_url=url, viewport={"width": 1366, "height": 900}).new_page()
        page.goto("/enter?key=key")
        page.wait_for_url("**/begin")
        page.set_input_files("#upload input", files)
        page.click("#upload button")
        page.wait_for_url("**/begin?file=*", timeout=120_000)
        page.fill("[name=question]", "Is the part on the photo round or square?")
        page.fill("[name=target]", "shape")
        page.fill("[name=labels]", "round, square")
        page.fill("[name=budget]", "6s")
        page.click("form[action='/begin'] button")
        page.wait_for_selector("text=The project is there", timeout=120_000)
        page.click("a:has-text('ask them')")
        page.fill("[name=people]", "2")
        page.fill("[name=overlap]", "2")
        page.fill("[name=share]", "100")
        with page.expect_navigation():
            page.click("text=Ask people >> nth=-1")
        page.wait_for_selector("text=items that still want labels")
        page.goto("/rules")
        page.select_option("[name=disputes]", "yes")
        with page.expect_navigation():
            page.click("form button:has-text('touch')")
        with page.expect_navigation():
            page.click("form[action='/rules'] button:visible >> nth=-1")
        for name, role in (("Bo", "labeller"), ("Cy", "labeller"), ("Dee", "reviewer"), ("Ada", "owner")):
            page.goto("/people")
            form = page.locator("form[action='/people']")
            form.locator("[name=name]").fill(name)
            form.locator("[name=role]").select_option(role)
            form.locator("[name=password]").fill(PASSWORD)
            form.locator("button").click()
            page.wait_for_selector(f"b:has-text('{name}')")
    shared = create(folder, Door(False, port=2))
    with listening(shared) as url:
        assert label(signed_in(browser, url, "Bo"), folder, truth, 0) == PHOTOS
        assert label(signed_in(browser, url, "Cy"), folder, truth, WRONG) == PHOTOS
        page = signed_in(browser, url, "Dee")
        page.goto("/review")
        page.wait_for_selector(READY)
        settled = 0
        while now := page.get_attribute("#work", "data-item"):
            source = page.wait_for_selector("#item img").get_attribute("src")
            page.keyboard.press(KEYS[next(kind for digest, kind in truth.items() if digest in source)])
            page.keyboard.press("Enter")
            page.wait_for_selector(f"#work:not([data-item='{now}'])")
            settled += 1
        page = signed_in(browser, url, "Ada")
        page.goto("/agreement")
        assert "Bo" in page.inner_text("main")
        carried(page)
        page.goto("/report")
        assert "Is the part on the photo round or square?" in page.content()
        shared.state.site.runs.close()
    project = Project(folder)
    labels = project.labels.store
    assert len(labels.answers.settled()) == settled
    assert 0 < settled <= WRONG, "disputes about sealed photos are before no reviewer"
    assert project.found("final") is not None
    rows = project.rows()
    shapes = dict(zip((value.partition(":")[2] for value in rows["image"]), rows["shape"], strict=True))
    assert all(truth[digest] == shape for digest, shape in shapes.items()), "the reviewer's word stands"
