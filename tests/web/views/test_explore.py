"""The map and the sheets: development rows only, by label or fold, on the earth, with their pictures."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from fastapi import FastAPI
from tests.web.conftest import EVIL, visitor

from milepost import Project
from milepost.project.tell import onlooker
from milepost.web.app import create
from milepost.web.site import Door


def table(visitor: Any, link: str) -> pl.DataFrame:
    return pl.read_csv(io.BytesIO(visitor.get(link).content))


def test_the_map_shows_development_rows_by_label_and_by_fold(reader: Callable[..., Any]) -> None:
    visitor = reader("reviewer")
    found = visitor.json("/map.json")
    frame = visitor.site.project
    target = frame.brief.target.columns[0]
    rows = onlooker(frame.road, "data").rows("development")
    numbers = table(visitor, "/map/chart/0.csv")
    assert numbers.height == min(rows.height, 2000)
    truth = rows[target].cast(pl.String).to_list()
    assert [truth[at] for at in numbers["row"]] == numbers["class"].to_list()
    assert found["ways"] == ["label", "fold"]
    folds = table(visitor, "/map/chart/0.csv?by=fold")
    assert set(folds["class"]) <= {f"fold {at}" for at in range(1, 99)} | {"judges nothing", "others"}
    assert folds["class"].n_unique() > 1
    assert folds["x"].to_list() == numbers["x"].to_list()


def test_no_sealed_row_is_on_any_page(reader: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from milepost.steps.work import Work

    asked: list[str] = []
    rows = Work.rows

    def watched(work: Any, part: str, *more: Any) -> Any:
        asked.append(part)
        return rows(work, part, *more)

    monkeypatch.setattr(Work, "rows", watched)
    visitor = reader("owner")
    visitor.site.kept.clear()
    for path in ("/map", "/map?by=fold", "/sheets", "/sheets?draw=3"):
        assert visitor.get(path).status_code == 200
    assert asked
    assert set(asked) == {"development"}


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """A project of pictures, texts and places as far as `collect`; each sealed row's text names itself."""
    image = pytest.importorskip("PIL.Image", reason="the extra [image] brings Pillow")
    home = tmp_path_factory.mktemp("media")
    rng, lines = np.random.default_rng(0), []
    (home / "pictures").mkdir()
    for at in range(80):
        pixels = rng.integers(0, 255, (24, 32, 3)).astype(np.uint8)
        image.fromarray(pixels).save(home / "pictures" / f"{at}.png")
        text = f"row-{at}- {EVIL} {' '.join(rng.choice(['sun', 'rain', 'wind', 'hill', 'sea'], 12))}"
        place = (50 + rng.normal(), 10 + rng.normal())
        lines.append((f"pictures/{at}.png", text, *place, ["cat", f"<b>dog{EVIL}"][at % 2]))
    frame = pl.DataFrame(lines, schema=["image", "note", "lat", "lon", "kind"], orient="row")
    frame.write_csv(home / "rows.csv")
    project = Project.new(home / "p", home / "rows.csv", "kind", budget="3s", threads=1)
    project.run(yes=True, until="collect", waive_all="a toy")
    return create(home / "p", Door(True, "ada", "k", 1))


def test_sheets_show_texts_and_pictures_of_each_class_and_nothing_sealed(media: FastAPI) -> None:
    ada = visitor(media, "ada")
    work = onlooker(ada.site.project.road, "data")
    rows = work.rows("development")
    open_ = {word.split()[0] for word in rows["note"].to_list()}
    assert 40 <= len(open_) < 80
    found = ada.json("/sheets.json")
    assert sorted(found["columns"]) == ["image", "note"]
    seen = set()
    for draw in range(3):
        page = ada.get(f"/sheets?column=note&draw={draw}")
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        (sheet,) = ada.json(f"/sheets.json?column=note&draw={draw}")["blocks"]
        names = [band[0].split(" (")[0] for band in sheet["bands"]]
        assert sorted(names) == [f"<b>dog{EVIL}", "cat"]
        seen |= {tile["text"][0][0].split()[0] for band in sheet["bands"] for tile in band[1]}
    assert seen <= open_
    assert len(seen) > 12, "other draws show other rows"
    (sheet,) = ada.json("/sheets.json?column=image")["blocks"]
    tiles = [tile for band in sheet["bands"] for tile in band[1]]
    assert len(tiles) == 12
    assert all(tile["image"].startswith("data:image/") for tile in tiles)
    assert ada.json("/sheets.json?column=nowhere&draw=x")["column"] == found["column"]


def test_places_are_drawn_without_the_network(media: FastAPI) -> None:
    ada = visitor(media, "ada")
    found = ada.json("/map.json")
    assert found["places"] == [["lat", "lon"]]
    assert len(found["blocks"]) == 3
    page = ada.get("/map").text
    assert page.count("<svg") >= 3
    assert "<script>alert" not in page
    assert 'src="http' not in page
    places = table(ada, "/map/chart/2.csv")
    assert places["x"].is_between(0, 20).all()
    assert found["ways"] == ["label"], "no folds are drawn yet"


def test_before_the_rows_are_read(young: Any) -> None:
    for path in ("/map", "/sheets"):
        assert "was not reached" in young.get(path).text
        assert young.json(f"{path}.json")["ready"] is False
