"""What one row alone takes: more trees take longer, features are counted apart."""

from dataclasses import replace

from milepost.training.alone import ROWS, alone
from milepost.training.fit import Config, Fit, run, train


def test_more_trees_take_longer_and_features_are_counted_apart(make) -> None:
    material = make(400)
    prepared = material.prepared(0, "trees")
    found = []
    for rounds in (2, 600):
        fit = Fit(Config("lightgbm", {"num_leaves": 31, "rounds": rounds, "min_data_in_leaf": 1}), 0)
        model = train(prepared, replace(fit, rounds=rounds))
        found.append(alone(prepared, model, material.recipe.schema, material.frame[:ROWS]))
    (few, features), (many, again) = found
    assert many > 2 * few
    assert 0 < features < 10
    assert 0 < again < 10


def test_a_fit_is_timed_where_that_is_asked_for(make) -> None:
    material, fit = make(200), Fit(Config("lightgbm", {"num_leaves": 4, "rounds": 30}), 0)
    assert run(material, fit).view_ms == 0
    assert run(replace(material, timed=True), fit).view_ms > 0
