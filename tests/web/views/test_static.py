"""Files of the program by a list of names."""

from collections.abc import Callable
from typing import Any

import pytest

from milepost.web.views.static import OWN, htmx


@pytest.mark.parametrize("name", [*OWN, "report.css"])
def test_own_files_are_given_to_anyone(reader: Callable[..., Any], name: str) -> None:
    answer = reader("").get(f"/static/{name}")
    assert answer.status_code == 200
    assert answer.content
    assert answer.headers["content-type"].startswith(("text/css", "image/svg+xml", "text/javascript"))


def test_htmx_is_given_where_it_is_installed(reader: Callable[..., Any]) -> None:
    answer = reader("").get("/static/htmx.js")
    assert answer.status_code == (404 if htmx() is None else 200)
    if htmx() is not None:
        assert b"htmx" in answer.content


def test_styles_fetch_nothing(reader: Callable[..., Any]) -> None:
    for name in ("report.css", "web.css", "label.css"):
        text = reader("").get(f"/static/{name}").text
        assert "url(" not in text
        assert "@import" not in text
        assert "{{" not in text
