"""The brief as a form: all keys, the file's own checks, nothing lost, no secret shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from milepost.brief import Brief
from milepost.web.site import AUDIT

URL = "postgresql://ada:secret@localhost/db?query=select"


def test_every_key_of_every_table_is_a_field(reader: Callable[..., Any]) -> None:
    visitor = reader("owner")
    found, page = visitor.json("/brief.json"), visitor.get("/brief").text
    told = visitor.site.project.brief.plain()
    assert [table["name"] for table in found["tables"]] == [n for n in told if n != "columns"]
    for table in found["tables"]:
        assert [key["name"] for key in table["keys"]] == list(told[table["name"]])
        for key in table["keys"]:
            assert f'name="{key["path"]}"' in page
    assert {"income", "city"} <= {column["name"] for column in found["columns"]}


def filled(visitor: Any, **changed: str) -> dict[str, str]:
    """What a browser would send: every field as the page holds it, some of them changed."""
    found = visitor.json("/brief.json")
    fields = {key["path"]: key["value"] for table in found["tables"] for key in table["keys"]}
    for column in found["columns"]:
        for name in ("role", "modality", "available", "because"):
            fields[f"columns/{column['name']}/{name}"] = column[name]
    return {**fields, "stamp": found["stamp"], **changed}


def test_saving_what_is_there_changes_nothing(owner: Any) -> None:
    before = owner.site.project.brief
    text = (owner.site.folder / "milepost.toml").read_text()
    assert owner.send("/brief", filled(owner)).headers["location"] == "/brief"
    assert Brief.load(owner.site.folder) == before
    assert (owner.site.folder / "milepost.toml").read_text() == text, "guesses keep their reasons"


def test_comments_of_the_file_stay(owner: Any) -> None:
    path = owner.site.folder / "milepost.toml"
    text = "# Agreed with Jane <b>\n" + path.read_text() + "\n# The end\n"
    path.write_text(text)
    assert owner.send("/brief", filled(owner, **{"problem.why": "money"})).status_code == 303
    changed = path.read_text()
    assert owner.site.project.brief.problem.why == "money"
    lines = set(changed.splitlines()) ^ set(text.splitlines())
    assert len(lines) == 2, f"one line became another: {lines}"
    assert 'why = "money"' in lines


def test_what_the_form_does_not_show_of_a_column_stays(owner: Any) -> None:
    path = owner.site.folder / "milepost.toml"
    path.write_text(path.read_text() + '\n[columns.income]\nmonotone = "up"\n')
    assert owner.send("/brief", filled(owner, **{"columns/income/because": "law"})).status_code == 303
    said = owner.site.project.brief.columns["income"]
    assert (said.monotone, said.because) == ("up", "law")


def test_what_is_filled_in_is_written(owner: Any) -> None:
    changed = {
        "problem.question": "Will it <sell>?",
        "budget.seconds": "2m",
        "value.events_per_day": "200",
        "value.cost_miss": "income",
        "people.columns": "city\r\nmember",
        "constraints.where": "device",
        "correction.margins": '{"city": {"Oslo": 0.5, "Lima": 0.5}}',
        "columns/income/role": "ignored",
        "columns/income/because": "not known in time",
    }
    assert owner.send("/brief", filled(owner, **changed)).status_code == 303
    made = owner.site.project.brief
    assert made.problem.question == "Will it <sell>?"
    assert (made.budget.seconds, made.value.events_per_day, made.value.cost_miss) == (120.0, 200.0, "income")
    assert made.people.columns == ("city", "member")
    assert made.correction.margins == {"city": {"Oslo": 0.5, "Lima": 0.5}}
    assert made.columns["income"].role == "ignored"
    audit = owner.site.project.ledger.rows.select(AUDIT)[-1]
    assert audit.key == "milepost.toml"
    assert "[problem]" in audit.body["before"], "the file as it was is not lost"
    assert owner.json("/road.json")["miles"][0]["state"] == "stale"


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("budget.seconds", "soon", "[budget] seconds is &#34;soon&#34;."),
        ("value.prevalence", "2", "A number of less than 1 is expected."),
        ("budget.threads", "two", "A whole number is expected."),
        ("data.split", "time", "needs a column"),
        ("existing.rule", "../rule.py:f", "expected a file inside this folder"),
        ("correction.margins", "{", "is expected"),
        ("columns/income/role", "king", "is expected"),
    ],
)
def test_what_the_file_could_not_say_comes_back(owner: Any, path: str, value: str, says: str) -> None:
    text = (owner.site.folder / "milepost.toml").read_text()
    answer = owner.send("/brief", filled(owner, **{path: value, "problem.why": "still here"}))
    assert answer.status_code == 400
    assert says.lower() in answer.text.lower()
    assert "still here" in answer.text, "what was typed is not lost"
    assert (owner.site.folder / "milepost.toml").read_text() == text


def test_a_file_that_changed_meanwhile_is_not_overwritten(owner: Any) -> None:
    sent = filled(owner, **{"problem.name": "mine"})
    owner.site.project.brief.changed({"problem.name": "theirs"}).write(owner.site.folder)
    answer = owner.send("/brief", sent)
    assert answer.status_code == 400
    assert "has changed since this form was loaded" in answer.text
    assert Brief.load(owner.site.folder).problem.name == "theirs"


def test_a_password_in_an_address_is_for_owners(reader: Callable[..., Any], monkeypatch: Any) -> None:
    visitor = reader("owner")
    secret = visitor.site.project.brief.changed({"data.source": URL})
    monkeypatch.setattr(type(visitor.site), "project", property(lambda site: _with(site, secret)))
    assert "ada:secret@" in visitor.get("/brief").text
    for path in ("/brief", "/brief.json"):
        text = reader("reviewer").get(path).text
        assert "secret" not in text
        assert "ada:***@localhost" in text
    assert "disabled" in reader("reviewer").get("/brief").text


def _with(site: Any, brief: Brief) -> Any:
    project = site._project

    class Other:
        def __getattr__(self, name: str) -> Any:
            return getattr(project, name)

    other = Other()
    other.brief = brief  # type: ignore[attr-defined]
    return other
