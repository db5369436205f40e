"""Roles: every route has one, and who has a lower one gets nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from milepost.web.access import RANKS, ROLES, Need, Person

ANYONE = {("GET", "/"), ("GET", "/enter"), ("GET", "/login"), ("POST", "/login"), ("GET", "/static/{name}")}
LABELLER = {
    ("POST", "/logout"),
    ("GET", "/me"),
    ("GET", "/me.json"),
    ("GET", "/me/chart/{chart}.csv"),
    ("POST", "/me"),
    ("GET", "/label"),
    ("GET", "/label.json"),
    ("GET", "/label/chart/{chart}.csv"),
    ("GET", "/label/find.json"),
    ("GET", "/label/media/{item}/{name}"),
    ("GET", "/queues"),
    ("GET", "/queues.json"),
    ("GET", "/queues/chart/{chart}.csv"),
    ("POST", "/queues/undo"),
    ("POST", "/label/next"),
    ("POST", "/label/act"),
    ("POST", "/label/keys"),
}
PLACES = {"name": "tune", "chart": "0", "item": "1"}


def routes(owner: Any) -> Iterator[Any]:
    """Every route, also those of routers that were included."""
    for route in owner.routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes(inner)
        else:
            yield route


def needs(route: Any) -> list[Need]:
    return [d.dependency for d in route.dependencies if isinstance(d.dependency, Need)]


def test_every_route_has_exactly_one_role(open_app: FastAPI) -> None:
    found = list(routes(open_app))
    assert len(found) > 50
    for route in found:
        assert isinstance(route, APIRoute), f"{route} is no route with a role"
        assert len(needs(route)) == 1, f"{route.path} has {len(needs(route))} roles"


def test_what_is_open_to_strangers_and_labellers_is_listed(open_app: FastAPI) -> None:
    by_role: dict[str, set[tuple[str, str]]] = {role: set() for role in RANKS}
    for route in routes(open_app):
        (method,) = route.methods - {"HEAD"}
        by_role[needs(route)[0].role].add((method, route.path))
    assert by_role["anyone"] == ANYONE
    assert by_role["labeller"] == LABELLER
    posts = {path for method, path in by_role["reviewer"] if method != "GET"}
    assert posts == {"/package/predict", "/review/next", "/review/act", "/agreement/review"}
    assert ("POST", "/brief") in by_role["owner"]


@pytest.mark.parametrize("role", ["", *ROLES])
def test_a_role_that_is_too_low_is_refused_everywhere(
    open_app: FastAPI, reader: Callable[..., Any], role: str
) -> None:
    visitor = reader(role)
    tried = 0
    for route in routes(open_app):
        (method,) = route.methods - {"HEAD"}
        (need,) = needs(route)
        if RANKS[role or "anyone"] >= need.rank:
            continue
        tried += 1
        path = route.path.format(**PLACES)
        answer = visitor.client.request(method, path)
        wanted = {403} if role else {303, 401}
        assert answer.status_code in wanted, f"{method} {path}: {answer.status_code}"
        if answer.status_code == 303:
            assert answer.headers["location"] == "/login"
        assert "sealed" not in answer.text
    assert tried == sum(RANKS[role or "anyone"] < needs(route)[0].rank for route in routes(open_app))
    assert tried or role == "owner"


def test_a_refusal_is_a_page_or_json_and_says_what_to_do(reader: Callable[..., Any]) -> None:
    page = reader("labeller").get("/road")
    assert page.status_code == 403
    assert "labeller is labeller here." in page.text
    twin = reader("labeller").get("/road.json")
    assert twin.json()["error"]["what"] == "labeller is labeller here."
    assert reader("").get("/road.json").status_code == 401


def test_higher_roles_may_what_lower_ones_may() -> None:
    assert [Person("a", role).may("reviewer") for role in RANKS] == [False, False, True, True]
