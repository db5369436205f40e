"""Items lie near each other where what they show is alike, whatever it is."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from milepost.modalities import media
from milepost.steps import whereabouts
from milepost.steps.whereabouts import frame_of, places, words
from milepost.testing.media import png, tone


def sides(place: np.ndarray, half: int) -> tuple[float, float]:
    """Mean cosine of rows of one kind, and of rows of two kinds."""
    unit = place / np.linalg.norm(place, axis=1, keepdims=True)
    alike = unit @ unit.T
    same = np.concatenate([alike[:half, :half].ravel(), alike[half:, half:].ravel()]).mean()
    return float(same), float(alike[:half, half:].mean())


def test_contents_become_a_table_of_what_is_a_single_value() -> None:
    frame = frame_of([{"a": 1, "b": "x", "c": [1]}, {"a": 2.5, "b": 3, "c": [2]}], ["z"])
    assert frame.columns == ["a", "b", "z"]
    assert frame.rows() == [(1.0, "x", None), (2.5, "3", None)]
    assert frame_of(["one", "two"])["content"].to_list() == ["one", "two"]


def test_rows_of_a_table_lie_by_their_numbers_and_categories() -> None:
    rng = np.random.default_rng(0)
    far = np.repeat([0.0, 50.0], 40)
    frame = pl.DataFrame({"x": far + rng.normal(size=80), "kind": ["a"] * 40 + ["b"] * 40})
    same, other = sides(places(frame), 40)
    assert same > 0.8
    assert other < 0


@pytest.mark.parametrize("kind", ["image", "sound"])
def test_media_lie_by_what_is_seen_and_heard(kind: str) -> None:
    rng = np.random.default_rng(0)
    grounds = [rng.integers(0, 90, (32, 32, 3)), np.indices((32, 32)).sum(0)[:, :, None] // 4 % 2 * 160]
    made = [png((g + rng.integers(0, 60, (32, 32, 3))).astype(np.uint8)) for g in grounds for _ in range(12)]
    if kind == "sound":
        made = [tone(name, rng) for name in ("low", "high") for _ in range(12)]
    refs = [media.reference(kind, media.put(data)) for data in made]
    same, other = sides(places(pl.DataFrame({"m": refs})), 12)
    assert same > other + 0.1


def test_texts_lie_by_what_they_say_with_and_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    cats = [f"the cat {verb} on the warm sofa all {time}" for verb in ("sleeps", "purrs", "lies") for time in
            ("day", "night", "morning", "evening")]  # fmt: skip
    bank = [f"interest on a savings account {verb} this {time}" for verb in ("rises", "falls", "stays") for
            time in ("year", "month", "week", "quarter")]  # fmt: skip
    frame = pl.DataFrame({"t": cats + bank})
    for installed in (True, False):
        if not installed:
            monkeypatch.setattr("milepost.modalities.minilm.installed", lambda: False)
        same, other = sides(places(frame), 12)
        assert same > other + 0.5, installed


def test_rows_without_anything_to_tell_them_apart_lie_at_one_place() -> None:
    assert places(pl.DataFrame({"x": [1.0, 1.0]})).shape == (2, 1)
    assert places(pl.DataFrame()).shape == (0, 1)
    assert not words(pl.Series(["", None])).any()
    assert whereabouts.WORDS == 32
