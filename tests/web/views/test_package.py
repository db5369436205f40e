"""The package page answers a row as the package does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from milepost.serving.native import example
from milepost.shipping.manifest import open_package


def test_a_row_that_is_tried_gets_the_package_s_answer(reader: Callable[..., Any]) -> None:
    visitor = reader("reviewer")
    row = example(open_package(visitor.site.folder / "package").manifest)
    answer = visitor.client.post("/package/predict", json={"rows": [row]})
    assert answer.status_code == 200
    (said,) = answer.json()["answers"]
    (true,) = visitor.site.project.predict(pl.DataFrame([row])).to_dicts()
    assert said["proba_yes"] == pytest.approx(true["proba_yes"])


def test_the_form_has_a_field_a_column_and_the_package_s_own_script(reader: Callable[..., Any]) -> None:
    visitor = reader("reviewer")
    page, found = visitor.get("/package").text, visitor.json("/package.json")
    for column in found["columns"]:
        assert f"name='{column['name']}'" in page
    assert 'action="/package/predict"' in page
    assert "getAttribute('action')" in visitor.get("/package/try.js").text
    assert found["stale"] is False


def test_what_cannot_be_answered_says_why(reader: Callable[..., Any]) -> None:
    client = reader("reviewer").client
    refused = client.post("/package/predict", json={"rows": [{"nonsense": 1}]})
    assert refused.status_code == 400
    assert "nonsense" in refused.json()["error"]["what"]
    assert client.post("/package/predict", json={"rows": [{}] * 101}).status_code == 400
    assert (
        client.post(
            "/package/predict", content=b"{", headers={"content-type": "application/json"}
        ).status_code
        == 400
    )
    assert client.post("/package/predict", data={"rows": "x"}).status_code == 400, "a form is no JSON"


def test_before_ship_there_is_none(young: Any) -> None:
    assert young.json("/package.json")["ready"] is False
    assert young.client.post("/package/predict", json={"rows": [{}]}).status_code == 400


def test_a_package_of_an_earlier_state_says_so(owner: Any) -> None:
    owner.site.project.answer("explain.threshold", "0.25", "ada")
    assert owner.json("/package.json")["stale"] is True
    assert "not of the project" in owner.get("/package").text
