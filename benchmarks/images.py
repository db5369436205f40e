"""Sets tables of images beside a frozen EfficientNet-Lite0 with scikit-learn's logistic regression on top.

    python benchmarks/images.py DIR --image image --target label [--budget 120s] [--repeats 1] [--probe]

DIR holds `labels.csv` with the paths of images, relative to DIR or to DIR/images, and the label columns,
several separated by commas for rows that bear several labels. Each of 5 folds, stratified where there is one
target, goes down the whole road within the budget: milepost learns from the other four and its package
answers the fold's rows. The rivals learn from the 1,280 numbers of the same network for the same rows,
multinomial and (of up to 10 classes) one-vs-rest, their strength chosen among milepost's by inner
cross-validation. With `--probe` there is no road: only milepost's linear probe, its strength chosen likewise.
Differences are paired by fold; the interval is that of the corrected t test (Nadeau & Bengio 2003). What the
network makes of an image is computed once and kept.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegressionCV
from sklearn.metrics import average_precision_score, balanced_accuracy_score
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.multiclass import OneVsRestClassifier

from milepost import Project
from milepost.learners.base import Batch, Job, learners
from milepost.learners.loss import mean_loss
from milepost.learners.probe import STRENGTHS
from milepost.modalities import kept, lite, media
from milepost.modalities.image import CutVectorizer
from milepost.modalities.stages import Embedding
from milepost.shipping.batch import batches
from milepost.shipping.manifest import open_package
from milepost.statistics.compare import corrected_t
from milepost.tasks.heads import SigmoidsHead, SoftmaxHead

Array = np.ndarray[Any, Any]
SEED, FEW = 0, 10
"""With so many classes one model each takes long."""


def load(folder: Path, image: str, targets: list[str], rows: int) -> pl.DataFrame:
    """The table, its images as references."""
    frame = pl.read_csv(folder / "labels.csv")
    if rows and frame.height > rows:
        frame = frame.sample(rows, seed=SEED)
    homes = [
        folder / path if (folder / path).is_file() else folder / "images" / path for path in frame[image]
    ]
    known = pl.Series(image, [media.reference("image", media.place(path)) for path in homes])
    return frame.select(targets).with_columns(known)


def folds(frame: pl.DataFrame, targets: list[str], repeats: int) -> Iterator[tuple[Array, Array]]:
    """Training and test rows of each fold of each repetition."""
    for repeat in range(repeats):
        if len(targets) == 1:
            split = StratifiedKFold(5, shuffle=True, random_state=repeat)
            yield from split.split(np.zeros(len(frame)), frame[targets[0]].to_numpy())
        else:
            yield from KFold(5, shuffle=True, random_state=repeat).split(np.zeros(len(frame)))


def encoded(frame: pl.DataFrame, targets: list[str]) -> tuple[Array, list[str]]:
    """Codes (rows,) of one target's classes, or 0/1 (rows, labels) of several labels, and the labels."""
    if len(targets) > 1:
        return frame.select(targets).to_numpy().astype(np.int64), targets
    labels = sorted(map(str, frame[targets[0]].unique().to_list()))
    return np.array([labels.index(str(value)) for value in frame[targets[0]]]), labels


def rivals(x: Array, y: Array, seen: Array) -> dict[str, Array]:
    """Probabilities (rows, labels) of scikit-learn's models on the embedding."""
    logistic = LogisticRegressionCV(
        Cs=list(STRENGTHS),
        cv=5,
        l1_ratios=(0,),
        scoring="neg_log_loss",
        max_iter=300,
        use_legacy_attributes=False,
    )
    found = {}
    if y.ndim == 1:
        found["logistic"] = logistic.fit(x, y).predict_proba(seen)
    if y.ndim == 2 or y.max() < FEW:
        found["one-vs-rest"] = OneVsRestClassifier(logistic).fit(x, y).predict_proba(seen)
    return found


def probe(rows: tuple[pl.DataFrame, pl.DataFrame], y: Array, image: str) -> Array:
    """Probabilities of milepost's probe, its strength chosen by cross-validation on the training rows."""
    fitted = CutVectorizer(image, Embedding(lite.SIZE)).fit(rows[0], None, None)
    answers = [kept.answers(Embedding(lite.SIZE), part[image], "pixels")[:, : lite.WIDTH] for part in rows]
    x, seen = ((part - fitted.middle) * fitted.factor for part in answers)
    learner, head = (
        learners["probe"],
        SoftmaxHead(int(y.max()) + 1) if y.ndim == 1 else SigmoidsHead(y.shape[1]),
    )
    truth, losses = head.encode(y), {}
    inner = (
        StratifiedKFold(5, shuffle=True, random_state=SEED)
        if y.ndim == 1
        else KFold(5, shuffle=True, random_state=SEED)
    )
    for params in learner.portfolio(len(x), x.shape[1], head):
        each = []
        for train, valid in inner.split(x, y):
            model = learner.fit(Batch(x[train], truth[train]), None, Job(params, head))
            each.append(mean_loss(model.raw(x[valid]), Batch(x[valid], truth[valid]), head.link))
        losses[params["C"]] = float(np.mean(each))
    best = min(losses, key=lambda c: losses[c])
    return head.predict(learner.fit(Batch(x, truth), None, Job({"C": best}, head)).raw(seen))


