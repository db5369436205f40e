"""The threshold page: any threshold out of fold, the sealed rows at the signed one only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from milepost.store.blobs import Blobs


def test_the_slider_moves_the_sentence_the_counts_and_the_chart(reader: Callable[..., Any]) -> None:
    visitor = reader("reviewer")
    one, two = (visitor.json(f"/threshold.json?point={point}") for point in (20, 120))
    assert one["at"] < two["at"]
    assert one["point"] == 20
    assert one["sentence"] != two["sentence"]
    assert one["cells"]["tp"] >= two["cells"]["tp"]
    assert one["blocks"][0]["alt"] != two["blocks"][0]["alt"]
    assert one["sealed"] == two["sealed"], "what the sealed rows say does not move"
    said = visitor.json("/threshold.json?at=30 %")
    assert said["at"] == 0.3
    assert f"{said['cells']['tp']:,}</td>" in visitor.get("/threshold?at=0.3").text


def test_every_point_of_the_slider_can_be_signed(reader: Callable[..., Any]) -> None:
    visitor = reader("reviewer")
    last = visitor.json("/threshold.json")["points"] - 1
    for point in (0, last, last + 50):
        assert 0 <= visitor.json(f"/threshold.json?point={point}")["at"] <= 1
    assert visitor.get("/threshold?at=2").status_code == 400
    assert visitor.get("/threshold?at=x").status_code == 400


def test_the_slider_opens_no_sealed_row(reader: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = reader("reviewer")
    ledger = visitor.site.project.ledger
    final, collect = ledger.last("final"), ledger.last("collect")
    sealed = {final.artifacts["truth"], final.artifacts["prediction"], collect.artifacts["test"]}
    read: list[str] = []
    for name in ("get_array", "get_frame", "get_json", "get"):
        before = getattr(Blobs, name)

        def noted(blobs: Any, digest: str, *more: Any, before: Any = before) -> Any:
            read.append(digest)
            return before(blobs, digest, *more)

        monkeypatch.setattr(Blobs, name, noted)
    visitor.site.kept.pop("cuts", None)
    for point in (3, 50, 150):
        assert visitor.get(f"/threshold?point={point}").status_code == 200
    assert read
    assert not sealed & set(read)


def test_a_signature_is_an_answer_and_tells_of_the_sealed_rows_after_the_run(owner: Any) -> None:
    assert owner.json("/threshold.json")["sealed"] is not None
    assert owner.post("/threshold", value="0.25", because="cheap checks").headers["location"] == "/threshold"
    signed = owner.json("/threshold.json")
    assert (signed["signed"]["value"], signed["signed"]["by"]) == ("0.25", "ada")
    assert signed["signed"]["because"] == "cheap checks"
    assert signed["at"] == 0.25
    assert signed["sealed"] is None, "the counts at another threshold are not shown under this signature"
    owner.site.project.run()
    assert owner.json("/threshold.json")["sealed"]["at"] == 0.25
    assert owner.post("/threshold", value="2").status_code == 400


def test_before_tune_there_is_none(young: Any) -> None:
    found = young.json("/threshold.json")
    assert found["ready"] is False
    assert "has not been reached" in young.get("/threshold").text
