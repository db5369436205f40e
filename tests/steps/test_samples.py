"""What is looked at: samples of each class, words that tell classes apart, rows unlike the others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.data.test_copies import pictures
from tests.data.test_nearimage import painted
from tests.data.test_neartext import sentences

from milepost.steps.divided import ROW
from milepost.steps.samples import CLASSES, EACH, classes, measures_of, odd, sheet, typical
from milepost.steps.work import Talk, Work
from milepost.tasks.base import tasks


def messages(rows: int = 240) -> pl.DataFrame:
    """Texts of which the word `prize` tells the class, one very long, and a number of no use."""
    random = np.random.default_rng(0)
    spam = random.random(rows) < 0.4
    words = sentences(rows, 9)
    texts = [f"{text} prize" if yes else f"{text} table" for text, yes in zip(words, spam, strict=True)]
    texts[5] = " ".join(sentences(40, 9, seed=1))
    n = random.normal(size=rows)
    return pl.DataFrame({"said": texts, "n": n, "kind": np.where(spam, "spam", "fine")})


def test_texts_are_looked_at_on_the_road(make) -> None:
    project = make(messages(), "kind", until="understand")
    found = project.found("understand").looked
    assert [(seen.name, seen.kind) for seen in found] == [("said", "text")]
    words = dict(found[0].words)
    assert words["spam"][0] == "prize"
    assert "prize" not in words["fine"]
    kept = project.ledger.last("understand").artifacts
    shown = project.blobs.get_frame(kept["sheet.said"])
    assert set(shown["band"].str.extract(r"^(\w+)").to_list()) == {"fine", "spam", "unlike"}
    sealed = project.blobs.get_frame(project.ledger.last("collect").artifacts["test"])["said"].to_list()
    assert not [text for text in shown["text"] if any(s.startswith(text[:60]) for s in sealed)], (
        "none is sealed"
    )
    measures = project.blobs.get_frame(kept["measures"])
    development = project.blobs.get_frame(project.ledger.last("collect").artifacts["development"])
    assert measures.height == development.height
    assert measures["said: characters"].to_list() == development["said"].str.len_chars().to_list()
    assert ROW not in measures.columns
    page = project.report().read_text()
    assert "Typical words in" in page
    assert "none of them sealed" in page


def test_results_are_told_by_measures_that_vary(make) -> None:
    project = make(messages(), "kind", until="understand")
    road = project.road
    earlier = {"understand": project.ledger.last("understand")}
    stores = road.folder, road.brief, road.ledger, road.blobs, road.engine
    work = Work("explain", *stores, None, earlier, {}, Talk())
    found = measures_of(work, np.array([3, 0, 9]))
    assert found.columns[0] == "said: characters"
    assert found.height == 3
    development = project.blobs.get_frame(project.ledger.last("collect").artifacts["development"])
    assert found["said: characters"].to_list() == development["said"].str.len_chars()[[3, 0, 9]].to_list()


def test_pictures_are_shown_small_and_the_report_stays_small(make, tmp_path: Path) -> None:
    names = pictures(tmp_path, [painted(seed) for seed in range(80)])
    table = pl.DataFrame({"photo": names, "n": np.arange(80) % 7, "kind": ["a", "b"] * 40})
    project = make(table, "kind", until="understand")
    shown = project.blobs.get_frame(project.ledger.last("understand").artifacts["sheet.photo"])
    assert shown["image"].str.starts_with("data:image/jpeg").all()
    page = project.report().read_text()
    assert page.count("<img ") >= 2 * EACH
    assert len(page) < 1_000_000


def test_a_measure_that_knows_the_answer_is_told(make, tmp_path: Path) -> None:
    small, large = [painted(s, 60) for s in range(40)], [painted(s, 90) for s in range(40, 80)]
    names = pictures(tmp_path, [*small, *large])
    table = pl.DataFrame({"photo": names, "n": np.arange(80) % 7, "kind": ["a"] * 40 + ["b"] * 40})
    project = make(table, "kind", until="understand")
    assert project.found("understand").looked[0].scores["width"] == pytest.approx(1.0)
    page = project.report().read_text()
    assert "&#39;width&#39; of &#39;photo&#39; alone tells much about the target" in page


def test_classes_come_by_size_and_numbers_in_fourths() -> None:
    task = tasks["multiclass"].of({"targets": ["y"], "labels": ["a", "b", "c"]})
    assert [name for name, _ in classes(task, np.array([1, 1, 2, 1]))] == ["b", "c"]
    number = tasks["regression"].of({"targets": ["y"]})
    bands = classes(number, np.arange(100.0))
    assert [len(places) for _, places in bands] == [25] * 4
    assert bands[0][0].startswith("y 0 to")


def test_a_sheet_shows_so_many_of_each_class() -> None:
    texts = pl.Series([f"text number {k} of many" for k in range(300)])
    bands = [(f"class {k}", np.arange(k * 20, k * 20 + 20)) for k in range(15)]
    shown = sheet(texts, bands, pl.DataFrame({"n": [1.0] * 300}), 0)
    assert shown["band"].n_unique() == CLASSES
    assert shown.height == CLASSES * EACH
    assert shown.equals(sheet(texts, bands, pl.DataFrame({"n": [1.0] * 300}), 0)), (
        "the same for the same seed"
    )


def test_odd_rows_are_those_far_from_the_middle() -> None:
    values = np.random.default_rng(0).normal(50, 5, 200)
    values[[7, 11]] = 500, -300
    found = odd(pl.DataFrame({"brightness": values}))
    assert found[0][0] == 7
    assert {at for at, _ in found[:2]} == {7, 11}
    assert found[0][1] == "brightness 500"
    assert odd(pl.DataFrame({"brightness": np.random.default_rng(0).uniform(size=200)})) == []


def test_typical_words_need_two_classes_and_evidence() -> None:
    texts = pl.Series(["apple pie"] * 30 + ["plum pie"] * 30)
    words = dict(typical(texts, [("one", np.arange(30)), ("two", np.arange(30, 60))]))
    assert words == {"one": ("apple",), "two": ("plum",)}
    assert typical(texts, [("all", np.arange(60))]) == ()
