"""The menu leads to pages that there are, for those who may see them."""

from __future__ import annotations

import pytest
from tests.web.conftest import Visit

from milepost.web.access import ROLES, Person
from milepost.web.menu import MENU, menu


@pytest.mark.parametrize("role", ROLES)
def test_every_entry_is_a_page_that_its_reader_may_see(reader: Visit, role: str) -> None:
    visitor = reader(role)
    shown = [path for pages in menu(Person(role, role)).values() for path, _ in pages]
    for path in shown:
        assert visitor.get(path).status_code == 200, path
    for pages in MENU.values():
        for path, _, _ in pages:
            if path not in shown:
                assert visitor.get(path).status_code == 403, path


def test_the_page_at_hand_is_marked(reader: Visit) -> None:
    assert '<a href="/data" aria-current="page">Data</a>' in reader().get("/map").text
    assert '<a href="/rules" aria-current="page">Rules</a>' in reader().get("/rules").text
