import base64
import io

import numpy as np
import polars as pl
import pytest
from tests.data.test_copies import pictures
from tests.data.test_nearimage import painted

from milepost.report.gallery import (
    Shown,
    failures,
    gallery,
    kind,
    said,
    sheet,
    shown,
    surprising,
    true,
)
from milepost.report.thumbs import heated
from milepost.tasks.base import tasks

BINARY = tasks["binary"].of({"targets": ["late"], "labels": ["no", "yes"]})
MANY = tasks["multiclass"].of({"targets": ["kind"], "labels": ["a", "b", "c"]})
NUMBER = tasks["regression"].of({"targets": ["price"], "scale": [1.0]})


def test_the_most_confident_mistakes_of_both_kinds_come_first():
    rng = np.random.default_rng(0)
    truth, p = rng.integers(0, 2, 400), rng.uniform(0.02, 0.98, 400)
    rows = surprising(BINARY, truth, p, 12)
    missed, false = rows[truth[rows] == 1], rows[truth[rows] == 0]
    assert (len(missed), len(false)) == (6, 6)
    assert sorted(p[missed]) == sorted(np.sort(p[truth == 1])[:6])
    assert sorted(p[false]) == sorted(np.sort(p[truth == 0])[-6:])
    assert np.argmin(p[rows]) == list(rows).index(missed[0])


def test_right_answers_are_no_failures():
    truth = np.array([0, 1, 1])
    assert surprising(BINARY, truth, np.array([0.1, 0.9, 0.6])).tolist() == []
    assert surprising(MANY, truth, np.eye(3)[truth]).tolist() == []
    assert surprising(NUMBER, np.ones(3), np.ones(3)).tolist() == []


def test_several_classes_show_different_mistakes():
    truth = np.repeat([0, 1], 50)
    said_ = np.full((100, 3), 0.05)
    said_[np.arange(100), np.repeat([1, 2], 50)] = 0.9
    rows = surprising(MANY, truth, said_, 12)
    assert sorted(truth[rows]) == [0, 0, 1, 1]


def test_numbers_too_low_and_too_high():
    truth = np.zeros(100)
    guess = np.linspace(-10, 5, 100)
    rows = surprising(NUMBER, truth, guess, 4)
    assert guess[rows[:2]].tolist() == guess[:2].tolist()
    assert guess[rows[2:]].tolist() == guess[-1:-3:-1].tolist()


def test_a_failure_says_what_misled_it_and_shows_the_row():
    frame = pl.DataFrame({"a": [1.23456, None], "b": ["x" * 50, "y"], "c": [1, 2]})
    pair = (np.array([1, 0]), np.array([0.011, 0.97]))
    found = failures(BINARY, pair, frame, ["a", "b", "absent"], [["c"], []])
    assert [f.kind for f in found] == ["missed", "flagged falsely"]
    assert (found[0].said, found[0].truth) == ("late = yes: 1.1 %", "yes")
    assert list(found[0].row) == ["c", "a", "b"]
    assert found[1].row == {"a": "missing", "b": "y"}
    table = gallery(found, "Failures")
    assert table.rows[0][3] == "c = 1"
    assert table.rows[0][4].startswith("a = 1.235, b = xxx")
    assert table.rows[1][3] == "no single column"
    assert len(table.head) == len(table.rows[0])


def test_predictions_and_truths_in_words():
    assert said(MANY, np.array([0.1, 0.7, 0.2])) == "b: 70 %"
    assert (said(NUMBER, 3.14159), true(NUMBER, 2.0)) == ("3.142", "2")
    vector = tasks["vector"].of({"targets": ["x", "y"], "scale": [1.0, 1.0]})
    assert said(vector, np.array([1.0, 2.5])) == "1, 2.5"
    assert kind(MANY, 5) == "b taken for c"
    assert [kind(NUMBER, i) for i in (0, 1)] == ["too low", "too high"]
    assert shown(True) == "True"


def test_several_labels_are_missed_or_given_falsely():
    task = tasks["multilabel"].of({"targets": ["t"], "labels": ["a", "b", "c"], "form": ";"})
    truth = np.array([[1, 0, 0], [0, 0, 0], [1, 1, 0], [0, 1, 1]])
    proba = np.array([[0.1, 0.2, 0.1], [0.1, 0.9, 0.6], [0.9, 0.8, 0.1], [0.2, 0.9, 0.4]])
    rows = surprising(task, truth, proba)
    assert set(rows.tolist()) == {0, 1, 3}
    found = failures(task, (truth, proba), pl.DataFrame({"x": [1, 2, 3, 4]}), ["x"])
    assert [f.kind for f in found[:2]] == ["a missed", "b given falsely"]
    assert (found[0].said, found[0].truth) == ("none; b: 20 %", "a")
    assert (found[1].said, found[1].truth) == ("b: 90 %, c: 60 %", "none")
    assert found[2].truth == "a, b"


def test_failures_with_texts_and_images_look_as_they_are(tmp_path):
    (name,) = pictures(tmp_path, [painted(1, 60)])
    frame = pl.DataFrame({"said": ["a prize"], "photo": [name], "n": [3.5]})
    rich = [
        (
            Shown("said", "text", "", (("a", 0.0), (" prize", 1.0))),
            Shown("photo", "image", name, (), ((1.0, 0.0), (0.0, -1.0))),
            Shown("photo", "image", f"image:{'0' * 64}"),
        )
    ]
    found = failures(
        BINARY, (np.array([1]), np.array([0.1])), frame, ["said", "photo", "n"], [["said"]], rich
    )
    assert found[0].row == {"n": "3.5"}, "what is shown is not told again"
    assert gallery(found, "").rows[0][3] == "said"
    whole = sheet(found, "Wrong")
    ((_, tiles),) = whole.bands
    assert whole.large
    assert tiles[0].text == (("a", 0.0), (" prize", 1.0))
    assert "it was yes" in tiles[0].title
    assert tiles[1].image.startswith("data:image/jpeg")
    assert "cannot be shown" in tiles[2].note


def test_heat_is_red_where_it_speaks_for_and_blue_where_against(tmp_path):
    image = pytest.importorskip("PIL.Image")
    (name,) = pictures(tmp_path, [np.full((80, 80, 3), 128, np.uint8)])
    data = heated(name, ((1.0, 0.0), (0.0, -1.0))).partition(",")[2]
    shown_ = np.asarray(image.open(io.BytesIO(base64.b64decode(data)))).astype(int)
    assert shown_[5, 5, 0] > shown_[5, 5, 2] + 40
    assert shown_[-5, -5, 2] > shown_[-5, -5, 0] + 40
