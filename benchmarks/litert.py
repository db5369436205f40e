"""Converts milepost's models of text to LiteRT and holds their answers against the ONNX graphs.

Run, in an environment of its own, since the converter brings two gigabytes and other versions of PyTorch:

    python -m venv litert
    litert/bin/pip install torch --index-url https://download.pytorch.org/whl/cpu
    litert/bin/pip install . litert-torch==0.10.0 ai-edge-litert==2.3.0
    litert/bin/python benchmarks/litert.py FILE.csv [--text text] [--target label] [--positive spam]

LiteRT has no tensors whose size depends on values, no table of hashes and no double sums over them, so that
the graph of a package cannot be converted as it is. The same integers are written here once more in PyTorch,
for one text of `DOOR` bytes at a time: UTF-8 to characters, lower case, hashes, a binary search among the
n-grams that count. What is trained is milepost's; nothing of it is changed.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from litertops import ascending, below, grams

from milepost.data.facts import facts_of
from milepost.data.read import read
from milepost.graphs.bag import COUNTS
from milepost.graphs.builder import Builder
from milepost.graphs.ngrams import WORDS
from milepost.graphs.session import session
from milepost.learners.base import Batch, Job, learners
from milepost.learners.deep import Deep
from milepost.learners.ngrams import NgramModel
from milepost.learners.torchops import TorchOps
from milepost.modalities.base import Block, modalities
from milepost.modalities.doors import encode, utf8
from milepost.modalities.prose import CLASSES, Scale
from milepost.modalities.text import TextSignal
from milepost.tasks.heads import SigmoidHead

DOOR = 2_048
"""Bytes of a text, always: what is longer is cut, what is shorter has zeros behind it."""
PARAMS = {"ngrams": {"C": 30.0}, "deep": {"channels": 16, "depth": 1, "width": 64}}
GOLDEN = (
    *("", " ", "WIN £1,000 now!!!", "one\ntwo\r\n\tthree", "🚀🚀 👩\u200d👩\u200d👧", "مرحبا بالعالم"),
    *("e\u0301a\u0308 ﬁ", "東京タワー", "ΣΊΣΥΦΟΣ Straße Ж", "long text " * 10_000, "é" * 1_024, "ab " * 700),
)


class Plain(torch.nn.Module):
    """Plain numbers of a text (1, 6) from its bytes (1, DOOR), scaled as training scaled them."""

    def __init__(self, scale: Scale) -> None:
        super().__init__()
        self.classes = torch.from_numpy(CLASSES.astype(np.float32))
        self.middle, self.spread = (torch.from_numpy(one) for one in (scale.middle, scale.spread))
        self.far = scale.far

    def forward(self, data: Any) -> Any:
        flags = self.classes[:, data[0].long()]
        inside = flags[-1]
        before = torch.cat([torch.zeros(1), inside[:-1]])
        chars, *parts = flags[:-1].sum(1).unbind()
        words = (inside > before).float().sum()
        whole = chars.clamp(min=1)
        numbers = torch.stack([torch.log(chars + 1), words, *[part / whole for part in parts]])
        return ((numbers - self.middle) / self.spread).clamp(-self.far, self.far)[None]


class Fixed(TorchOps):
    """The network as it learnt, on bytes of one length."""

    def bytes(self, block: Block) -> tuple[Any, Any]:
        values = self.x[:, block.columns]
        return values.long(), (values > 0).float()[:, None, :]


class Bytes(torch.nn.Module):
    """The deep network from bytes int32 (1, DOOR) to a probability (1, 1)."""

    def __init__(self, model: Deep, fitted: TextSignal) -> None:
        super().__init__()
        self.plain, self.width = Plain(fitted.plain), fitted.blocks[0].width
        self.net = Fixed(model.form, np.zeros(model.form.outputs), 0, "cpu", (0.0, 0.0, False))
        for name, parts in model.weights.items():
            # Convolutions along a text have no normalisation, so that folded weights are those of training.
            homes = (self.net.tables,) if name in self.net.tables else (self.net.weights, self.net.biases)
            for home, part in zip(homes, parts, strict=True):
                home[name] = torch.from_numpy(part)

    def forward(self, data: Any) -> Any:
        features = torch.cat([data[:, : self.width].float(), self.plain(data)], dim=1)
        return torch.sigmoid(self.net(features, training=False))


class Hashes(torch.nn.Module):
    """The linear model of n-grams from bytes int32 (1, DOOR) to a probability (1, 1)."""

    def __init__(self, model: NgramModel, fitted: TextSignal) -> None:
        super().__init__()
        (self.terms,) = model.terms
        self.plain, self.width = Plain(fitted.plain), fitted.blocks[0].width
        self.slope, self.intercept = (torch.from_numpy(one) for one in (model.slope, model.intercept))
        self.table = torch.from_numpy(model.tables[0])
        runs, words = np.split(self.terms.keys, [self.terms.runs])
        self.keys = torch.from_numpy(runs), torch.from_numpy(words - WORDS)
        self.idf = torch.from_numpy(self.terms.idf)

    def forward(self, data: Any) -> Any:
        count, found = len(self.terms.keys), []
        for hashes, keys, first in zip(
            grams(data[0, : self.width].long()), self.keys, (0, self.terms.runs), strict=True
        ):
            place = below(hashes, keys)
            known = (keys[place] == hashes) & (hashes >= 0)
            found.append(torch.where(known, place + first, count))
        terms = ascending(torch.cat(found).int())
        end = below(terms, terms)
        start = below(terms - 1, terms) + (terms[0] <= terms - 1)
        once = (terms < count) & (torch.arange(len(terms)) == end)
        terms = terms.clamp(max=count - 1).long()
        times = (end - start + 1).clamp(1, len(COUNTS)).float()
        value = (1 + torch.log(times)) * self.idf[terms] * once
        word = (terms >= self.terms.runs).float()
        for kind in (word, 1 - word):
            size = (value * value * kind).sum().clamp(min=1e-12).sqrt()
            value = value * (kind / size + 1 - kind)
        score = (value[:, None] * self.table[terms]).sum(0, keepdim=True)
        return torch.sigmoid(score + self.plain(data) @ self.slope + self.intercept)


def graph(model: Any, fitted: TextSignal) -> Any:
    """milepost's own graph from bytes to probabilities, opened."""
    builder, head = Builder(), SigmoidHead()
    raw = builder.input("text", "bytes")
    builder.output(head.emit(builder, model.emit(builder, fitted.emit(builder, (raw,)))), "proba", "float", 2)
    return session(builder.model())


