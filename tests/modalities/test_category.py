"""Categories: the graph agrees with a plain computation, and statistics of the target are sober."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.data.facts import facts_of
from milepost.modalities.category import Category
from milepost.modalities.statistics import LEVELS
from milepost.testing.modalities import check_modality, features

CATEGORY = Category()


def fit(series, view, target=None, weight=None):
    frame = pl.DataFrame({"c": series})
    return CATEGORY.vectorizer(view, {"c": facts_of(frame["c"])}).fit(frame, target, weight)


def answer(form, rows):
    return features(form, pl.DataFrame({"c": rows}), {"c": "string"})


def test_trees_code_by_frequency_missing_and_unseen_apart():
    form = fit(pl.Series(["b"] * 3 + ["a"] * 5 + [None]), "trees")
    assert form.features == ("c",)
    assert answer(form, pl.Series(["a", "b", None, "", "zebra"])).ravel().tolist() == [0, 1, -1, -1, -2]


def test_dense_is_one_hot_with_missing_and_rare():
    form = fit(pl.Series(["a"] * 9 + ["é"] * 6 + ["x", "y", "x", "y", "z"] + [None] * 5), "dense")
    assert form.features == ("c is missing", "c=a", "c=é", "c is rare")
    got = answer(form, pl.Series([None, "a", "é", "x", "y", "unseen", "e\u0301"]))
    assert got.tolist() == [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
        *[[0, 0, 0, 1]] * 2,
        *[[0, 0, 0, 0]] * 2,
    ]


def test_a_handful_of_rare_rows_has_no_column():
    form = fit(pl.Series(["a"] * 9 + ["b"] * 6 + ["x", "y", None, None]), "dense")
    assert form.features == ("c=a", "c=b")


def test_missing_values_that_training_did_not_have():
    series = pl.Series(["a", "b"] * 10)
    assert answer(fit(series, "trees"), pl.Series([None], dtype=pl.String)).tolist() == [[-1]]
    assert answer(fit(series, "dense"), pl.Series([None], dtype=pl.String)).tolist() == [[0, 0]]


def test_numbers_and_truth_values_are_names_too():
    bools = fit(pl.Series([True] * 9 + [False] * 5 + [None] * 5), "dense")
    assert bools.features == ("c is missing", "c=true", "c=false")
    assert answer(bools, pl.Series([True, False, None])).tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    codes = fit(pl.Series([10.0] * 3 + [2.5, None]), "trees")
    assert answer(codes, pl.Series([10, 11])).ravel().tolist() == [0, -2]
    assert answer(codes, pl.Series([2.5, 10.0])).ravel().tolist() == [1, 0]


def levels_and_target(rows, levels, spread, seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, levels, rows)
    target = rng.normal(0, spread, levels)[codes] + rng.normal(size=rows)
    return pl.Series([f"l{code}" for code in codes]), codes, target


def test_target_means_by_hand():
    series, codes, target = levels_and_target(4000, 200, 0.7)
    form = fit(series, "trees", target)
    assert form.features == ("c", "c share", "c target mean")
    n, total = np.bincount(codes), np.bincount(codes, target)
    means = total / n
    within = (target**2).sum() - (n * means**2).sum()
    within /= 4000 - 200
    between = (n * (means - target.mean()) ** 2).sum() / 199
    rows = within / ((between - within) / ((4000 - (n**2).sum() / 4000) / 199))
    assert 1 / rows == pytest.approx(0.7**2, rel=0.3)
    expected = (total + rows * target.mean()) / (n + rows)
    got = answer(form, pl.Series([f"l{code}" for code in range(200)] + ["unseen"]))
    assert got[:200, 2] == pytest.approx(expected, abs=1e-5)
    assert got[:200, 1] == pytest.approx(n / 4000, abs=1e-7)
    assert got[200].tolist() == [-2, 0, pytest.approx(target.mean(), abs=1e-6)]


def test_levels_that_do_not_differ_are_drawn_together():
    series, _, target = levels_and_target(4000, 200, 0.0)
    means = fit(series, "trees", target).table[1:-1, 2]
    assert means.std() < 0.1
    series, _, target = levels_and_target(4000, 200, 0.0)
    assert fit(series, "dense", target).table[1:-1, -1].std() < 1.5


def test_weights_count_as_rows():
    series, _, target = levels_and_target(600, 60, 1.0)
    weight = np.random.default_rng(1).integers(1, 4, 600)
    weighted = fit(series, "trees", target, weight.astype(float))
    again = fit(series, "trees", target, weight * 10.0)
    np.testing.assert_allclose(weighted.table, again.table, rtol=1e-6)
    plain = fit(series, "trees", target)
    assert np.abs(weighted.table[:, 2] - plain.table[:, 2]).max() > 0.01


def test_at_most_eight_outputs_have_statistics():
    rng = np.random.default_rng(0)
    series = pl.Series([f"l{code}" for code in rng.integers(0, 30, 2000)])
    classes = rng.choice(12, 2000, p=np.r_[0.34, [0.06] * 11])
    form = fit(series, "trees", np.eye(12)[classes])
    means = [name for name in form.features if "target mean" in name]
    assert len(means) == 8
    assert means[0] == "c target mean 1"


def test_a_hundred_thousand_levels_do_not_explode_the_graph():
    names = [f"n{i}" for i in range(100_000)]
    series = pl.Series(names + names[:LEVELS])
    target = np.random.default_rng(0).normal(size=len(series))
    form = fit(series, "trees", target)
    assert len(form.table) == LEVELS + 2
    rare, unseen = answer(form, pl.Series(["n99999", "never"]))
    assert rare.tolist() == unseen.tolist()
    assert answer(form, pl.Series(["n0"]))[0, 0] >= 0


def test_recognize_codes_text_and_free_text():
    def sure(name, values):
        return CATEGORY.recognize(facts_of(pl.Series(name, values)))[0]

    assert sure("flight", list(range(100)) * 3) > 0.8
    assert sure("zip_code", list(range(10_000, 10_050)) * 2) > 0.8
    assert sure("number_of_rooms", list(range(100)) * 3) < 0.5
    assert sure("grade code", [1, 2, 3] * 30) < 0.5
    assert sure("colour", ["red", "blue"] * 30) > 0.8
    assert sure("review", [f"a long text about {i}, and more of the same" for i in range(60)]) < 0.5
    assert sure("flag", [True, False]) > 0.9


def test_summary_and_examples():
    summary = CATEGORY.summarize(pl.Series(["a"] * 5 + ["b"] * 3 + [None, ""] + [f"x{i}" for i in range(30)]))
    assert summary["top"][:2] == [{"value": "a", "count": 5}, {"value": "b", "count": 3}]
    assert (summary["rows"], summary["missing"], summary["distinct"], summary["others"]) == (40, 2, 32, 12)
    assert len(summary["top"]) == 20
    examples = CATEGORY.examples(pl.Series(["a"]))
    assert None in examples
    assert any(not str(example).isascii() for example in examples)
    assert CATEGORY.examples(pl.Series([True])) == [None, True, False]


words = st.text(max_size=6, alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
texts = st.lists(st.none() | words, min_size=1, max_size=80).map(lambda v: pl.Series(v, dtype=pl.String))
bools = st.lists(st.none() | st.booleans(), min_size=1, max_size=9).map(
    lambda v: pl.Series(v, dtype=pl.Boolean)
)
codes = st.lists(st.none() | st.integers(0, 60), min_size=1, max_size=80).map(
    lambda v: pl.Series(v, dtype=pl.Int64)
)


@settings(max_examples=12, deadline=None)
@given(texts | bools | codes)
def test_any_names(series):
    check_modality(CATEGORY, pl.DataFrame({"c": series}))


def test_a_network_sees_few_levels_one_by_one_and_codes_of_many() -> None:
    few = fit(pl.Series("c", ["a", "b", "c", None] * 10), "network")
    assert few.codes == ()
    assert len(few.features) == 4
    words = [f"w{i}" for i in range(12) for _ in range(20 - i)] + ["once", None]
    many = fit(pl.Series("c", words), "network")
    assert many.features == ("c code",)
    assert many.codes == (13,)
    table = dict(zip((*many.levels, "never seen"), many.table[:, 0].tolist(), strict=True))
    assert table["w0"] == 1
    assert table["w11"] == 12
    assert table["once"] == table["never seen"] == table[""] == 0
    assert CATEGORY.coded({"c": facts_of(pl.Series("c", words))})
    assert not CATEGORY.coded({"c": facts_of(pl.Series("c", ["a", "b"]))})


def test_very_many_levels_are_a_code_beside_means_of_the_target() -> None:
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in rng.integers(0, 80, 2000)]
    target = rng.normal(size=2000)
    found = fit(pl.Series("c", words), "network", target)
    assert found.features[0] == "c code"
    assert found.features[-1] == "c target mean"
    assert found.codes == (81, *[0] * (len(found.features) - 1))
    dense = fit(pl.Series("c", words), "dense", target)
    assert np.array_equal(found.table[:, 1:], dense.table)
