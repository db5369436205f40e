"""Suggestions lie inside the space, repeat by seed, and find what random draws do not."""

import math
import sys

import numpy as np
import pytest

from milepost.learners.space import Knob, draw, outside
from milepost.training.propose import Judged, distributions, rounded, study_of, suggest, turn

SPACE = (
    Knob("rate", 0.001, 1.0, log=True),
    Knob("size", 2, 64, log=True, whole=True),
    Knob("kind", values=("a", "b")),
    Knob("edge", 0.0, 1.0, when=("kind", "b")),
)


def loss(params) -> float:
    """Least at a rate of 0.05, a size of 10, and kind b with an edge of 0.3."""
    apart = 1.0 if params["kind"] == "a" else abs(params["edge"] - 0.3)
    return float(math.log(params["rate"] / 0.05) ** 2 + math.log(params["size"] / 10) ** 2 + apart)


def searched(seed: int, count: int) -> list[Judged]:
    known: list[Judged] = []
    for _ in range(count):
        params = suggest(SPACE, known, [], seed)
        known.append(Judged(params, loss(params)))
    return known


def test_suggestions_find_what_random_draws_do_not() -> None:
    best, random = [], []
    for seed in range(5):
        known = searched(seed, 40)
        assert all(outside(SPACE, one.params) == "" for one in known)
        best.append(min(one.loss for one in known))
        rng = np.random.default_rng(seed)
        random.append(min(loss(draw(SPACE, rng)) for _ in range(40)))
    assert np.mean(best) < 0.5 * np.mean(random)


def test_the_same_history_gives_the_same_suggestion_and_a_pending_one_another() -> None:
    known = searched(3, 15)
    again = searched(3, 15)
    assert known == again
    first = suggest(SPACE, known, [], 3)
    assert suggest(SPACE, known, [], 3) == first
    assert suggest(SPACE, known, [first], 3) != first
    assert suggest(SPACE, known, [], 4) != first


def test_a_dropped_configuration_is_bad_news_that_counts() -> None:
    known = searched(0, 12)
    study = study_of(SPACE, [*known, Judged({"rate": 0.1, "size": 3, "kind": "a"}, 0.4, 3)])
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 12 + ["PRUNED"]
    assert study.trials[-1].intermediate_values == {3: 0.4}
    assert "edge" not in distributions(SPACE, {"kind": "a"})


@pytest.mark.parametrize(
    ("value", "shown"), [(0.123456, 0.123), (0.00123456, 0.00123), (0.999999, 1.0), (0.0010001, 0.001)]
)
def test_numbers_are_short(value, shown) -> None:
    assert rounded(SPACE[0], value) == shown
    assert rounded(SPACE[1], 33) == 33


def test_the_better_family_has_more_turns_and_none_starves() -> None:
    best, given = {"a": 0.5, "b": 0.4, "c": 0.6}, dict.fromkeys("abc", 0)
    for _ in range(60):
        given[turn(best, given)[0]] += 1
    assert given["b"] > given["a"] > given["c"] >= 10


def test_optuna_is_loaded_only_to_suggest() -> None:
    import subprocess

    code = "import sys, milepost.training.propose; print('optuna' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
