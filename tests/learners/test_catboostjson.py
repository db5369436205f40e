"""CatBoost's JSON form is read bit by bit, and read back it answers the same."""

import json

import numpy as np

from milepost.learners.base import Job
from milepost.learners.catboostjson import model_of, plain_of, read_forest
from milepost.learners.oblivious import CatBoost
from milepost.testing.learners import make_toy

LIGHT = {"depth": 3, "learning_rate": 0.2, "iterations": 30}


def test_reads_bits_scale_and_missing():
    split = {"float_feature_index": 0, "border": 0.0}
    other = {"float_feature_index": 1, "border": 1.0}
    plain = {
        "scale_and_bias": [2.0, [0.5]],
        "features_info": {
            "float_features": [
                {"feature_index": 0, "nan_value_treatment": "AsFalse"},
                {"feature_index": 1, "nan_value_treatment": "AsTrue"},
            ]
        },
        "oblivious_trees": [{"splits": [split, other], "leaf_values": [0, 1, 2, 3]}],
    }
    forest = read_forest(json.loads(json.dumps(plain)), (0,), np.zeros(1))
    tree = forest.trees[0]
    assert forest.base == (0.5,)
    assert tree.leaf_value.tolist() == [0, 4, 2, 6]
    assert tree.missing_left.tolist() == [True, False, False]
    assert tree.left.tolist() == [1, -1, -3]
    assert tree.right.tolist() == [2, -2, -4]


def test_a_model_comes_back_from_its_json_form(heads):
    toy = make_toy(heads[0], missing=True)
    native = CatBoost().fit(toy.train, None, Job(LIGHT, heads[0])).native
    again = model_of(json.loads(json.dumps(plain_of(native))))
    gap = np.abs(again.predict(toy.valid.x) - native.predict(toy.valid.x, prediction_type="RawFormulaVal"))
    assert gap.max() < 1e-6
