"""The transform is one graph, and no row's own target enters its features."""

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from milepost.data.infer import infer_schema
from milepost.data.recipe import FOLDS, Recipe, inner_folds, is_missing
from milepost.data.schema import Schema
from milepost.errors import InputError
from milepost.testing.toys import columns as table

VIEWS = ("trees", "dense", "network")


def noise(rows=900, seed=1):
    return (np.random.default_rng(seed).random(rows) < 0.4).astype(float)


def recipe_of(frame, **masks):
    return Recipe.of(frame, infer_schema(frame), masks)


def test_training_features_are_the_transform_except_statistics_of_the_target():
    frame = table()
    transform, training = recipe_of(frame).fit(frame, "trees", noise())
    serving = transform.matrix(frame)
    for at, name in enumerate(transform.features):
        same = np.array_equal(training[:, at], serving[:, at], equal_nan=True)
        assert same == ("target mean" not in name), name


def test_a_level_a_row_says_nothing_of_its_own_target():
    rows = 1000
    frame = pl.DataFrame({"name": [f"n{at}" for at in range(rows)]})
    schema = infer_schema(frame, roles={"name": {"modality": "category"}})
    for seed in range(5):
        target = noise(rows, seed)
        transform, training = Recipe.of(frame, schema).fit(frame, "trees", target)
        at = transform.features.index("name target mean")
        assert roc_auc_score(target, training[:, at]) == pytest.approx(0.5, abs=1e-9)
        assert roc_auc_score(target, transform.matrix(frame)[:, at]) == 1, "in the sample it would leak"


@pytest.mark.parametrize("view", VIEWS)
def test_levels_of_few_rows_do_not_leak(view):
    rng = np.random.default_rng(0)
    areas = []
    for seed in range(20):
        frame = pl.DataFrame({"name": [f"n{at}" for at in rng.integers(0, 700, 2000)]})
        target = noise(2000, seed)
        transform, training = recipe_of(frame).fit(frame, view, target, seed=seed)
        at = next(place for place, name in enumerate(transform.features) if "target mean" in name)
        areas.append(roc_auc_score(target, training[:, at]))
    assert np.mean(areas) == pytest.approx(0.5, abs=0.015)


def test_a_real_effect_survives_out_of_fold():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 60, 3000)
    chance = rng.beta(2, 3, 60)
    frame = pl.DataFrame({"shop": [f"s{code}" for code in codes]})
    target = (rng.random(3000) < chance[codes]).astype(float)
    transform, training = recipe_of(frame).fit(frame, "trees", target)
    at = transform.features.index("shop target mean")
    assert np.corrcoef(training[:, at], chance[codes])[0, 1] > 0.9


def test_rows_of_a_group_stay_out_together():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(200), 5)
    frame = pl.DataFrame({"patient": [f"p{group}" for group in groups]})
    target = np.repeat(noise(200), 5)
    recipe = recipe_of(frame)
    for given, low, high in ((None, 0.9, 1.0), (groups, 0.49999, 0.50001)):
        transform, training = recipe.fit(frame, "trees", target, groups=given, seed=int(rng.integers(99)))
        area = roc_auc_score(target, training[:, transform.features.index("patient target mean")])
        assert low < area <= high


def test_inner_folds_are_even_and_keep_groups():
    folds = inner_folds(1003, None, 0)
    assert set(np.bincount(folds)) <= {200, 201}
    assert (folds != inner_folds(1003, None, 1)).any()
    assert (folds == inner_folds(1003, None, 0)).all()
    groups = np.random.default_rng(0).integers(0, 40, 1000).astype(str)
    grouped = inner_folds(1000, groups, 0)
    assert all(len(set(grouped[groups == group])) == 1 for group in set(groups))
    assert np.bincount(grouped, minlength=FOLDS).min() > 150


def test_several_targets_and_weights():
    frame = table()
    target = np.random.default_rng(0).normal(size=(900, 3))
    weight = np.random.default_rng(1).random(900)
    transform, training = recipe_of(frame).fit(frame, "dense", target, weight=weight)
    means = [name for name in transform.features if name.startswith("shop target mean")]
    assert means == ["shop target mean 1", "shop target mean 2", "shop target mean 3"]
    assert np.isfinite(training).all()


def test_masking_reaches_the_rate_and_only_upwards():
    frame = table(2000)
    recipe = recipe_of(frame, colour=0.6, amount=0.01, lat=0.3, shop=1.0)
    masked = recipe.mask(frame, 0)
    assert masked["colour"].null_count() == 1200
    assert masked["amount"].to_list() == frame["amount"].to_list()
    assert (masked["lat"].is_null() == masked["lon"].is_null()).all()
    assert masked["lat"].null_count() == 600
    assert masked["shop"].null_count() == 2000
    assert masked.schema == frame.schema
    assert masked.columns == frame.columns
    kept = masked["colour"].is_not_null()
    assert masked.filter(kept)["colour"].to_list() == frame.filter(kept)["colour"].to_list()
    assert recipe.mask(frame, 0).equals(masked)
    assert not recipe.mask(frame, 1).equals(masked)
    assert recipe_of(frame).mask(frame, 0).equals(frame)


def test_missing_is_null_nan_or_empty_text():
    assert is_missing(pl.Series([1.0, None, np.nan])).tolist() == [False, True, True]
    assert is_missing(pl.Series(["a", None, ""])).tolist() == [False, True, True]
    assert is_missing(pl.Series([1, None])).tolist() == [False, True]


def test_no_inputs():
    frame = pl.DataFrame({"a": [1.0, 2.0]})
    with pytest.raises(InputError, match="no column is left"):
        Recipe(Schema(()), {}).fit(frame, "trees", None)


def test_a_network_sees_codes_only_where_there_are_many_levels():
    frame = table(300)
    schema = infer_schema(frame.with_columns(y=pl.lit(1.0)), ("y",), {}, None, None, ())
    whole = Recipe.of(frame, schema)
    assert whole.view("network") == "network"
    transform, matrix = whole.fit(frame, "network", np.zeros(300))
    assert len(transform.codes) == matrix.shape[1]
    coded = [transform.features[i] for i, size in enumerate(transform.codes) if size]
    assert coded == ["shop code"]
    at = transform.features.index("shop code")
    assert 0 <= matrix[:, at].min() <= matrix[:, at].max() < transform.codes[at]
    few = frame.drop("shop")
    plain = Recipe.of(few, infer_schema(few.with_columns(y=pl.lit(1.0)), ("y",), {}, None, None, ()))
    assert plain.view("network") == "dense"
    assert plain.view("trees") == "trees"
    assert plain.fit(few, "dense", None)[0].codes == ()
