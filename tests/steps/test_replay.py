"""Recorded trials are read as `looks --json` writes them, and what is not one is said."""

import json

import pytest

from milepost.errors import InputError
from milepost.steps.replay import replayed

LOOKS = [
    {"step": "baseline", "name": "linear", "loss": 0.5},
    {"step": "tune", "learner": "linear", "params": {"C": 0.1}, "state": "complete", "loss": 0.5},
    {"step": "tune", "learner": "lightgbm", "params": {"num_leaves": 6}, "state": "dropped", "loss": 0.6},
    {"step": "tune", "learner": "catboost", "params": {"depth": 4}, "state": "complete", "loss": 0.4},
    {"step": "tune", "learner": "linear", "params": {"C": 0.1}, "state": "complete", "loss": 0.5},
]


def test_what_ended_comes_back_once_in_its_order(tmp_path) -> None:
    (tmp_path / "looks.json").write_text(json.dumps(LOOKS))
    found = replayed(tmp_path, "looks.json", ("linear", "catboost", "lightgbm"))
    assert [(c.learner, dict(c.params)) for c in found] == [
        ("linear", {"C": 0.1}),
        ("catboost", {"depth": 4}),
    ]
    assert [c.learner for c in replayed(tmp_path, "looks.json", ("linear",))] == ["linear"]


@pytest.mark.parametrize(
    ("text", "words"),
    [("nonsense", "holds no recorded"), ('[{"step": "tune"}]', "'learner'"), ("[]", "no trial")],
)
def test_other_files_are_refused(tmp_path, text, words) -> None:
    (tmp_path / "looks.json").write_text(text)
    with pytest.raises(InputError, match=words):
        replayed(tmp_path, "looks.json", ("linear",))
    with pytest.raises(InputError, match="no file"):
        replayed(tmp_path, "other.json", ("linear",))
