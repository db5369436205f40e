"""Word vectors as features: graph and training agree, and words never seen in training tell the class."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests import wordland

from milepost.data.facts import facts_of
from milepost.graphs.builder import Builder
from milepost.graphs.ngrams import word_keys
from milepost.graphs.session import run, session
from milepost.modalities import media
from milepost.modalities.base import feed
from milepost.modalities.minilm import LENGTH
from milepost.modalities.text import Text
from milepost.modalities.vecfile import read, table
from milepost.modalities.wordvectors import SMOOTH, MeansVectorizer, Vectors, counted, names

ODD = ["", " ", "🚀🚀 👩\u200d👩\u200d👧", "مرحبا بالعالم", "a b c", None]


@pytest.fixture
def kept(tmp_path):
    """Keeps a table of the vectors, and returns its digest."""

    def made(rows: pl.DataFrame, most: int = wordland.COUNT) -> str:
        path = wordland.write(tmp_path / "words.vec", wordland.vectors())
        return media.put(read(path, counted(rows["said"])[0], most).packed())

    return made


def graph(fitted, column: pl.Series) -> np.ndarray:
    builder = Builder()
    out = fitted.emit(builder, (builder.input("t", "bytes"),))
    builder.output(out, "f", "float", len(fitted.features))
    (found,) = run(session(builder.model()), {"t": feed(column, "bytes")}).values()
    return found


def test_graph_and_training_agree(kept):
    rows = wordland.texts(200, wordland.SEEN)
    fitted = MeansVectorizer("said", kept(rows, 2_000)).fit(rows.select("said"), None, None)
    long = " ".join(wordland.WORDS[:50] * 30)
    asked = pl.Series("said", [*wordland.texts(60, wordland.UNSEEN)["said"], *ODD, long, long.upper()])
    found = fitted.shortcut(asked.to_frame())
    np.testing.assert_allclose(graph(fitted, asked), found, rtol=1e-6, atol=1e-6)
    assert found.shape == (68, 2 * wordland.WIDTH + 1)
    assert found[60:66, -1].tolist() == [1] * 6
    assert not found[60:66, :-1].any()
    known = found[found[:, -1] == 0]
    assert len(known) > 50
    np.testing.assert_allclose(np.linalg.norm(known[:, : wordland.WIDTH], axis=1), LENGTH, rtol=1e-5)
    assert found[66].tolist() == found[67].tolist()


def test_words_never_seen_in_training_tell_the_class(kept):
    rows, others = wordland.texts(400, wordland.SEEN), wordland.texts(400, wordland.UNSEEN, seed=3)
    fitted = MeansVectorizer("said", kept(rows)).fit(rows.select("said"), None, None)
    x, y = fitted.shortcut(rows.select("said")), (rows["mood"] == "glad").to_numpy()
    slope, *_ = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), 2.0 * y - 1, rcond=None)
    seen = np.column_stack([fitted.shortcut(others.select("said")), np.ones(400)]) @ slope
    assert ((seen > 0) == (others["mood"] == "glad").to_numpy()).mean() > 0.95


def test_words_of_the_rows_come_first_then_the_first_of_the_file(kept):
    rows = pl.DataFrame({"said": [f"{wordland.WORDS[3900]} {wordland.WORDS[2]} {wordland.WORDS[2]}"]})
    file = kept(pl.DataFrame({"said": [*rows["said"], wordland.WORDS[3950]]}), 5)
    fitted = MeansVectorizer("said", file).fit(rows, None, None)
    held = [table(file).keys.tolist().index(key) for key in fitted.words.keys.tolist()]
    assert fitted.words.keys.tolist() == word_keys([wordland.WORDS[n] for n in (0, 1, 2, 3, 3900)]).tolist()
    assert held == fitted.places.tolist()
    np.testing.assert_allclose(
        fitted.weight, [1, 1, SMOOTH / (SMOOTH + 2 / 3), 1, SMOOTH / (SMOOTH + 1 / 3)], rtol=1e-6
    )


def test_rows_without_a_word_are_no_reason_to_stop(kept):
    rows = pl.DataFrame({"said": pl.Series([None, ""], dtype=pl.String)})
    file = kept(wordland.texts(5, wordland.SEEN))
    fitted = MeansVectorizer("said", file).fit(rows, None, None)
    assert fitted.weight.tolist() == [1.0] * wordland.COUNT
    assert fitted.shortcut(rows)[:, -1].tolist() == [1, 1]


def test_a_column_with_vectors_is_seen_through_them(kept):
    rows = wordland.texts(30, wordland.SEEN)
    facts = facts_of(rows["said"])
    named = {"said": replace(facts, vectors=kept(rows))}
    assert "embedded" in Text().views(named)
    assert isinstance(Text().vectorizer("embedded", named), MeansVectorizer)
    stage = Text().pretrained(named["said"])
    assert isinstance(stage, Vectors)
    assert not stage.lasting
    assert stage.width == len(names("said", wordland.WIDTH)) == 2 * wordland.WIDTH + 1
    assert stage.model("bytes").ByteSize() > wordland.COUNT * wordland.WIDTH
    spared = {"said": replace(named["said"], pretrained=False)}
    assert "embedded" not in Text().views(spared)
