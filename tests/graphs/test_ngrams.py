"""The n-grams of the graph are those of scikit-learn's analyzers."""

from collections import Counter
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from milepost.graphs.builder import Builder
from milepost.graphs.codepoints import folded
from milepost.graphs.ngrams import (
    BASE,
    PAIR,
    PRIME,
    WORDS,
    emit_hashes,
    emit_words,
    lower,
    powers,
    word_keys,
)
from milepost.graphs.session import run, session
from milepost.modalities.base import utf8

RUNS = CountVectorizer(analyzer="char_wb", ngram_range=(2, 5), lowercase=False).build_analyzer()
SINGLE = CountVectorizer(token_pattern=r"\b\w\w+\b", lowercase=False).build_analyzer()


def hasher():
    builder = Builder()
    builder.output(emit_hashes(builder, builder.input("t", "bytes"), 2048), "h", "int64", 0)
    return session(builder.model())


def word_hasher():
    builder = Builder()
    builder.output(emit_words(builder, builder.input("t", "bytes"), 2048), "w", "int64", 0)
    return session(builder.model())


OPENED, ALONE = hasher(), word_hasher()


def code(text):
    return sum(ord(letter) * pow(BASE, place, PRIME) for place, letter in enumerate(text)) % PRIME


def expected(text):
    text = "".join(chr(ord(letter) + folded(letter)) for letter in text)
    words = [code(word) for word in SINGLE(text)]
    pairs = [(one * PAIR + other) % PRIME for one, other in pairwise(words)]
    return Counter([code(run) for run in RUNS(text)] + [WORDS + found for found in words + pairs])


def check(texts):
    hashes = run(OPENED, {"t": utf8(texts)})["h"]
    for row, text in zip(hashes, texts, strict=True):
        assert Counter(row[row >= 0].tolist()) == expected(text), text


LETTERS = st.sampled_from("ab  cdeÄß Ж漢🚀.,\u0301_9\n\u00a0-'")
WILD = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


@given(st.lists(st.text(LETTERS | WILD, max_size=40), min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_any_text(texts):
    check(texts)


def test_edges():
    check(
        [
            "",
            "a",
            "ab",
            " a b ",
            "Hello, World! x yz",
            "ÄÖÜ straße ΣΑΣ Привет",
            "مرحبا بالعالم",
            "東京 タワー",
        ]
    )
    check(["word " * 400, "x" * 2048])


def test_padding_and_neighbours_do_not_matter():
    alone = run(OPENED, {"t": utf8(["a few words"])})["h"]
    beside = run(OPENED, {"t": utf8(["a few words", "x" * 500])})["h"][:1]
    assert Counter(alone[alone >= 0].tolist()) == Counter(beside[beside >= 0].tolist())


@given(st.lists(st.text(LETTERS | WILD, max_size=40), min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_words_alone_are_those_among_the_ngrams(texts):
    rows = run(ALONE, {"t": utf8(texts)})["w"]
    for row, text in zip(rows, texts, strict=True):
        words = SINGLE("".join(chr(ord(letter) + folded(letter)) for letter in text))
        assert row[row >= 0].tolist() == [WORDS + code(word) for word in words] == word_keys(words).tolist()
        assert [lower(word) for word in words] == words


def test_what_is_no_single_word_has_no_lower_case():
    assert [lower(one) for one in ("ÄB", "x", "a-b", "a b", "", "new_york")] == [
        *("äb", "", "", "", "", "new_york")
    ]
    assert word_keys([]).tolist() == []


def test_powers():
    assert powers(3, 4).tolist() == [1, 3, 9, 27]
    assert (powers(BASE, 50) * powers(pow(BASE, -1, PRIME), 50) % PRIME == 1).all()
    assert np.iinfo(np.int64).max > 0x110000 * PRIME > 0
