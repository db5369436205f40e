"""Sets word vectors beside n-grams on texts: alone, and blended.

Run: python benchmarks/vectors.py VECTORS FOLDER [--only NAME,..] [--seeds 3] [--few 500]
VECTORS is a file as `[columns.NAME] vectors` takes it; FOLDER holds the tables of `benchmarks/texts.py`. A
quarter of the rows is held out, equal texts on one side; the rest, or `--few` rows of it, are learnt from. A
fifth of those chooses the strengths and the share of the blend; then both are fitted on all of them.
`z` is the blend's gain in log loss over n-grams alone in paired standard errors; above 0 vectors help.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from texts import TABLES, divided

from milepost.data.facts import facts_of
from milepost.learners.base import Batch, Job, learners
from milepost.modalities import media, vecfile
from milepost.modalities.base import Fitted, modalities
from milepost.modalities.wordvectors import counted
from milepost.tasks.heads import SigmoidHead, SoftmaxHead

Array = np.ndarray[Any, Any]
VIEWS = {"ngrams": "signals", "probe": "embedded"}
STRENGTHS = {"ngrams": (3.0, 10.0, 30.0), "probe": (0.1, 1.0, 10.0)}
SHARES = np.linspace(0, 1, 11)
"""Shares of the probe in the blend that are compared."""


def answered(name: str, fitted: Fitted, sides: tuple[Batch, pl.DataFrame], params: dict[str, Any]) -> Array:
    """Probabilities for rows of a family that learns from others.

    Args:
        name: the family.
        fitted: the features.
        sides: what is learnt from, and the texts that are asked about.
        params: its settings.
    """
    labels = int(sides[0].y.max()) + 1
    head = SoftmaxHead(labels) if labels > 2 else SigmoidHead()
    model = learners[name].fit(sides[0], None, Job(params, head, threads=2))
    rows = fitted.shortcut(sides[1])
    assert rows is not None
    proba = np.asarray(head.predict(model.raw(rows)))
    return proba if proba.ndim > 1 else np.column_stack([1 - proba, proba])


def family(
    name: str, facts: Any, sides: tuple[pl.DataFrame, pl.DataFrame], y: Array, strengths: list[dict[str, Any]]
) -> list[Array]:
    """Probabilities for some texts at each strength."""
    fitted = modalities["text"].vectorizer(VIEWS[name], {"text": facts}).fit(sides[0], None, None)  # type: ignore[arg-type]
    x = fitted.shortcut(sides[0])
    assert x is not None
    return [
        answered(name, fitted, (Batch(x, y, None, (), fitted.blocks), sides[1]), params)
        for params in strengths
    ]


def losses(proba: Array, truth: Array) -> Array:
    """Log loss of each row."""
    return np.asarray(-np.log(np.clip(proba[np.arange(len(truth)), truth], 1e-15, 1)))


def table(frame: pl.DataFrame, path: Path, seed: int, few: int | None) -> dict[str, Any]:
    """One table and one way of holding out."""
    train, held = divided(frame, seed)
    train = train.sample(min(few or len(train), len(train)), seed=seed, shuffle=True)
    labels = sorted(frame["label"].unique().to_list())
    y, truth = (np.array([labels.index(one) for one in part["label"]]) for part in (train, held))
    rows, asked = train.select("text"), held.select("text")
    keys, counts = counted(rows["text"])
    found = vecfile.read(path, keys, 50_000)
    facts = replace(facts_of(rows["text"]), vectors=media.put(found.packed()))
    fold = np.arange(len(y)) % 5 == 0
    inner = rows.filter(pl.Series(~fold)), rows.filter(pl.Series(fold))
    chosen, tried = {}, {}
    for name in VIEWS:
        strengths = [{"C": c} for c in STRENGTHS[name]]
        probas = family(name, facts, inner, y[~fold], strengths)
        best = int(np.argmin([losses(one, y[fold]).mean() for one in probas]))
        chosen[name], tried[name] = strengths[best], probas[best]
    blends = [(1 - share) * tried["ngrams"] + share * tried["probe"] for share in SHARES]
    share = float(SHARES[int(np.argmin([losses(one, y[fold]).mean() for one in blends]))])
    final = {name: family(name, facts, (rows, asked), y, [chosen[name]])[0] for name in VIEWS}
    final["both"] = (1 - share) * final["ngrams"] + share * final["probe"]
    running, distinct = vecfile.shares(found, keys, counts)
    gain = losses(final["ngrams"], truth) - losses(final["both"], truth)
    error = gain.std(ddof=1) / np.sqrt(len(gain))
    told: dict[str, Any] = {"learnt": len(y), "held": len(truth), "known": running, "distinct": distinct}
    for name, proba in final.items():
        told[f"{name} loss"] = float(losses(proba, truth).mean())
        told[f"{name} accuracy"] = float((proba.argmax(1) == truth).mean())
    return {**told, "share": share, "z": float(gain.mean() / error) if error else 0.0}


def main() -> None:
    """Prints a line a table and seed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("vectors", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="movie_reviews,sms_spam")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--few", type=int)
    given = parser.parse_args()
    for entry in TABLES:
        if entry.name not in given.only.split(","):
            continue
        frame = pl.read_csv(given.folder / entry.file).drop_nulls("text")
        frame = frame.with_columns(pl.col("label").cast(pl.String))
        for seed in range(given.seeds):
            told = table(frame, given.vectors, seed, given.few)
            shown = "  ".join(f"{k} {v:.4f}" if isinstance(v, float) else f"{k} {v}" for k, v in told.items())
            print(f"{entry.name:14} seed {seed}  {shown}", flush=True)


if __name__ == "__main__":
    main()
