"""Carries tables with a text column down the road and sets each model beside tuned TF-IDF.

Run: python benchmarks/texts.py FOLDER [--budget 120s] [--only NAME,..] [--seeds 1] [--keep DIR]
FOLDER holds the tables of `TABLES`. A quarter of the rows is held out, equal texts on one side; milepost is
used through its command line (`new`, `run`, `predict`). The rival learns from the same rows: TF-IDF of words,
pairs of words and runs of 2 to 5 characters with sublinear counts, and logistic regression whose C is the
best of five by five-fold cross-validation. `z` is milepost's gain in log loss in paired standard errors:
above 0 milepost is better.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

Array = np.ndarray[Any, Any]
SHOWN = ("loss", "accuracy", "macro_f1")
STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0)


@dataclass(frozen=True)
class Entry:
    """A table: its file in the folder, its text and target, and a column that rows are also told apart by."""

    name: str
    file: str
    source: str = ""


TABLES = (
    Entry("sms_spam", "2_chat/sms_spam/sms_spam.csv.gz"),
    Entry("movie_reviews", "text/movie_reviews_mr/movie_reviews_mr.csv.gz"),
    Entry("subjectivity", "text/subjectivity/subjectivity.csv.gz"),
    Entry("customer_reviews", "text/customer_reviews/customer_reviews.csv.gz"),
    Entry("chat_3way", "2_chat/chat_3way/chat_3way.csv.gz", "source"),
)


def divided(frame: pl.DataFrame, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows to learn from and rows held out, by a hash of the text."""

    def place(text: str) -> int:
        plain = " ".join(text.lower().split())
        return int.from_bytes(hashlib.blake2b(f"{seed} {plain}".encode()).digest()[:4], "big")

    out = pl.Series([place(text) % 4 == 0 for text in frame["text"]])
    return frame.filter(~out), frame.filter(out)


def rival(train: pl.DataFrame, held: pl.DataFrame, threads: int) -> tuple[Array, list[str], float]:
    """Probabilities of the rival for the rows held out, its classes, and the C that it chose."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, StratifiedKFold
    from sklearn.pipeline import make_union

    union = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    search = GridSearchCV(
        LogisticRegression(max_iter=1000), {"C": STRENGTHS}, cv=folds, scoring="neg_log_loss", n_jobs=threads
    )
    x = union.fit_transform(train["text"].to_list())
    search.fit(x, train["label"].to_numpy())
    return (
        search.predict_proba(union.transform(held["text"].to_list())),
        list(search.classes_),
        search.best_params_["C"],
    )


def milepost(
    train: pl.DataFrame, held: pl.DataFrame, folder: Path, budget: str, threads: int
) -> pl.DataFrame:
    """What the package predicts for the rows held out."""
    rows, fresh, home = folder / "train.parquet", folder / "held.parquet", folder / "project"
    train.select("text", "label").write_parquet(rows)
    held.select("text").write_parquet(fresh)
    command = [sys.executable, "-m", "milepost"]
    for part in (
        [
            "new",
            str(home),
            "--data",
            str(rows),
            "--target",
            "label",
            "--budget",
            budget,
            "--threads",
            str(threads),
            "--refit",
            "all",
        ],
        ["run", str(home), "--yes", "--waive-all", "benchmark"],
        ["predict", str(home), "--data", str(fresh), "--out", str(folder / "answers.parquet")],
    ):
        done = subprocess.run([*command, *part], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{part[0]}: {done.stdout[-1500:]}{done.stderr[-1500:]}")
    return pl.read_parquet(folder / "answers.parquet")


def judged(truth: Array, proba: Array, classes: list[str]) -> dict[str, Any]:
    """Log loss of each row, and accuracy and macro-F1."""
    from sklearn.metrics import f1_score

    place = np.array([classes.index(label) for label in truth])
    losses = -np.log(np.clip(proba[np.arange(len(place)), place], 1e-15, 1))
    chosen = proba.argmax(axis=1)
    score = f1_score(place, chosen, average="macro", labels=np.unique(place))
    return {"losses": losses, "accuracy": float(np.mean(chosen == place)), "macro_f1": float(score)}


def line(
    entry: Entry, folder: Path, base: Path, seed: int, given: argparse.Namespace
) -> list[dict[str, Any]]:
    """One table: a line for all rows held out, and one for each source."""
    frame = pl.read_csv(base / entry.file).with_columns(pl.col("label").cast(pl.String)).drop_nulls("text")
    train, held = divided(frame, seed)
    start = time.perf_counter()
    theirs, classes, strength = rival(train, held, given.threads)
    between = time.perf_counter()
    answers = milepost(train, held, folder, given.budget, given.threads)
    spent = time.perf_counter() - between
    ours = answers.select([f"proba_{label}" for label in classes]).to_numpy()
    truth = held["label"].to_numpy()
    parts = {"all": np.ones(len(held), bool)}
    if entry.source:
        parts |= {str(name): (held[entry.source] == name).to_numpy() for name in held[entry.source].unique()}
    found = []
    for name, rows in parts.items():
        mine, other = (judged(truth[rows], proba[rows], classes) for proba in (ours, theirs))
        gain = other.pop("losses") - (losses := mine.pop("losses"))
        error = float(gain.std(ddof=1) / np.sqrt(len(gain)))
        found.append(
            {
                "table": entry.name,
                "rows": name,
                "held": int(rows.sum()),
                "seed": seed,
                "C": strength,
                "loss": float(losses.mean()),
                "rival_loss": float((losses + gain).mean()),
                **mine,
                **{f"rival_{k}": v for k, v in other.items()},
                "gain": float(gain.mean()),
                "error": error,
                "z": float(gain.mean() / error),
                "seconds": round(spent),
                "rival_seconds": round(between - start),
            }
        )
    return found


def shown(one: Mapping[str, Any]) -> str:
    """A line in words."""
    pairs = [f"{name} {one[name]:.4f} against {one[f'rival_{name}']:.4f}" for name in SHOWN]
    seconds = f"{one['seconds']} s, {one['rival_seconds']} s"
    return (
        f"{one['table']:17} {one['rows']:8} {one['held']:6} z {one['z']:+.2f}  {'  '.join(pairs)}  {seconds}"
    )


def main() -> None:
    """Runs what is asked for and prints a line a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--budget", default="120s")
    parser.add_argument("--only", default="")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    for entry in TABLES:
        if given.only and entry.name not in given.only.split(","):
            continue
        for seed in range(given.seeds):
            with tempfile.TemporaryDirectory() as temporary:
                folder = (given.keep or Path(temporary)) / f"{entry.name}-{seed}"
                folder.mkdir(parents=True, exist_ok=True)
                for one in line(entry, folder, given.folder, seed, given):
                    print(shown(one), flush=True)
                    with (folder / "lines.jsonl").open("a") as stream:
                        stream.write(json.dumps(one) + "\n")


if __name__ == "__main__":
    main()
