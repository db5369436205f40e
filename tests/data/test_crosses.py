"""Keys are chosen where only they show something, and not where there is nothing to see."""

from collections import OrderedDict
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from lightgbm import LGBMClassifier
from sklearn.metrics import log_loss

from milepost.data.crosses import MOST
from milepost.data.infer import infer_schema
from milepost.data.recipe import Recipe, inner_folds

ROWS = 4000


def access(seed=0, rows=ROWS, planted=True):
    """Who asks for what: the answer hangs on the pair alone; `noise` is an id that says nothing."""
    rng = np.random.default_rng(seed)
    who, what = rng.integers(0, 40, rows), rng.integers(0, 25, rows)
    score = np.random.default_rng(99).normal(0, 2.5 if planted else 0.0, (40, 25))[who, what]
    frame = pl.DataFrame(
        {
            "who": [f"w{i}" for i in who],
            "what": [f"r{i}" for i in what],
            "noise": [f"n{i}" for i in rng.integers(0, 300, rows)],
            "size": rng.normal(size=rows),
        }
    )
    return frame, (rng.random(rows) < 1 / (1 + np.exp(-score))).astype(float)


def found(frame, target, weight=None, view="trees"):
    recipe = Recipe.of(frame, infer_schema(frame))
    return recipe.crosses(frame, (target, weight, inner_folds(len(frame), None, 0)), view)


def held_out(frame, target, view="trees"):
    recipe, half = Recipe.of(frame, infer_schema(frame)), len(frame) // 2
    transform, training = recipe.fit(frame[:half], view, target[:half])
    model = LGBMClassifier(n_estimators=60, verbose=-1, n_jobs=1, random_state=0).fit(training, target[:half])
    return log_loss(target[half:], model.predict_proba(transform.matrix(frame[half:]))[:, 1])


def test_the_planted_pair_is_found_and_nothing_else():
    frame, target = access()
    assert [one.field.name for one in found(frame, target)] == ["who x what"]
    (one,) = found(frame, target)
    assert one.z > 5
    assert one.gain > 0.05


def test_a_pair_that_says_something_is_learnt(monkeypatch):
    frame, target = access(rows=2 * ROWS)
    with_it = held_out(frame, target)
    monkeypatch.setattr("milepost.data.recipe.crossed", lambda *_: ())
    assert with_it < held_out(frame, target) - 0.03


def test_ids_that_say_nothing_are_seldom_chosen_and_do_no_harm(monkeypatch):
    chosen = [len(found(*access(seed, planted=False))) for seed in range(10)]
    assert sum(chosen) <= 1
    frame, target = access(1, planted=False)
    with_them = held_out(frame, target)
    monkeypatch.setattr("milepost.data.recipe.crossed", lambda *_: ())
    assert with_them <= held_out(frame, target) + 0.01


def test_an_additive_relation_makes_no_pair():
    rng = np.random.default_rng(0)
    frame, _ = access()
    effects = {name: rng.normal(size=500) for name in ("who", "what")}
    score = sum(effects[n][frame[n].str.slice(1).cast(int).to_numpy()] for n in effects)
    assert not found(frame, score + rng.normal(size=ROWS))


def test_columns_that_overlap_make_no_pair():
    rng = np.random.default_rng(0)
    town = rng.integers(0, 60, ROWS)
    year = rng.integers(1960, 2020, ROWS)
    wealth = rng.normal(size=60)[town] + 0.03 * (year - 1960) + rng.normal(0, 0.3, ROWS)
    frame = pl.DataFrame(
        {
            "town": [f"t{i}" for i in town],
            "land": [f"l{i % 8}" for i in town],
            "year": year,
            "wealth": wealth,
        }
    )
    assert not found(frame, wealth - 2 * rng.normal(size=60)[town] + rng.normal(0, 0.2, ROWS))


def test_trees_split_a_few_values_themselves():
    rng = np.random.default_rng(0)
    who, what = rng.integers(0, 40, ROWS), rng.integers(0, 4, ROWS)
    frame = pl.DataFrame({"who": [f"w{i}" for i in who], "what": [f"r{i}" for i in what]})
    target = rng.normal(size=(40, 4))[who, what] + rng.normal(size=ROWS)
    assert not found(frame, target)
    assert [one.field.name for one in found(frame, target, view="dense")] == ["who x what"]


