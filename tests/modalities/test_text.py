"""Text is recognised, summarised, and shown as bytes."""

import numpy as np
import polars as pl
import pytest

from milepost.data.facts import facts_of
from milepost.modalities import minilm
from milepost.modalities.base import Block
from milepost.modalities.text import Text
from milepost.testing.modalities import check_modality, features

TEXT = Text()
REVIEW = "this is review number {} of a film that nobody has seen, and it says a lot"


@pytest.mark.slow
def test_passes_the_checks(monkeypatch):
    monkeypatch.setattr(minilm, "TOKENS", 24)  # texts longer than the window are there all the same
    check_modality(TEXT, pl.DataFrame({"t": [REVIEW.format(n) for n in range(4)] + [None]}))


@pytest.mark.parametrize(
    ("values", "sure"),
    [
        ([REVIEW.format(n) for n in range(50)], True),
        ([REVIEW.format(n % 3) for n in range(50)], False),
        ([f"Braund, Mr. Owen {n}" for n in range(50)], False),
        ([f"{n:064x}" for n in range(50)], False),
        (["yes", "no"] * 25, False),
        ([1.0, 2.0], False),
    ],
)
def test_recognised(values, sure):
    found, why = TEXT.recognize(facts_of(pl.Series("c", values)))
    assert (found > 0.9) == sure
    assert why.endswith(".")


def test_anything_written_may_be_said_to_be_text():
    assert TEXT.recognize(facts_of(pl.Series("c", ["yes", "no"])))[0] > 0
    assert TEXT.recognize(facts_of(pl.Series("c", [1, 2])))[0] == 0


def test_summary():
    told = TEXT.summarize(
        pl.Series(["The film was good, it was", "der Film ist nicht gut und das", "", None])
    )
    assert (told["rows"], told["missing"], told["distinct"]) == (4, 2, 2)
    assert told["top"][0] == {"value": "film", "count": 2}
    assert told["vocabulary"] == 11
    assert told["characters"]["mean"] == 27.5
    assert told["languages"] == {"English": 0.5, "German": 0.5}
    assert told["non_ascii"] == 0
    assert TEXT.summarize(pl.Series(["Жёлтый ab"]))["non_ascii"] == pytest.approx(6 / 9)
    assert TEXT.summarize(pl.Series([None], dtype=pl.String)) == {"rows": 1, "missing": 1, "distinct": 0}


def test_the_signal_is_the_bytes_of_most_rows():
    frame = pl.DataFrame({"t": ["x" * 20] * 995 + ["y" * 5000] * 5})
    fitted = TEXT.vectorizer("signals", {"t": facts_of(frame["t"])}).fit(frame, None, None)
    assert fitted.blocks == (Block("bytes", 0, (32,)),)
    rows = pl.DataFrame({"t": ["é", "y" * 100, None]})
    found = features(fitted, rows, {"t": "bytes"})[:, :32]
    assert found[0, :3].tolist() == [0xC3, 0xA9, 0]
    assert (found[1] == ord("y")).all()
    assert not found[2].any()
    long = pl.DataFrame({"t": ["x" * 9000]})
    assert (
        TEXT.vectorizer("signals", {"t": facts_of(long["t"])}).fit(long, None, None).blocks[0].width == 2048
    )


def test_trees_see_counts_as_they_are():
    frame = pl.DataFrame({"t": [REVIEW.format(n) for n in range(30)]})
    fitted = TEXT.vectorizer("trees", {"t": facts_of(frame["t"])}).fit(frame, np.arange(30.0), None)
    found = features(fitted, frame, {"t": "bytes"})
    assert found[:, fitted.features.index("t words")].tolist() == [17.0] * 30
