"""Monitoring: what lies past the road's end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from milepost.steps.workflow import BEYOND


def test_the_mileposts_past_the_road_are_told(reader: Callable[..., Any]) -> None:
    found = reader("reviewer").json("/monitoring.json")
    assert [section["name"] for section in found["sections"]] == [kind.name for kind in BEYOND]
    assert found["done"] is True
    assert found["logged"] is False
    assert "milepost serve" in reader("reviewer").get("/monitoring").text


def test_a_road_without_an_end_has_nothing_to_watch(young: Any) -> None:
    assert "nothing in production to watch" in young.get("/monitoring").text
