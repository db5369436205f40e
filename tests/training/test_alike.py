"""Fields that say nearly the same stand together."""

import numpy as np
import polars as pl

from milepost.data.facts import facts_of
from milepost.data.schema import Column, Field
from milepost.modalities.base import modalities
from milepost.training.alike import alike


def field(frame: pl.DataFrame, name: str) -> Field:
    facts = facts_of(frame[name])
    kind = max(("number", "category"), key=lambda one: modalities[one].recognize(facts)[0])
    column = Column(name, facts.dtype, kind, "input", modalities[kind].wire(facts))
    return Field(name, kind, (column,))


def test_correlated_ranks_and_renamed_levels_stand_together() -> None:
    rng = np.random.default_rng(0)
    x, level = rng.normal(size=800), rng.integers(4, size=800)
    frame = pl.DataFrame(
        {
            "x": x,
            "other": rng.normal(size=800),
            "bent": np.exp(3 * x),
            "turned": -x + 0.1 * rng.normal(size=800),
            "flat": np.ones(800),
            "still": np.full(800, 2.0),
            "level": [f"l{v}" for v in level],
            "renamed": [f"r{(v + 1) % 4}" for v in level],
            "merged": [f"m{v // 2}" for v in level],
            "one": ["same"] * 800,
            "other one": ["like it"] * 800,
        }
    )
    found = alike(frame, [field(frame, name) for name in frame.columns])
    assert found == [
        ["x", "bent", "turned"], ["other"], ["flat"], ["still"], ["level", "renamed"], ["merged"], ["one"],
        ["other one"],
    ]  # fmt: skip


def test_what_mostly_misses_resembles_nothing() -> None:
    x = np.random.default_rng(1).normal(size=100)
    rare = [float(v) if i % 3 == 0 else None for i, v in enumerate(x)]
    frame = pl.DataFrame({"x": x, "rare": rare, "again": rare})
    assert alike(frame, [field(frame, name) for name in frame.columns]) == [["x"], ["rare"], ["again"]]
