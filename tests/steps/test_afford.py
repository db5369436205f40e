"""A pretrained network looks at a column only where time and size allow it, and the report says why not."""

import numpy as np
import polars as pl
import pytest

from milepost.modalities import minilm
from milepost.steps import afford

pytestmark = pytest.mark.skipif(not minilm.installed(), reason="the weights of MiniLM are not installed")


WORDS = (
    "the",
    "order",
    "came",
    "late",
    "again",
    "and",
    "box",
    "was",
    "fine",
    "thank",
    "you",
    "so",
    "much",
    "for",
)


def notes(rows: int) -> pl.DataFrame:
    """Notes of some twenty words; those of one kind are angry."""
    rng = np.random.default_rng(0)
    kinds = rng.choice(["angry", "calm"], rows)
    words = [[*rng.choice(WORDS, 18), "refund" if kind == "angry" else "greetings"] for kind in kinds]
    return pl.DataFrame({"note": [" ".join(rng.permutation(one)) for one in words], "kind": kinds})


def prepared(make, rows=500, **brief):
    project = make(notes(rows), "kind", until="prepare", **brief)
    return project, project.found("prepare")


def test_a_short_budget_does_without(make) -> None:
    project, found = prepared(make, budget__seconds=2.0)
    assert "of 2 seconds" in found.spared["note"]
    assert not found.facts["note"]["pretrained"]
    assert "embedded" not in found.widths
    assert "is not shown to a pretrained network" in project.report().read_text(encoding="utf-8")


def test_a_long_one_does_not(make) -> None:
    _, found = prepared(make, rows=120, budget__seconds=600.0)
    assert not found.spared
    assert found.widths["embedded"] == minilm.WIDTH


def test_a_small_package_does_without_whatever_the_time(make) -> None:
    _, found = prepared(make, budget__seconds=600.0, constraints__size_mb=2.0)
    assert "the package may have 2" in found.spared["note"]
    assert afford.megabytes(minilm.MiniLM(), "bytes") > 20


def test_a_quick_answer_does_without(make) -> None:
    _, found = prepared(make, budget__seconds=600.0, constraints__latency_ms=0.5)
    assert "an answer may take 0.5" in found.spared["note"]
