"""A labelling page in a real browser that was left alone for long, or has old answers to show."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tests.web.conftest import CHROMIUM, Desk, visitor
from tests.web.test_browser import opened
from tests.web.test_labelling import READY, gallery, label, sent

from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.store.stock import NewItem

pytest.importorskip("playwright.sync_api", reason="the extra [dev] brings Playwright")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")]


@pytest.mark.parametrize("how", ["seen again", "the first key"])
def test_what_others_were_given_during_a_long_pause_is_not_shown_on(
    browser: Any, desk: Desk, how: str
) -> None:
    app = gallery(desk, 9, lease=5.0, labels=1)
    site = app.state.site
    with opened(browser, app, "bob") as page:
        page.clock.install()
        page.goto("/label")
        page.wait_for_selector(READY)
        held = int(page.get_attribute("#work", "data-item"))
        site.labels = Labels(site.labels.rows, clock=lambda: time.time() + 301)
        cy = visitor(app, "cy")
        taken = cy.act("/label/next", count=4).json()["items"]
        assert len(taken) == 4
        page.clock.set_system_time(time.time() + 301)
        if how == "seen again":
            page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        else:
            page.keyboard.press("2")
            page.keyboard.press("Enter")
        page.wait_for_function(
            f"() => !['', '{held}'].includes(document.getElementById('work').dataset.item)"
        )
        assert "longer than items are held" in page.inner_text("#told")
        assert len(site.labels.answers.all()) == 0, "nobody judged the picture that has come instead"
        label(page, ["1"])
        sent(page)
        assert page.wrong == []
    (decision,) = site.labels.answers.since()
    assert (decision.act, decision.value) == ("submitted", "cat"), "not late"


def test_a_label_that_the_page_was_not_sent_is_named_all_the_same(browser: Any, desk: Desk) -> None:
    names = [f"Species {number:03}" for number in range(400)]
    app = desk(LabelSet.start("plants", "choice", names), [NewItem({"text": "a plant"})])
    bob = visitor(app, "bob")
    (item,) = bob.act("/label/next", count=1).json()["items"]
    last = app.state.site.labels.set.find("Species 399")[0].id
    bob.act("/label/act", act="draft", item=item["id"], client="c", value=last)
    with opened(browser, app, "bob") as page:
        page.goto(f"/label?item={item['id']}")
        page.wait_for_function("() => document.querySelector('.chosen')?.textContent === 'Species 399'")
        assert page.wrong == []