def door(text: str) -> np.ndarray[Any, Any]:
    """A text's bytes as LiteRT takes them, int32 (1, DOOR), cut at a whole character."""
    data = encode(text)[:DOOR].decode("utf-8", "ignore").encode()
    return np.frombuffer(data.ljust(DOOR, b"\0"), np.uint8).astype(np.int32)[None]


def compared(name: str, net: torch.nn.Module, opened: Any, texts: list[str]) -> None:
    """Converts a network, runs it on texts and prints size, time and the largest differences."""
    cut = [door(text).astype(np.uint8).tobytes().rstrip(b"\0").decode() for text in texts]
    expected = np.array([opened.run(None, {"text": utf8([one])})[0][0, 1] for one in cut])
    with torch.no_grad():
        here = np.array([float(net(torch.from_numpy(door(one)))[0, 0]) for one in texts])
    print(f"{name}: PyTorch differs from ONNX by {np.abs(here - expected).max():.1e} at most", flush=True)
    import litert_torch
    from ai_edge_litert.interpreter import Interpreter

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        example = (torch.from_numpy(door("some text")),)
        # Without it whole numbers of 64 bits are cut to 32, and every hash is another one.
        litert_torch.convert(net.eval(), example, enable_x64=True).export(str(path))
        size = path.stat().st_size / 1e6
        interpreter = Interpreter(str(path), num_threads=1)
        interpreter.allocate_tensors()
        (takes,), (gives,) = interpreter.get_input_details(), interpreter.get_output_details()
        found, start = [], time.process_time()
        for one in texts:
            interpreter.set_tensor(takes["index"], door(one))
            interpreter.invoke()
            found.append(float(interpreter.get_tensor(gives["index"])[0, 0]))
        spent = 1000 * (time.process_time() - start) / len(texts)
    gaps = np.abs(np.array(found) - expected)
    print(
        f"{name}: {size:.2f} MB, {spent:.2f} ms a text; LiteRT differs from ONNX by {gaps.max():.1e}, "
        f"on golden texts by {gaps[: len(GOLDEN)].max():.1e}; "
        f"{int(((np.array(found) > 0.5) != (expected > 0.5)).sum())} of {len(texts)} answers flip",
        flush=True,
    )


def main() -> None:
    """Trains both models, converts them and prints how they compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--text", default="text")
    parser.add_argument("--target", default="label")
    parser.add_argument("--positive", default="spam")
    parser.add_argument("--only", default="deep,ngrams")
    parser.add_argument("--rows", type=int, default=3_000)
    given = parser.parse_args()
    frame = read(str(given.file)).frame.drop_nulls(given.text).sample(fraction=1, seed=0, shuffle=True)
    rows, asked = frame[: given.rows], frame[given.rows :][given.text].head(300).to_list()
    truth = (rows[given.target].cast(pl.String) == given.positive).to_numpy().astype(np.float64)
    column = rows.select(given.text)
    facts = {given.text: facts_of(column[given.text])}
    fitted = modalities["text"].vectorizer("signals", facts).fit(column, None, None)
    assert isinstance(fitted, TextSignal)
    batch = Batch(fitted.shortcut(column), truth, None, (), fitted.blocks)
    for name, make in (("deep", Bytes), ("ngrams", Hashes)):
        if name not in given.only.split(","):
            continue
        rounds = 3 if name == "deep" else None
        model = learners[name].fit(batch, None, Job(PARAMS[name], SigmoidHead(), rounds=rounds))
        compared(name, make(model, fitted), graph(model, fitted), [*GOLDEN, *asked])  # type: ignore[operator]


if __name__ == "__main__":
    main()
