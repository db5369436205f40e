"""A real browser: an owner chooses what comes next and labels many at once; Enter accepts a suggestion."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from tests.web.conftest import CHROMIUM, Desk
from tests.web.test_browser import opened
from tests.web.test_labelling import READY, gallery, sent

from milepost import Project
from milepost.labels.labelset import LabelSet
from milepost.labels.rules import Rules
from milepost.steps.assign import plainly
from milepost.store.stock import NewItem
from milepost.testing import toys
from milepost.web.app import create
from milepost.web.site import Door

playwright = pytest.importorskip("playwright.sync_api", reason="the extra [dev] brings Playwright")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")]


def wide(page: Any) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def test_an_owner_chooses_finds_labels_at_once_and_takes_it_back(browser: Any, desk: Desk) -> None:
    app: FastAPI = gallery(desk, 12)
    labels = app.state.site.labels
    with opened(browser, app, "owner", viewport={"width": 390, "height": 844}) as page:
        page.goto("/next")
        page.fill("input[name=most]", "5")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=This would come first")
        page.wait_for_function("[...document.querySelectorAll('.finds img')].some(i => i.naturalWidth > 0)")
        assert page.locator(".finds li").count() == 5
        assert wide(page) <= 0
        page.click("text=Put them first")
        page.wait_for_selector("text=at the head of the queue")
        page.goto("/label")
        page.wait_for_selector(READY)
        page.click("#alike")
        page.wait_for_selector(".finds li")
        assert wide(page) <= 0
        page.select_option("select[name=label]", "dog")
        page.click("text=How many would that be?")
        page.wait_for_selector("text=would get the label Dog")
        assert len(labels.answers.all()) == 0
        page.click("text=Label them")
        page.wait_for_selector("text=Labelled at once")
        assert set(labels.answers.all().values) == {"dog"}
        page.click("text=Take back")
        page.wait_for_selector("text=Take back", state="detached")
        assert len(labels.answers.all()) == 0
        assert page.wrong == []


def test_enter_accepts_a_suggestion(browser: Any, copied: Project) -> None:
    app = create(copied.folder, Door(True, "ada", "k", 1))
    labels = app.state.site.labels
    rules = Rules(blind=False, suggest=True)
    labels.start(LabelSet.start("labels", "choice", ["no", "yes"]), "ada", rules)
    rows = toys.shop(8, seed=5).drop("tier", "spent", "bought").to_dicts()
    items = [{name: plainly(v) for name, v in row.items() if v is not None} for row in rows]
    labels.add_items([NewItem(item, str(at)) for at, item in enumerate(items)], "ada")
    numbers = labels.answers.numbers([str(at) for at in range(8)])
    expected = copied.labels.suggest(list(numbers.values()))
    assert 0 < len(expected) <= 8
    with opened(browser, app, "ada") as page:
        page.goto("/label")
        for _ in range(8):
            page.wait_for_selector(READY)
            now = page.get_attribute("#work", "data-item")
            if int(now) in expected:
                assert page.inner_text("#hint").endswith("accepts.")
            else:
                assert page.is_hidden("#hint")
                page.keyboard.press("1")
            page.keyboard.press("Enter")
            page.wait_for_selector(f"#work:not([data-item='{now}'])")
        sent(page)
        assert page.wrong == []
    taken, shown = next(iter(labels.aids.accepted().values()))
    assert taken == shown == len(expected)
    found = dict(zip(labels.answers.all().items.tolist(), labels.answers.all().values, strict=True))
    assert all(found[id] == one.value for id, one in expected.items())
    app.state.site.runs.close()