def numbers(seed=0, rows=ROWS):
    rng = np.random.default_rng(seed)
    names = rng.integers(0, 60, rows)
    frame = pl.DataFrame({"desk": names * 7919 % 10_007, "age": rng.integers(18, 90, rows)})
    effect = np.random.default_rng(5).normal(size=60)[names]
    return frame, effect + 0.05 * frame["age"].to_numpy() + rng.normal(size=rows)


def test_a_whole_number_without_order_is_a_name_beside_a_number():
    frame, target = numbers()
    assert [one.field.names for one in found(frame, target)] == [("desk",)]
    recipe = Recipe.of(frame, infer_schema(frame))
    transform, training = recipe.fit(frame, "trees", target)
    assert transform.features == ("desk", "age", "desk share", "desk target mean")
    assert transform.sources == ("desk", "age", "desk", "desk")
    assert np.corrcoef(training[:, 3], target)[0, 1] > 0.5


def test_a_number_with_a_direction_is_no_name():
    frame, target = numbers()
    schema = infer_schema(frame)
    columns = tuple(replace(c, monotone=1) if c.name == "desk" else c for c in schema.columns)
    recipe = Recipe.of(frame, replace(schema, columns=columns))
    assert not recipe.crosses(frame, (target, None, inner_folds(len(frame), None, 0)), "trees")


def test_a_curve_is_no_name():
    rng = np.random.default_rng(0)
    age = rng.integers(0, 80, ROWS)
    target = np.sin(age / 12) + rng.normal(0, 0.5, ROWS)
    assert not found(pl.DataFrame({"age": age}), target)


@pytest.mark.parametrize("view", ["trees", "dense", "network"])
def test_training_rows_see_the_pair_out_of_fold(view):
    frame, target = access(planted=False)
    recipe = Recipe.of(frame, infer_schema(frame))
    frame, target = access()
    transform, training = recipe.fit(frame, view, target)
    at = [i for i, name in enumerate(transform.features) if name == "who x what target mean"]
    assert len(at) == 1
    inside = np.corrcoef(transform.matrix(frame)[:, at[0]], target)[0, 1]
    outside = np.corrcoef(training[:, at[0]], target)[0, 1]
    other = access(1)
    assert outside < inside
    fresh = np.corrcoef(transform.matrix(other[0])[:, at[0]], other[1])[0, 1]
    assert outside == pytest.approx(fresh, abs=0.05)
    assert np.isfinite(training).all()


def test_the_same_rows_give_the_same_keys_and_weights_count():
    frame, target = access()
    assert found(frame, target) == found(frame, target)
    weight = np.where(frame["who"] < "w2", 1.0, 0.0)
    assert found(frame, target, weight) != found(frame, target)


def test_few_rows_or_nothing_to_join():
    frame, target = access(rows=400)
    assert not found(frame, target)
    plain = pl.DataFrame({"x": np.random.default_rng(0).normal(size=1000)})
    assert not found(plain, plain["x"].to_numpy())
    assert MOST == 4


def test_many_columns_are_looked_at_on_fewer_rows_or_not_at_all(monkeypatch):
    frame, target = access()
    monkeypatch.setattr("milepost.data.crosses.VALUES", 4 * 2000)
    assert [one.field.name for one in found(frame, target)] == ["who x what"]
    monkeypatch.setattr("milepost.data.crosses.VALUES", 4 * 400)
    assert not found(frame, target)
    monkeypatch.undo()
    monkeypatch.setattr("milepost.data.crosses.BROAD", 3)
    assert not found(frame, target)


def test_classes_are_tried_together():
    frame, target = access()
    wide = np.column_stack([target, 1 - target, np.zeros(len(target))])
    assert [one.field.name for one in found(frame, wide)] == ["who x what"]


def test_other_rows_of_the_same_answers_are_looked_at_anew():
    frame, target = access()
    assert found(frame, target)
    mixed = frame.with_columns(pl.col("who").shuffle(seed=1))
    assert not found(mixed, target)
    assert [one.field.name for one in found(frame, target)] == ["who x what"]


