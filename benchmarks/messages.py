"""Measures a spam model as it would run on a phone: bytes of its graph, milliseconds a message.

Run: python benchmarks/messages.py FILE.csv [--text text] [--target label] [--positive spam] [--c 30]
The graph goes from the UTF-8 of a message to probabilities; one thread, one message at a time.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import polars as pl

from milepost.data.facts import facts_of
from milepost.data.read import read
from milepost.graphs.builder import Builder
from milepost.graphs.session import session
from milepost.learners.base import Batch, Job, learners
from milepost.modalities.base import modalities
from milepost.modalities.doors import utf8
from milepost.tasks.heads import SigmoidHead


def main() -> None:
    """Prints the size, the time and the largest difference between training and graph."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--text", default="text")
    parser.add_argument("--target", default="label")
    parser.add_argument("--positive", default="spam")
    parser.add_argument("--c", type=float, default=30.0)
    given = parser.parse_args()
    frame = read(str(given.file)).frame
    rows, head = frame.select(given.text), SigmoidHead()
    truth = (frame[given.target].cast(pl.String) == given.positive).to_numpy().astype(np.float64)
    facts = {given.text: facts_of(rows[given.text])}
    fitted = modalities["text"].vectorizer("signals", facts).fit(rows, None, None)
    x = fitted.shortcut(rows)
    assert x is not None
    model = learners["ngrams"].fit(Batch(x, truth, None, (), fitted.blocks), None, Job({"C": given.c}, head))
    builder = Builder()
    raw = builder.input(given.text, "bytes")
    builder.output(head.emit(builder, model.emit(builder, fitted.emit(builder, (raw,)))), "proba", "float", 2)
    graph = builder.model()
    opened, expected = session(graph), head.predict(model.raw(x))
    messages = [utf8([one]) for one in rows[given.text].fill_null("")[:1000]]
    start = time.process_time()
    found = [opened.run(None, {given.text: one})[0][0, 1] for one in messages]
    spent = 1000 * (time.process_time() - start) / len(messages)
    gap = np.abs(np.array(found) - expected[: len(found)]).max()
    print(
        f"{graph.ByteSize() / 1e6:.2f} MB, {spent:.3f} ms a message of one core, differs by {gap:.1e} at most"
    )


if __name__ == "__main__":
    main()
