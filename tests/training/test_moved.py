"""What moved an answer: planted words and planted parts of images are marked, nothing else is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from tests.data.test_copies import pictures

from milepost.modalities import kept, media
from milepost.modalities.feeds import decode
from milepost.tasks.base import tasks
from milepost.training.moved import UNITS, moved

BINARY = tasks["binary"].of({"targets": ["y"], "labels": ["no", "yes"], "positive": "yes"})
NUMBER = tasks["regression"].of({"targets": ["y"]})
MANY = tasks["multiclass"].of({"targets": ["y"], "labels": ["a", "b", "c"]})


class Words:
    """Says yes for `prize`, less for `friend`."""

    def predict(self, frame: pl.DataFrame) -> np.ndarray:
        said = frame["said"].fill_null("")
        prize, friend = (said.str.contains(word).to_numpy() for word in ("prize", "friend"))
        return 0.2 + 0.6 * prize - 0.1 * friend


class Length:
    def predict(self, frame: pl.DataFrame) -> np.ndarray:
        return frame["said"].str.len_chars().to_numpy().astype(float)


class Corner:
    """Probabilities by how red the top right corner of an image is."""

    def predict(self, frame: pl.DataFrame) -> np.ndarray:
        red = np.array([decode(media.load(v), "pixels")[:10, -10:, 0].mean() / 255 for v in frame["photo"]])
        return np.column_stack([0.5 * (1 - red), 0.5 * (1 - red), red])


def test_the_words_that_spoke_for_the_answer_are_marked() -> None:
    frame = pl.DataFrame({"said": ["win a prize now friend", "dear friend of mine", None]})
    first, second, third = moved(Words(), BINARY, frame, {"said": "text"})
    assert "".join(piece for piece, _ in first[0].pieces) == "win a prize now friend"
    marks = {piece.strip(): mark for piece, mark in first[0].pieces}
    assert marks == {"win": 0, "a": 0, "prize": 1, "now": 0, "friend": -0.167}
    assert {p.strip(): m for p, m in second[0].pieces}["friend"] == 1, "it spoke for no, which was said"
    assert third == ()


def test_numbers_move_too_and_long_texts_in_groups_of_words() -> None:
    frame = pl.DataFrame({"said": [" ".join(["word"] * 200)]})
    (shown,) = moved(Length(), NUMBER, frame, {"said": "text"})[0]
    assert len(shown.pieces) <= UNITS
    assert all(mark > 0.5 for _, mark in shown.pieces[:-1])


def test_the_part_of_an_image_that_spoke_for_it_is_hot(tmp_path: Path) -> None:
    pixels = np.full((50, 50, 3), 40, np.uint8)
    pixels[:10, 40:] = (250, 20, 20)
    (name,) = pictures(tmp_path, [pixels])
    (shown,) = moved(Corner(), MANY, pl.DataFrame({"photo": [name]}), {"photo": "image"})[0]
    heat = np.array(shown.heat)
    assert heat.shape == (5, 5)
    assert heat[0, 4] == 1
    assert np.abs(np.delete(heat.ravel(), 4)).max() < 0.05


def test_nothing_is_marked_where_nothing_matters_or_time_is_up() -> None:
    frame = pl.DataFrame({"said": ["plain words only"]})
    (shown,) = moved(Words(), BINARY, frame, {"said": "text"})[0]
    assert {mark for _, mark in shown.pieces} == {0}
    (late,) = moved(Words(), BINARY, pl.DataFrame({"said": ["a prize"]}), {"said": "text"}, seconds=-1)[0]
    assert late.pieces == (("a prize", 0.0),)
    assert (late.late, shown.late) == (True, False)


def test_what_was_made_to_ask_about_is_not_kept() -> None:
    before = kept.kept
    moved(Words(), BINARY, pl.DataFrame({"said": ["a prize"]}), {"said": "text"})
    assert kept.kept is before
