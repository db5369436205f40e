"""What pages share: the brief as it is now, the link that is good once, the audit."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from milepost.web.access import Person
from milepost.web.site import AUDIT


def test_a_brief_that_was_changed_outside_is_read_again(owner: Any) -> None:
    site = owner.site
    before = site.project
    assert site.project is before
    before.brief.changed({"problem.name": "another name"}).write(site.folder)
    os.utime(site.folder / "milepost.toml", ns=(1, 1))
    assert site.title == "another name"
    assert site.project.ledger is before.ledger, "one connection to the ledger"


def test_the_link_is_good_for_one_use(owner: Any) -> None:
    assert owner.site.unlock("wrong") == ""
    token = owner.site.unlock("k")
    assert owner.site.who({owner.site.cookie: token}) == Person("ada", "owner", token)
    assert owner.site.unlock("k") == ""
    assert owner.site.who({}).role == "anyone"


def test_a_site_without_a_link_has_no_link(open_app: FastAPI) -> None:
    assert open_app.state.site.unlock("") == ""


def test_the_audit_names_who_asked(owner: Any) -> None:
    owner.site.audit(Person("eve", "owner"), "/x", {"form": {"a": "1"}})
    entry = owner.site.project.ledger.rows.select(AUDIT)[-1]
    assert entry.key == "/x"
    assert entry.body == {"by": "eve", "role": "owner", "form": {"a": "1"}}


def test_what_was_made_is_made_again_only_for_another_version(owner: Any) -> None:
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return len(made)

    remember: Callable[..., int] = owner.site.remember
    assert [remember("a", v, make) for v in ("1", "1", "2", "1")] == [1, 1, 2, 3]
