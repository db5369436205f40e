"""Weighted bags are those of scikit-learn's TF-IDF."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from milepost.graphs.bag import Terms, emit_bag
from milepost.graphs.builder import Builder
from milepost.graphs.ngrams import WORDS, emit_hashes
from milepost.graphs.session import run, session
from milepost.modalities.base import utf8
from milepost.modalities.grams import Store

TEXTS = ["the cat sat on the mat the cat", "a dog and a cat", "dogs bark at the dog", "", "the the the mat"]


def dotted(terms, slope):
    builder = Builder()
    bag = emit_bag(builder, emit_hashes(builder, builder.input("t", "bytes"), 512), terms)
    builder.output(bag.dot(builder, slope), "y", "double", slope.shape[1])
    return session(builder.model())


def test_it_is_tf_idf_of_words_and_of_runs():
    terms = Store().rows([text.encode() for text in TEXTS]).terms(least=1)
    found = run(dotted(terms, np.eye(len(terms.keys), dtype=np.float32)), {"t": utf8(TEXTS)})["y"]
    kinds = {"word": slice(terms.runs, None), "char_wb": slice(terms.runs)}
    sizes = {"word": (1, 2), "char_wb": (2, 5)}
    for kind, part in kinds.items():
        theirs = TfidfVectorizer(analyzer=kind, ngram_range=sizes[kind], sublinear_tf=True)
        matrix = theirs.fit_transform(TEXTS).toarray()
        # The order of n-grams differs: rows and the products of rows are compared.
        np.testing.assert_allclose(np.sort(found[:, part]), np.sort(matrix), atol=1e-6)
        np.testing.assert_allclose(found[:, part] @ found[:, part].T, matrix @ matrix.T, atol=1e-6)


def test_rows_do_not_depend_on_neighbours_and_none_is_no_row():
    terms = Store().rows([text.encode() for text in TEXTS]).terms(least=1)
    slope = np.random.default_rng(0).normal(size=(len(terms.keys), 3)).astype(np.float32)
    opened = dotted(terms, slope)
    whole = run(opened, {"t": utf8(TEXTS)})["y"]
    single = np.concatenate([run(opened, {"t": utf8([text])})["y"] for text in TEXTS])
    assert np.array_equal(whole, single)
    assert run(opened, {"t": np.zeros((0, 3), np.uint8)})["y"].shape == (0, 3)


@pytest.mark.parametrize("text", ["", "unknown 🚀", "a"])
def test_nothing_known_is_zero(text):
    terms = Terms(np.array([2 * WORDS]), np.ones(1, np.float32))
    assert run(dotted(terms, np.ones((1, 2), np.float32)), {"t": utf8([text])})["y"].tolist() == [[0, 0]]
