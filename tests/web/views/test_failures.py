"""Failures are those of the report, on development rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_failures_are_those_of_the_chapter(reader: Callable[..., Any]) -> None:
    visitor = reader("reviewer")
    found = visitor.json("/failures.json")
    chapter = visitor.json("/steps/explain.json")["blocks"]
    assert found["blocks"]
    assert all(block in chapter for block in found["blocks"])
    assert "most surprising failures" in visitor.get("/failures").text


def test_before_explain_it_says_so(young: Any) -> None:
    assert young.json("/failures.json")["blocks"] == []
    assert "has not been reached" in young.get("/failures").text
