"""N-grams kept for training are those of the graph, bit by bit."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.graphs.bag import emit_bag
from milepost.graphs.builder import Builder
from milepost.graphs.ngrams import emit_hashes
from milepost.graphs.session import run, session
from milepost.modalities import grams
from milepost.modalities.doors import encode, padded
from milepost.modalities.grams import LONGEST, Store

TRAINING = [f"some words of text {n} and {n % 7} more, Ünïcødé Ж 東京 🚀".encode() for n in range(60)]


def graph(terms, slope):
    builder = Builder()
    bag = emit_bag(builder, emit_hashes(builder, builder.input("t", "bytes"), LONGEST), terms)
    builder.output(bag.dot(builder, slope), "y", "double", slope.shape[1])
    return session(builder.model())


TERMS = Store().rows(TRAINING).terms()
SLOPE = np.random.default_rng(0).normal(size=(len(TERMS.keys), 2)).astype(np.float32)
OPENED = graph(TERMS, SLOPE)
LETTERS = st.sampled_from("some wrdftxandÜïЖ東🚀 01234567,") | st.characters(exclude_categories=["Cs"])


@given(st.lists(st.text(LETTERS, max_size=80), min_size=1, max_size=4))
@settings(max_examples=200, deadline=None)
def test_the_same_bits(texts):
    rows = [encode(text) for text in texts]
    ours = Store().rows(rows).weigh(TERMS).dot(SLOPE)
    assert np.array_equal(ours, run(OPENED, {"t": padded(rows)})["y"])


def test_long_texts_are_cut_alike():
    texts = [b"some words, " * 20_000, "é".encode() * 1500, b""]
    ours = Store().rows([text[:LONGEST] for text in texts]).weigh(TERMS).dot(SLOPE)
    assert np.array_equal(ours, run(OPENED, {"t": padded(texts)})["y"])


def test_order_and_history_do_not_matter():
    fresh, used = Store(), Store()
    used.rows(TRAINING[::-1])
    used.rows([b"other words"])
    one, other = fresh.rows(TRAINING), used.rows(TRAINING)
    assert np.array_equal(one.terms().keys, other.terms().keys)
    assert np.array_equal(one.terms().idf, other.terms().idf)
    assert (one.weigh(TERMS).matrix != other.weigh(TERMS).matrix).nnz == 0
    np.testing.assert_allclose(one.weigh(TERMS).matrix @ SLOPE, one.weigh(TERMS).dot(SLOPE), atol=1e-5)


def test_only_what_two_texts_share_counts_and_the_commonest_first():
    rows = Store().rows([b"aa", b"aa", b"bb"])
    assert rows.terms().keys.tolist() == Store().rows([b"aa"]).terms(least=1).keys.tolist()
    few = Store().rows(TRAINING).terms(most=10)
    assert len(few.keys) == 10
    assert (few.idf == few.idf.min()).all()
    assert Store().rows([b"aa"]).terms().keys.size == 1, "a stand-in where nothing is known"


def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(grams, "KEPT", 100)
    store = Store()
    for text in TRAINING:
        store.rows([text])
    assert store._size < 100 + 2 * len(TRAINING[0]) * 5
    both = store.rows(TRAINING[:2])
    assert np.array_equal(both.terms(least=1).keys, Store().rows(TRAINING[:2]).terms(least=1).keys)