def test_views_asked_in_any_order_have_their_own_keys(monkeypatch):
    rng = np.random.default_rng(5)
    few, many = rng.integers(0, 6, ROWS), rng.integers(0, 60, ROWS)
    score = np.random.default_rng(98).normal(0, 2, (6, 60))[few, many]
    frame = pl.DataFrame({"few": [f"a{i}" for i in few], "many": [f"b{i}" for i in many]})
    target = (rng.random(ROWS) < 1 / (1 + np.exp(-score))).astype(float)
    first = [found(frame, target, view=view) for view in ("trees", "dense")]
    monkeypatch.setattr("milepost.data.crosses._found", OrderedDict())
    assert [found(frame, target, view=view) for view in ("dense", "trees")] == first[::-1]
    assert [len(each) for each in first] == [0, 1]


def three(seed=0, rows=ROWS, kind="parity"):
    """Three columns of 8 to 12 values that decide together, beside three that say nothing."""
    rng = np.random.default_rng(seed)
    levels = {"floor": 8, "shift": 10, "team": 12, "desk": 9, "tool": 40, "door": 5}
    codes = {name: rng.integers(0, many, rows) for name, many in levels.items()}
    at, of = (codes["floor"], codes["shift"], codes["team"]), np.random.default_rng(97)
    if kind == "parity":
        score = np.where(sum(at) % 2, 2.0, -2.0)
    elif kind == "table":
        score = of.normal(0, 2.5, (8, 10, 12))[at]
    elif kind == "pairs":
        score = sum(of.normal(0, 2, (40, levels[n]))[codes["tool"], codes[n]] for n in ("team", "desk"))
    else:
        score = np.zeros(rows)
    frame = pl.DataFrame({name: [f"{name}{i}" for i in each] for name, each in codes.items()})
    return frame.with_columns(size=rng.normal(size=rows)), (
        rng.random(rows) < 1 / (1 + np.exp(-score))
    ).astype(float)


@pytest.mark.parametrize("view", ["trees", "dense"])
@pytest.mark.parametrize("kind", ["parity", "table"])
def test_three_columns_that_decide_together_are_found_and_nothing_else(kind, view):
    frame, target = three(kind=kind)
    assert [one.field.name for one in found(frame, target, view=view)] == ["floor x shift x team"]
    assert found(frame, target, view=view) == found(frame, target, view=view)


def test_a_triple_that_says_something_is_learnt(monkeypatch):
    frame, target = three(rows=2 * ROWS)
    with_it = held_out(frame, target)
    monkeypatch.setattr("milepost.data.crosses.beyond", lambda *_: {})
    monkeypatch.setattr("milepost.data.crosses._found", OrderedDict())
    assert with_it < held_out(frame, target) - 0.1


def test_where_pairs_matter_they_are_kept_and_no_triple():
    for seed in range(3):
        frame, target = three(seed, kind="pairs")
        names = {one.field.name for one in found(frame, target, view="dense")}
        assert names == {"team x tool", "desk x tool"}, seed


def test_of_noise_no_triple_is_kept():
    for seed in range(8):
        frame, target = three(seed, rows=1500, kind="noise")
        assert not found(frame, target)
        assert not found(frame, target, view="dense")


def test_trees_split_three_columns_of_few_values_themselves():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, [3, 4, 20], (ROWS, 3)).T
    frame = pl.DataFrame(
        {name: [f"{name}{i}" for i in each] for name, each in zip("abc", codes, strict=True)}
    )
    target = np.where(codes.sum(0) % 2, 1.0, 0.0) + rng.normal(size=ROWS)
    assert not found(frame, target)
    assert [one.field.name for one in found(frame, target, view="dense")] == ["a x b x c"]


def test_columns_of_kept_pairs_are_the_first_of_which_triples_are_looked_at(monkeypatch):
    rng, of = np.random.default_rng(0), np.random.default_rng(96)
    levels = {"tool": 30, "desk": 30, "who": 20, "what": 15, "how": 14}
    codes = {name: rng.integers(0, many, ROWS) for name, many in levels.items()}
    who, what, how = (codes[name] for name in ("who", "what", "how"))
    score = sum(of.normal(0, 2, 30)[codes[name]] for name in ("tool", "desk"))
    score += of.normal(size=(20, 15))[who, what] + of.normal(size=(15, 14))[what, how]
    score += 2 * np.where((who + what + how) % 2, 1.0, -1.0)
    frame = pl.DataFrame({name: [f"{name}{i}" for i in each] for name, each in codes.items()})
    monkeypatch.setattr("milepost.data.triples.COLUMNS", 3)
    names = [one.field.name for one in found(frame, score + rng.normal(size=ROWS))]
    assert "who x what x how" in names
