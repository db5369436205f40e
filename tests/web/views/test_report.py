"""The report on the web is the file that `milepost report` writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from milepost.web.views import report


def test_it_is_the_report_and_no_script_runs_in_it(reader: Callable[..., Any], tmp_path: Any) -> None:
    visitor = reader("reviewer")
    answer = visitor.get("/report")
    written = visitor.site.project.report(tmp_path / "r.html").read_text()
    at = re.compile(r"Report of [\d: -]+UTC")
    assert at.sub("", answer.text) == at.sub("", written)
    policy = answer.headers["content-security-policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "sandbox" in policy


def test_the_twin_has_every_chapter(reader: Callable[..., Any]) -> None:
    found = reader("reviewer").json("/report.json")
    assert [section["name"] for section in found["sections"]][:3] == ["frame", "collect", "annotate"]
    assert found["promises"]


def test_it_is_told_anew_only_where_something_changed(owner: Any, monkeypatch: Any) -> None:
    told: list[int] = []
    before = report.story

    def counted(road: Any) -> Any:
        told.append(1)
        return before(road)

    monkeypatch.setattr(report, "story", counted)
    owner.get("/report")
    owner.get("/report.json")
    assert len(told) == 1
    owner.site.project.answer("explain.threshold", "0.25", "ada")
    owner.get("/report")
    assert len(told) == 2
