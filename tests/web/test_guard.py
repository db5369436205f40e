"""The guard: hosts, bodies, forms from elsewhere, headers on whatever leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from milepost.web.guard import FORM_BYTES, HEADERS, POLICY, Guard


def test_a_name_that_was_made_to_point_here_is_refused(reader: Callable[..., Any]) -> None:
    for host in (
        "evil.example",
        "evil.example:1",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "",
        "[x",
    ):
        answer = reader("owner").get("/road", headers={"host": host})
        assert answer.status_code == 421, host
        assert "roc_auc" not in answer.text
    for host in ("localhost:1", "127.0.0.1:1", "[::1]:1", "LOCALHOST"):
        assert reader("owner").get("/road", headers={"host": host}).status_code == 200, host


def test_a_name_of_one_s_own_is_known() -> None:
    guard = Guard(None, ["ML.example."])  # type: ignore[arg-type]
    assert guard.known("ml.example:443")
    assert not guard.known("ml.example.org")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:9"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_from_elsewhere_is_refused(reader: Callable[..., Any], headers: dict[str, str]) -> None:
    visitor = reader("owner")
    answer = visitor.client.post("/waive", data={"csrf": "x"}, headers=headers)
    assert answer.status_code == 403
    assert answer.text == "A form from another site is not taken.\n"


def test_a_body_is_bounded_whatever_it_says_of_itself(reader: Callable[..., Any]) -> None:
    visitor = reader("owner")
    large = b"a=" + b"x" * FORM_BYTES
    assert visitor.client.post("/waive", content=large).status_code == 413
    assert visitor.client.post("/waive", headers={"content-length": "-1"}).status_code == 413

    def pieces() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * (FORM_BYTES // 10)

    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert visitor.client.post("/waive", content=pieces(), headers=kind).status_code == 413


def test_headers_stand_on_pages_errors_and_refusals(reader: Callable[..., Any]) -> None:
    visitor = reader("owner")
    for path, host in (("/road", "localhost"), ("/nowhere", "localhost"), ("/road", "evil.example")):
        answer = visitor.get(path, headers={"host": host})
        for name in HEADERS:
            assert answer.headers[name] == HEADERS[name], (path, name)


def test_the_policy_lets_no_script_in_but_files_of_this_server() -> None:
    rules = dict(rule.strip().split(" ", 1) for rule in POLICY.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in POLICY.replace("style-src-attr 'unsafe-inline'", "")
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
