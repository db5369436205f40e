"""The road: verdicts, what waits, waivers; answers and waivers as on the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from milepost.web.forms import Form
from milepost.web.views.road import back


def test_the_road_shows_what_status_says(reader: Callable[..., Any]) -> None:
    visitor = reader("reviewer")
    found, status = visitor.json("/road.json"), visitor.site.project.status().plain()
    assert {key: found[key] for key in status} == status
    page = visitor.get("/road").text
    for mile in status["miles"]:
        assert f'href="/steps/{mile["step"]}"' in page
    assert "<form" not in page.partition("<main")[2], "a reviewer changes nothing"


def test_what_waits_is_answered_on_the_page(young: Any) -> None:
    young.site.project.run()
    question = young.json("/road.json")["waiting"][0]
    page = young.get("/road").text
    assert question["name"] in page
    answer = young.post("/answer", question=question["name"], value="nobody", because="it is a toy")
    assert answer.headers["location"] == "/road"
    given = young.site.project.ledger.answers()[question["name"]]
    assert (given["value"], given["by"], given["because"]) == ("nobody", "ada", "it is a toy")
    refused = young.post("/answer", question="no.such", value="x")
    assert refused.status_code == 400


def test_a_failed_milepost_is_waived_with_a_reason(young: Any) -> None:
    project = young.site.project
    project.brief.changed({"success.bar": 1.0, "budget.trials": 1}).write(project.folder)
    project = young.site.project
    status = project.run(yes=True, until="frame")
    assert status.code == 0
    refused = young.post("/waive", step="frame", because="toy")
    assert refused.status_code == 400
    assert "has not failed" in refused.text
    last = project.ledger.last("frame")
    project.ledger.record(replace(last, verdict="failed", reason="It fell over."))
    page = young.get("/road").text
    assert "It fell over." in page
    assert young.post("/waive", step="frame", because=" ").status_code == 400
    assert young.post("/waive", step="frame", because="it is a toy").status_code == 303
    (waiver,) = young.json("/road.json")["waivers"]
    assert (waiver["step"], waiver["because"], waiver["by"]) == ("frame", "it is a toy", "ada")
    assert young.json("/road.json")["miles"][0]["state"] == "waived"


def test_a_form_leads_back_to_this_server_only() -> None:
    for path in ("//evil.example", "https://evil.example", "/\\evil.example", "", "javascript:x", "/a\nb"):
        assert back(Form([("back", path)])) == "/road"
    assert back(Form([("back", "/steps/tune?x=1")])) == "/steps/tune?x=1"
