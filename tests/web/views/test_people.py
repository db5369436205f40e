"""People are let in, changed and closed by owners."""

from __future__ import annotations

from typing import Any

from tests.web.conftest import PASSWORD, peopled, visitor

from milepost import Project
from milepost.web.site import AUDIT


def test_an_owner_lets_people_in_and_closes_accounts(copied: Project) -> None:
    app = peopled(copied.folder)
    owner, bob = visitor(app, "owner"), {"name": "bob", "role": "reviewer", "password": PASSWORD}
    assert owner.send("/people", bob).headers["location"] == "/people"
    inside = visitor(app, "bob")
    assert inside.get("/road").status_code == 200
    owner.send("/people/change", {"name": "bob", "role": "labeller", "open": "yes"})
    assert inside.get("/road").status_code == 303, "the session has ended"
    assert visitor(app, "bob").get("/road").status_code == 403
    owner.send("/people/change", {"name": "bob", "open": "no"})
    assert visitor(app, "bob").get("/me").status_code == 303
    told = owner.json("/people.json")["accounts"]
    (bob_,) = (account for account in told if account["name"] == "bob")
    assert (bob_["role"], bob_["open"]) == ("labeller", False)
    assert "argon2" not in owner.get("/people").text
    assert PASSWORD not in str(owner.site.project.ledger.rows.select(AUDIT))


def test_what_cannot_be_comes_back(owner: Any) -> None:
    answer = owner.send("/people", {"name": "bob", "role": "reviewer", "password": "short"})
    assert answer.status_code == 400
    assert "has 5 characters" in answer.text
    assert 'value="bob"' in answer.text
    assert "short" not in answer.text.replace("shorter", "")
    assert owner.send("/people/change", {"name": "eve"}).status_code == 400


def test_skills_languages_and_share_are_kept(copied: Project) -> None:
    owner = visitor(peopled(copied.folder), "owner")
    said = {"name": "labeller", "role": "labeller, reviewer", "skills": "law, birds", "languages": "de"}
    assert owner.send("/people/change", {**said, "share": "25"}).status_code == 303
    found = owner.site.accounts.get("labeller")
    assert found is not None
    assert (found.roles, found.skills, found.languages, found.share) == (
        ("labeller", "reviewer"), ("law", "birds"), ("de",), 0.25,
    )  # fmt: skip
    assert "percentage" in owner.send("/people/change", {**said, "share": "a lot"}).text
    assert "is 2.0" in owner.send("/people/change", {**said, "share": "200"}).text


def test_the_last_owner_stays(copied: Project) -> None:
    owner = visitor(peopled(copied.folder), "owner")
    answer = owner.send("/people/change", {"name": "owner", "open": "no"})
    assert "is the last owner" in answer.text
    assert owner.get("/road").status_code == 200
