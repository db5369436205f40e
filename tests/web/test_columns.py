"""A real browser labels two columns: a photo's quality beside its kind, each by its own keys."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from fastapi import FastAPI
from tests.web.conftest import CHROMIUM, peopled
from tests.web.test_browser import opened
from tests.web.test_labelling import READY, label, photo, sent

from milepost import Project
from milepost.store.people import Person

playwright = pytest.importorskip("playwright.sync_api", reason="the extra [dev] brings Playwright")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")]


@pytest.fixture
def album(tmp_path: Any) -> FastAPI:
    """A project of twelve photos, whose kind is the target and whose quality the data lack."""
    for number in range(12):
        (tmp_path / f"{number}.jpg").write_bytes(photo(number))
    rows = [{"photo": f"{number}.jpg", "place": "shed"} for number in range(12)]
    pl.DataFrame(rows).write_csv(tmp_path / "photos.csv")
    project = Project.new(tmp_path / "p", tmp_path / "photos.csv", "kind", labels="cat,dog", task="binary")
    project.labels.start(overlap=1, share=1.0, gold=0.0)
    project.labels.column("quality").start(names=["sharp", "blurred"], overlap=1, share=1.0)
    app = peopled(tmp_path / "p")
    app.state.site.accounts.people.add(Person(0, "bob", ("labeller",)), "setup")
    return app


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), (390, "dark")])
def test_two_columns_are_labelled_by_keys(browser: Any, album: FastAPI, width: int, scheme: str) -> None:
    look = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    with opened(browser, album, "bob", **look) as page:
        page.goto("/label")
        page.wait_for_selector(READY)
        tabs = page.locator("nav.columns a")
        assert [text.split()[0] for text in tabs.all_inner_texts()] == ["kind", "quality"]
        assert page.locator("nav.columns a[aria-current]").inner_text().startswith("kind")
        assert page.locator("#answer .label span").all_inner_texts() == ["cat", "dog"]
        label(page, ["1", "2"] * 6)
        page.wait_for_selector("#work[data-item='']")
        sent(page)
        page.click("nav.columns a >> text=quality")
        page.wait_for_selector(READY)
        assert page.locator("#answer .label span").all_inner_texts() == ["sharp", "blurred"]
        page.wait_for_function("() => document.querySelector('#item img')?.naturalWidth > 0")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        label(page, ["2"] * 11)
        page.wait_for_selector(READY)
        page.keyboard.press("z")
        page.wait_for_timeout(300)
        label(page, ["1", "1"])
        page.wait_for_selector("#work[data-item='']")
        sent(page)
        page.goto("/queues?column=quality&tab=submitted")
        assert page.locator("tbody tr").count() == 12
        assert page.locator("img.small").first.evaluate("i => i.complete && i.naturalWidth > 0")
        assert page.wrong == []
    site = album.state.site
    quality = Project(site.folder).labels.column("quality").store
    assert len(site.labels.answers.all()) + len(site.labels.answers.hidden()) == 12
    every = quality.answers.every("collect").values
    assert sorted(every) == ["blurred"] * 10 + ["sharp"] * 2


def test_decisions_on_one_column_are_sent_from_the_screen_of_another(browser: Any, album: FastAPI) -> None:
    with opened(browser, album, "bob") as page:
        page.goto("/label?column=quality")
        page.wait_for_selector(READY)
        page.route("**/label/act*", lambda route: route.abort())
        label(page, ["1"])
        page.wait_for_timeout(300)
        assert page.evaluate("() => localStorage.length") >= 1, "it waits in the browser"
        page.unroute("**/label/act*")
        page.goto("/label?column=")
        page.wait_for_selector(READY)
        sent(page)
    quality = Project(album.state.site.folder).labels.column("quality").store
    assert quality.answers.every("collect").values == ("sharp",)