def road(train: pl.DataFrame, test: pl.DataFrame, targets: list[str], given: Any) -> tuple[Array, str]:
    """Probabilities (rows, labels) of the package at the end of the road, and what it holds."""
    with tempfile.TemporaryDirectory() as folder:
        options = {"task": "multilabel"} if len(targets) > 1 else {}
        project = Project.new(
            Path(folder) / "p",
            train,
            ",".join(targets),
            budget=given.budget,
            threads=given.threads,
            **options,
        )
        kept.keep_in(Path(given.keep), given.threads)
        status = project.run(yes=True, waive_all="a benchmark goes on to its end")
        if not status.done:
            raise SystemExit(f"the road stopped: {status.next}")
        package = open_package(project.package)
        answers = pl.concat(list(batches(package, test.drop(targets), given.threads)))
        names = [f"proba_{label}" for label in package.manifest.labels]
        said = next(mile.reason for mile in status.miles if mile.step == "tune")
        order = np.argsort(list(package.manifest.labels)) if len(targets) == 1 else np.arange(len(names))
        return answers.select(names).to_numpy()[:, order], said


def scores(proba: Array, y: Array) -> dict[str, float]:
    """What is compared: of classes accuracy, its mean over classes and log loss; of labels precision."""
    if y.ndim == 2:
        single = [average_precision_score(y[:, k], proba[:, k]) for k in range(y.shape[1])]
        clipped = proba.clip(1e-7, 1 - 1e-7)
        loss = -(y * np.log(clipped) + (1 - y) * np.log(1 - clipped)).mean()
        return {"mean average precision": float(np.mean(single)), "log loss": float(loss)}
    said = proba.argmax(axis=1)
    right = np.clip(proba[np.arange(len(y)), y], 1e-7, 1)
    balanced = float(balanced_accuracy_score(y, said))
    return {
        "accuracy": float((said == y).mean()),
        "balanced": balanced,
        "log loss": float(-np.log(right).mean()),
    }


def report(found: dict[str, list[dict[str, float]]], sizes: tuple[int, int]) -> None:
    """Prints means over folds, and the paired difference to each rival with its interval."""
    for name, each in found.items():
        print(name.ljust(14), {key: round(float(np.mean([one[key] for one in each])), 4) for key in each[0]})
    mine = found["milepost"]
    for name, each in found.items():
        for key in each[0] if name != "milepost" else ():
            gap = np.array([a[key] - b[key] for a, b in zip(mine, each, strict=True)])
            test = corrected_t(gap * (-1 if key == "log loss" else 1), *sizes)
            span = f"{test.interval.low:+.4f} to {test.interval.high:+.4f}"
            print(f"  better than {name} in {key} by {test.gain:+.4f} ({span})")


def main() -> None:
    """Runs all folds and prints what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--image", default="image")
    parser.add_argument("--target", default="label")
    parser.add_argument("--budget", default="120s")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--keep", default=str(Path(tempfile.gettempdir()) / "milepost-embeddings"))
    parser.add_argument("--probe", action="store_true")
    given = parser.parse_args()
    targets = given.target.split(",")
    frame = load(given.folder, given.image, targets, given.rows)
    kept.keep_in(Path(given.keep), given.threads)
    answers = kept.answers(Embedding(lite.SIZE), frame[given.image], "pixels")
    plain = answers[:, : lite.HEAD] ** 2 - lite.LIFT
    y, _ = encoded(frame, targets)
    found: dict[str, list[dict[str, float]]] = {"milepost": []}
    sizes = (0, 0)
    for train, test in folds(frame, targets, given.repeats):
        start, processor = time.perf_counter(), time.process_time()
        said = "probe"
        if given.probe:
            mine = probe((frame[train], frame[test]), y[train], given.image)
        else:
            mine, said = road(frame[train], frame[test], targets, given)
        spent = f"{time.perf_counter() - start:.0f} s, {time.process_time() - processor:.0f} s of processors"
        found["milepost"].append(scores(mine, y[test]))
        for name, proba in rivals(plain[train], y[train], plain[test]).items():
            found.setdefault(name, []).append(scores(proba, y[test]))
        sizes = (len(train), len(test))
        print({name: each[-1] for name, each in found.items()}, f"({said}; {spent})", flush=True)
    report(found, sizes)


if __name__ == "__main__":
    main()
