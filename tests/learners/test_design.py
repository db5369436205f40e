"""What features are, and matrices whose texts are hashed once."""

import gc

import numpy as np
import polars as pl

from milepost.data.facts import facts_of
from milepost.learners import design as module
from milepost.learners.base import Batch
from milepost.learners.design import Design, Layout, designed, ngrams
from milepost.modalities.base import Block
from milepost.modalities.text import Text


def signals(texts):
    frame = pl.DataFrame({"t": texts})
    fitted = Text().vectorizer("signals", {"t": facts_of(frame["t"])}).fit(frame, None, None)
    return Batch(fitted.shortcut(frame), np.zeros(len(texts)), None, (), fitted.blocks)


def test_layout_and_columns():
    x = np.zeros((4, 40), np.float32)
    x[:, 39] = [0, 1, 2, 70]
    x[:, 0] = [1, 2, 3, 4]
    blocks = (Block("bytes", 1, (30,)), Block("pixels", 31, (2, 2, 2)))
    batch = Batch(x, np.zeros(4), None, (0,) * 39 + (80,), blocks)
    layout = Layout.of(batch)
    assert layout == Layout(blocks[:1], ((39, 64),), (0,)), "pixels are left to others"
    made = designed(batch, layout, 10)
    assert made.dense.tolist() == [[1], [2], [3], [4]]
    assert made.sparse.toarray()[:, -64:].argmax(axis=1).tolist() == [0, 1, 2, 63]


def test_rows_to_watch_have_the_columns_of_those_to_learn_from():
    train, valid = signals(["one two", "one two three", "three two"]), signals(["one four", ""])
    made = designed(train, Layout.of(train), 1000)
    seen = Design(valid, made.layout, made.terms)
    assert seen.sparse.shape[1] == made.sparse.shape[1]
    assert seen.sparse[0].nnz
    assert not seen.sparse[1].nnz
    assert (made.sparse != made.back.T).nnz == 0


def test_a_matrix_is_hashed_once_and_forgotten_with_it(monkeypatch):
    batch = signals([f"text number {n}" for n in range(50)])
    asked = []
    before = module.store.rows
    monkeypatch.setattr(module.store, "rows", lambda texts: asked.append(len(texts)) or before(texts))
    layout = Layout.of(batch)
    assert designed(batch, layout, 10) is designed(batch, layout, 10)
    ngrams(batch.x, batch.blocks[0])
    assert asked == [50]
    kept = id(batch.x)
    del batch
    gc.collect()
    assert not any(key[0] == kept for key in module._seen)
