"""Leaks are flagged and honest columns are not."""

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_val_predict

from milepost.statistics.leakage import (
    Model,
    flag_leaks,
    format_score,
    identifier,
    missingness_score,
    null_with_target,
    pure_rule,
    robust_z,
    row_order_score,
)
from milepost.statistics.univariate import Univariate, auc, univariate_score


@pytest.fixture(scope="module")
def planted():
    x, y = make_classification(
        4000, n_features=10, n_informative=4, flip_y=0.1, class_sep=0.8, random_state=0
    )
    leak = y + np.random.default_rng(0).normal(0, 0.35, len(y))
    return {**{f"clean {j}": x[:, j] for j in range(10)}, "leak": leak}, y


@pytest.fixture(scope="module")
def scores(planted):
    columns, y = planted
    return {name: univariate_score(x, y, "binary") for name, x in columns.items()}


def fitted(columns, y):
    model = HistGradientBoostingClassifier(max_iter=60, random_state=0)
    p = cross_val_predict(model, np.column_stack(list(columns.values())), y, cv=5, method="predict_proba")
    return auc(y.astype(float), p[:, 1])


def test_reference_numbers_of_the_planted_leak(scores):
    clean = [score for name, score in scores.items() if name != "leak"]
    assert max(clean) <= 0.70
    assert scores["leak"] == pytest.approx(0.976, abs=0.02)
    assert robust_z(list(scores.values()))[-1] == pytest.approx(4.97, abs=0.4)


def test_the_leak_is_flagged_and_no_clean_column(scores):
    flagged = flag_leaks(scores)
    assert list(flagged) == ["leak"]
    assert flagged["leak"].severity == "inform"


def test_with_the_whole_model_the_leak_is_asked_about(planted, scores):
    columns, y = planted
    asked = []

    def without(name):
        asked.append(name)
        return fitted({key: x for key, x in columns.items() if key != name}, y)

    full = fitted(columns, y)
    assert full == pytest.approx(0.988, abs=0.01)
    flagged = flag_leaks(scores, Model(full, 0.5, 0.005, without))
    assert list(flagged) == ["leak"] == asked
    assert flagged["leak"].severity == "ask"
    assert "beats the rest" in flagged["leak"].signs
    assert without("leak") == pytest.approx(0.924, abs=0.02)


def test_an_honest_strong_column_among_noise_is_kept():
    scores = {f"noise {j}": 0.5 + 0.003 * (j % 5 - 2) for j in range(20)} | {"income": 0.62, "age": 0.78}
    flagged = flag_leaks(scores, Model(0.86, 0.5, 0.01, {"age": 0.70, "income": 0.83}))
    assert all(leak.severity == "inform" for leak in flagged.values() if leak.name != "age")
    strong = flag_leaks(scores, Model(0.90, 0.5, 0.01, {"age": 0.85, "income": 0.88}))
    assert strong["age"].severity == "inform"


def test_a_copy_of_the_answer_is_always_asked_about():
    assert flag_leaks({"a": 0.9, "b": 0.95, "c": 0.9995})["c"].severity == "ask"


def test_columns_of_noise_are_never_flagged():
    generator = np.random.default_rng(0)
    y = generator.integers(0, 2, 3000)
    scores = {str(j): univariate_score(generator.normal(size=3000), y, "binary") for j in range(40)}
    assert not flag_leaks(scores)


def test_robust_z_of_no_scores_is_empty():
    assert robust_z([]).shape == (0,)


def test_a_column_written_with_the_answer_is_found():
    target = np.arange(10_000) % 40 == 0
    generator = np.random.default_rng(0)
    assert null_with_target(target & (generator.uniform(size=10_000) < 0.9), target) == pytest.approx(
        0.9, abs=0.06
    )
    assert null_with_target(generator.uniform(size=10_000) < 0.03, target) is None
    assert null_with_target(target | (generator.uniform(size=10_000) < 0.1), target) is None
    assert null_with_target(target & (generator.uniform(size=10_000) < 0.25), target) is None
    assert null_with_target(np.zeros(100, bool), np.zeros(100, bool)) is None


def test_missingness_format_and_row_order_leak():
    generator = np.random.default_rng(0)
    y = generator.integers(0, 2, 3000)
    x = np.where((y == 1) & (generator.uniform(size=3000) < 0.6), np.nan, generator.normal(size=3000))
    target = Univariate(y, "binary")
    assert missingness_score(x, target) > 0.75
    assert missingness_score(generator.normal(size=3000), target) == 0.5
    price = np.where(
        y == 1, np.round(generator.uniform(1, 9, 3000), 2), np.round(generator.uniform(1, 9, 3000))
    )
    assert format_score(price, target) > 0.9
    text = np.array(["late   " if flag else "late" for flag in y], dtype=object)
    assert format_score(text, target) > 0.99
    assert row_order_score(np.sort(y), "binary") > 0.99
    assert row_order_score(y, "binary") == pytest.approx(0.5, abs=0.04)


def test_identifiers():
    generator = np.random.default_rng(0)
    rows = 500
    hashes = np.array([generator.bytes(8).hex() for _ in range(rows)], dtype=object)
    assert identifier(hashes).hashed
    assert identifier(generator.permutation(rows)).flagged
    assert identifier(np.cumsum(generator.integers(1, 5, rows)).astype(float)).monotone
    assert not identifier(generator.normal(size=rows)).flagged
    assert not identifier(generator.integers(0, 9, rows)).flagged
    assert not identifier(np.array([None] * rows, dtype=object)).flagged
    customers = identifier(generator.integers(0, 100, rows))
    assert customers.grouping
    assert not customers.flagged


def test_a_pure_rule_is_found_and_a_noisy_one_not():
    generator = np.random.default_rng(0)
    x = generator.uniform(size=3000)
    y = np.where(x > 0.8, 1, generator.integers(0, 2, 3000))
    rule = pure_rule(x, y)
    assert rule is not None
    assert rule.low == pytest.approx(0.8, abs=0.01)
    assert rule.support > 0.2
    assert pure_rule(x, generator.integers(0, 2, 3000)) is None
    kinds = np.where(x > 0.8, "vip", np.where(x > 0.4, "new", "old")).astype(object)
    found = pure_rule(kinds, y)
    assert found is not None
    assert found.low == found.high == "vip"


def test_only_the_strongest_columns_are_held_against_a_model_without_them():
    scores = {f"x{i}": 0.5 + 0.001 * (i % 7) for i in range(200)}
    scores |= {f"strong{i:02}": 0.70 + 0.005 * i for i in range(30)}
    asked = []

    def without(name):
        asked.append(name)
        return 0.9

    flag_leaks(scores, Model(0.95, 0.5, 0.01, without))
    assert sorted(asked) == [f"strong{i}" for i in range(20, 30)]
