"""The chapter of `understand` as blocks, and its size in the report."""

import numpy as np
import polars as pl
import pytest

from milepost import Project
from milepost.ledger import Evidence
from milepost.report.blocks import Block, Chart, Details, Facts, Notice, Table, charts
from milepost.report.svg import draw
from milepost.steps.base import Told
from milepost.steps.portrait import chapter, spread
from milepost.steps.work import Talk, Work
from milepost.testing import toys


def blocks_of(project: Project) -> list[Block]:
    evidence: Evidence = project.ledger.last("understand")
    road = project.road
    earlier = {name: project.ledger.last(name) for name in ("frame", "collect", "annotate")}
    work = Work(
        "understand", road.folder, road.brief, road.ledger, road.blobs, road.engine, None, earlier, {}, Talk()
    )
    return chapter(Told(project.found("understand"), evidence, work))


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> list[Block]:
    rng = np.random.default_rng(0)
    table = toys.shop(700).drop("tier", "spent")
    y = (table["bought"] == "yes").cast(pl.Float64).to_numpy()
    wide = {f"n{i}": rng.normal(size=700) for i in range(30)}
    age = pl.when(pl.int_range(pl.len()) % 12 == 0).then(-999.0).otherwise(pl.col("age")).alias("age")
    table = table.with_columns(
        age, receipt=y + rng.normal(0, 0.1, 700), **{k: pl.Series(v) for k, v in wide.items()}
    )
    folder = tmp_path_factory.mktemp("told") / "p"
    project = Project.new(folder, table, "bought", time="joined", budget="6s")
    project.run(until="understand", yes=True)
    return blocks_of(project)


def test_leaks_come_first_with_a_chart_that_marks_them(told: list[Block]) -> None:
    assert isinstance(told[0], Notice)
    assert "'receipt'" in told[0].text
    assert "by default" in told[0].text
    first = next(block for block in told if isinstance(block, Chart))
    assert "receipt" in first.alt
    assert "left out" in first.alt


def test_time_map_gaps_and_codes_are_told(told: list[Block]) -> None:
    captions = [block.caption for block in told if isinstance(block, Chart)]
    assert "Rows over time" in captions
    assert "How often values are missing" in captions
    assert any(caption.startswith("Where the rows lie") for caption in captions)
    assert any("-999" in block.text for block in told if isinstance(block, Notice))


def test_every_column_has_its_line_and_its_picture(told: list[Block]) -> None:
    folded = {block.title: block for block in told if isinstance(block, Details)}
    (table,) = folded["Every column in numbers"].blocks
    assert isinstance(table, Table)
    assert len(table.rows) == 40
    (picture,) = folded["How each column is spread"].blocks
    assert isinstance(picture, Chart)
    assert 38 <= picture.svg.count("<g ") <= 40
    (few,) = folded["Example rows"].blocks
    assert isinstance(few, Table)
    assert len(few.head) == 11


def test_what_the_brief_leaves_out_is_not_called_empty(make) -> None:
    project = make(toys.shop(200), "bought", until="understand", columns__city={"role": "ignored"})
    rows = dict(next(block for block in blocks_of(project) if isinstance(block, Facts)).rows)
    assert rows["left out by the brief"] == "city"
    assert "empty or constant, left out" not in rows


def test_the_chapter_of_forty_columns_is_small(told: list[Block]) -> None:
    assert sum(map(len, draw(charts(told)))) < 1_000_000


def test_columns_are_drawn_by_what_they_hold() -> None:
    assert spread("x", {"rows": 3, "missing": 3, "distinct": 0}) is None
    top = [{"value": f"v{i}", "count": 9 - i} for i in range(8)]
    assert spread("c", {"top": top, "distinct": 8}).name == "c"
    assert spread("c", {"top": top, "distinct": 30}).name == "c, 8 most frequent of 30"
    names = [{"value": f"{i}.png", "count": 1} for i in range(8)]
    assert spread("file", {"top": names, "distinct": 30}) is None
    moments = {"low": "2020-01-01", "histogram": {"edges": [0, 86400, 172800], "counts": [1, 2]}}
    assert spread("t", moments).ends == ("1970-01-01", "1970-01-03")
