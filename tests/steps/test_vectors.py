"""Word vectors that the brief names reach the package, are told, and are refused in plain sentences."""

import polars as pl
import pytest
from tests import wordland

from milepost import Project
from milepost.errors import BriefError, InputError
from milepost.modalities import minilm
from milepost.steps.work import Talk


def project(tmp_path, rows: pl.DataFrame | None = None, seconds: str = "20s", **column) -> Project:
    table = wordland.texts(300, wordland.SEEN) if rows is None else rows
    made = Project.new(tmp_path / "p", table, "mood", budget=seconds)
    wordland.write(made.folder / "words.vec", wordland.vectors())
    said = {"modality": "text", "vectors": "words.vec", **column}
    made.brief.changed({"columns.said": said, "budget.trials": 3}).write(made.folder)
    return Project(made.folder)


def prepared(made: Project):
    made.run(until="prepare", talk=Talk(yes=True))
    return Project(made.folder).found("prepare")


def test_a_package_knows_words_that_no_row_had(tmp_path):
    made = project(tmp_path)
    assert made.run(yes=True, waive_all="a toy").done
    fresh = wordland.texts(200, wordland.UNSEEN, seed=5)
    told = made.predict(fresh.select("said"))
    assert (told["prediction"] == fresh["mood"]).mean() > 0.95


def test_what_the_vectors_know_is_told(tmp_path):
    made = project(tmp_path, vector_words=250)
    known = prepared(made).vectors["said"]
    assert (known.file, known.words, known.kept) == ("words.vec", wordland.COUNT, 250)
    assert known.width == wordland.WIDTH
    # every text has a number of its own among nine words; numbers below ten are no words
    assert 0.85 < known.running < 0.95
    assert "It knows" in made.report().read_text(encoding="utf-8")


def test_another_file_under_the_same_name_is_read_anew(tmp_path):
    made = project(tmp_path)
    first = prepared(made).vectors["said"]
    assert prepared(made).vectors["said"] == first
    wordland.write(made.folder / "words.vec", wordland.vectors(seed=9), header=False)
    assert prepared(made).vectors["said"].table != first.table


def test_a_package_that_must_be_small_does_without(tmp_path):
    found = prepared(project(tmp_path, wordland.texts(60, wordland.SEEN), vector_words=500))
    assert "embedded" in found.widths
    small = project(tmp_path / "small", wordland.texts(60, wordland.SEEN))
    small.brief.changed({"constraints.size_mb": 0.01}).write(small.folder)
    found = prepared(Project(small.folder))
    assert "its table of word vectors alone has" in found.spared["said"]
    assert "embedded" not in found.widths


def test_a_column_that_is_no_text_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"\[columns\.said\] names word vectors, but 'said' is a category"):
        prepared(project(tmp_path, modality="category", role="input"))


def test_vectors_of_another_language_are_refused(tmp_path):
    strange = "xx" + pl.col("said").str.replace_all(" ", " xx")
    rows = wordland.texts(60, wordland.SEEN).with_columns(said=strange)
    with pytest.raises(InputError, match=r"none of the \d+ words of 'said' is among the 4,000 of 'words"):
        prepared(project(tmp_path, rows))


def test_a_file_that_is_not_there_or_outside_is_refused(tmp_path):
    made = project(tmp_path)
    (made.folder / "words.vec").unlink()
    with pytest.raises(
        BriefError, match=r"\[columns\.said\] vectors names 'words\.vec', but there is no such"
    ):
        made.run(until="frame", talk=Talk(yes=True))
    with pytest.raises(BriefError, match="Expected a file inside this folder"):
        made.brief.changed({"columns.said": {"vectors": "../words.vec"}})
    (tmp_path / "away.vec").write_text("cat 1")
    (made.folder / "link.vec").symlink_to(tmp_path / "away.vec")
    made.brief.changed({"columns.said": {"vectors": "link.vec"}}).write(made.folder)
    with pytest.raises(BriefError, match=r"link\.vec' leads out of the project"):
        Project(made.folder)


def test_a_file_of_nonsense_is_refused_with_its_line(tmp_path):
    made = project(tmp_path)
    (made.folder / "words.vec").write_text("2 3\ncat 1 2 3\ndog 1 2\n")
    with pytest.raises(InputError, match="line 3 of 'words.vec' has 2 numbers where 3 are expected"):
        prepared(made)


def test_named_vectors_stand_before_the_network(tmp_path):
    assert prepared(project(tmp_path)).widths["embedded"] == 2 * wordland.WIDTH + 1 != minilm.WIDTH
