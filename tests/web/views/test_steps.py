"""One page a milepost: the chapter of the report, its settings, its questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.web.views.test_run import settled

from milepost.project.tell import story
from milepost.report.blocks import plain
from milepost.steps.workflow import BEYOND, ROAD
from milepost.web.plainly import plainly


def test_a_page_tells_the_chapter_of_the_report(reader: Callable[..., Any]) -> None:
    visitor = reader("reviewer")
    sections = {section.name: section for section in story(visitor.site.project.road).sections}
    for name in ("understand", "tune", "explain"):
        found = visitor.json(f"/steps/{name}.json")
        assert found["blocks"] == plainly(plain(sections[name].blocks))
        assert found["state"] == sections[name].verdict


@pytest.mark.parametrize("kind", [*ROAD, *BEYOND], ids=lambda kind: kind.name)
def test_a_form_has_a_field_a_setting(reader: Callable[..., Any], kind: Any) -> None:
    visitor = reader("owner")
    found = visitor.json(f"/steps/{kind.name}.json")
    assert [field["name"] for field in found["settings"]] == list(kind.options())
    page = visitor.get(f"/steps/{kind.name}").text
    for name in kind.options():
        assert found["own"] or f'name="set.{name}"' in page
    assert f"Run {kind.name}" not in reader("reviewer").get(f"/steps/{kind.name}").text


def test_settings_that_cannot_be_come_back_with_what_is_wrong(owner: Any) -> None:
    answer = owner.send("/steps/collect", {"set.share": "half"})
    assert answer.status_code == 400
    assert "&#39;share&#39; got &#39;half&#39;. Expected a number." in answer.text
    assert 'value="half"' in answer.text
    assert owner.post("/steps/ship").status_code == 400
    assert owner.post("/steps/renew").status_code == 400
    assert owner.site.runs.last() is None


def test_settings_are_kept_and_an_empty_field_is_the_default_again(owner: Any) -> None:
    owner.send("/steps/explain", {"set.rows": "300"})
    assert settled(owner)["state"] == "done"
    assert owner.site.project.settings()["explain"] == {"rows": 300}
    assert 'value="300"' in owner.get("/steps/explain").text
    owner.send("/steps/explain", {"set.rows": ""})
    assert settled(owner)["state"] == "done"
    assert owner.site.project.settings()["explain"] == {"rows": 4000}


def test_a_milepost_that_waits_asks_on_its_page(young: Any) -> None:
    young.site.project.run()
    page = young.get("/steps/frame").text
    assert 'name="question" value="frame.ethics.harm"' in page
    assert 'name="back" value="/steps/frame"' in page
