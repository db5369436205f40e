"""Learning curves of labels chosen against labels at random, paired, on sets of texts and images.

    python benchmarks/nextlabels.py [--texts CSV ...] [--images DIR ...] [--repeats 5] [--keep DIR]
                                    [--chart FILE]

A CSV has the columns `text` and `label`. A DIR holds a folder of images a class, or `images` beside a
`labels.csv` with 0 and 1 a label, of which the images with exactly one are taken; a file `.npz` with pictures
`x` and classes `y` will do too. A quarter of the rows, other ones in each repeat, scores and is never
labelled. From 40 labels on, 40 are added a round until 1,000: either
all at random, or as `milepost.labels.next.choose` says, a fifth of them at random too. Both begin with their
own first batch, and a logistic regression on the numbers of milepost's pretrained networks learns from both.
Told are the accuracy at 1,000 random labels, and the labels with which choosing reaches it on average over
the repeats, with a bootstrap over repeats of the gain in accuracy at 500 labels.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression

from milepost.labels.next import choose
from milepost.modalities import kept, media
from milepost.modalities.minilm import MiniLM
from milepost.modalities.stages import Embedding

Array = np.ndarray[Any, Any]
FIRST, STEP, LAST, ROWS = 40, 40, 1_000, 8_000


@dataclass(frozen=True)
class Curve:
    """Accuracy after each number of labels (repeats, sizes)."""

    sizes: Array
    random: Array
    chosen: Array


def texts(path: Path) -> tuple[Array, Array]:
    """Embeddings and classes of a table of texts."""
    frame = pl.read_csv(path).drop_nulls(["text", "label"]).unique("text", maintain_order=True)
    if frame.height > ROWS:
        frame = frame.sample(ROWS, seed=0)
    labels = np.unique(frame["label"].to_numpy(), return_inverse=True)[1]
    return kept.answers(MiniLM(), frame["text"], "bytes"), labels


def images(folder: Path) -> tuple[Array, Array]:
    """Embeddings and classes of a folder of images a class, or of `images` beside a `labels.csv`."""
    if (folder / "labels.csv").is_file() and (folder / "images").is_dir():
        return several(folder)
    homes = sorted(path for path in folder.iterdir() if path.is_dir())
    files = [
        (file, at) for at, home in enumerate(homes) for file in sorted(home.rglob("*.*")) if file.is_file()
    ]
    if len(files) > ROWS:
        files = [files[at] for at in np.random.default_rng(0).permutation(len(files))[:ROWS]]
    return embedded([file for file, _ in files]), np.array([at for _, at in files])


def several(folder: Path) -> tuple[Array, Array]:
    """Those images of a table of 0 and 1 a label that bear exactly one label."""
    frame = pl.read_csv(folder / "labels.csv")
    borne = frame.drop("image", "split", strict=False).to_numpy()
    one = np.flatnonzero(borne.sum(axis=1) == 1)
    files = [folder / "images" / frame["image"][int(row)] for row in one]
    return embedded(files), borne[one].argmax(axis=1)


def squares(path: Path) -> tuple[Array, Array]:
    """Embeddings and classes of grey pictures (rows, height, width), beside `y` in one file of arrays."""
    from PIL import Image

    part = np.load(path)
    rows = np.random.default_rng(0).permutation(len(part["y"]))[: ROWS // 2]
    with tempfile.TemporaryDirectory() as temporary:
        files = [Path(temporary) / f"{row}.png" for row in rows]
        for row, file in zip(rows, files, strict=True):
            Image.fromarray(part["x"][row]).convert("RGB").save(file)
        return embedded(files), np.unique(part["y"][rows], return_inverse=True)[1]


def embedded(files: list[Path]) -> Array:
    """What the pretrained network makes of images, of the length that suits the logistic regression."""
    column = pl.Series("image", [media.reference("image", media.place(file)) for file in files])
    stage = Embedding(224)
    found = kept.answers(stage, column, "pixels")[:, : -len(stage.plain)]
    return np.asarray(4 * found / np.linalg.norm(found, axis=1, keepdims=True))


def accuracy(x: Array, y: Array, rows: Array, test: Array) -> tuple[float, LogisticRegression]:
    """Accuracy on the test rows of a model of some rows, and the model."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LogisticRegression(C=1.0, max_iter=200, tol=1e-3).fit(x[rows], y[rows])
    return float((model.predict(x[test]) == y[test]).mean()), model


def walk(x: Array, y: Array, seed: int, choosing: bool) -> list[float]:
    """Accuracies of one repeat."""
    order = np.random.default_rng(seed).permutation(len(y))
    test, pool = order[: len(y) // 4], order[len(y) // 4 :]
    have, scores, model = np.empty(0, np.int64), [], None
    classes = len(np.unique(y))
    while len(have) < min(LAST, len(pool)):
        left = pool[~np.isin(pool, have)]
        want = FIRST if not len(have) else STEP
        if choosing:
            counts = np.bincount(y[have], minlength=classes)
            told = None if model is None else model.predict_proba(x[left])
            chosen = choose(x[left], want, told, x[have], counts.tolist(), seed + len(have))
            have = np.concatenate([have, left[chosen.rows]])
        else:
            have = np.concatenate([have, left[:want]])
        if len(np.unique(y[have])) < 2:
            scores.append(float((y[test] == y[have][0]).mean()))
            continue
        score, model = accuracy(x, y, have, test)
        scores.append(score)
    return scores


def compare(x: Array, y: Array, repeats: int) -> Curve:
    """Both curves on the same splits."""
    random = np.array([walk(x, y, seed, False) for seed in range(repeats)])
    chosen = np.array([walk(x, y, seed, True) for seed in range(repeats)])
    return Curve(FIRST + STEP * np.arange(random.shape[1]), random, chosen)


def reached(curve: Curve) -> float:
    """Labels with which choosing has, and keeps, the accuracy of the last random ones; else nan."""
    goal, mean = curve.random.mean(0)[-1], curve.chosen.mean(0)
    below = np.flatnonzero(mean < goal)
    at = below[-1] + 1 if len(below) else 0
    return float(curve.sizes[at]) if at < len(mean) else float("nan")


def tell(name: str, curve: Curve, seconds: float) -> None:
    """Prints a line."""
    at = int(np.argmin(np.abs(curve.sizes - 500)))
    gains = curve.chosen[:, at] - curve.random[:, at]
    rng = np.random.default_rng(0)
    means = gains[rng.integers(0, len(gains), (2000, len(gains)))].mean(1)
    low, high = np.quantile(means, [0.025, 0.975])
    goal = curve.random.mean(0)[-1]
    print(
        f"{name:22} {goal:7.3f} at {curve.sizes[-1]:5}  reached with {reached(curve):5.0f}"
        f"  gain at {curve.sizes[at]} {gains.mean():+.3f} ({low:+.3f} to {high:+.3f})  {seconds:4.0f} s",
        flush=True,
    )


def draw(path: Path, curves: dict[str, Curve]) -> None:
    """Writes a chart of all curves."""
    import altair

    rows = [
        {"set": name, "labels": int(size), "accuracy": float(value), "picked": kind}
        for name, curve in curves.items()
        for kind, means in (("random", curve.random.mean(0)), ("chosen", curve.chosen.mean(0)))
        for size, value in zip(curve.sizes, means, strict=True)
    ]
    lines = (
        altair.Chart(pl.DataFrame(rows))
        .mark_line()
        .encode(altair.X("labels:Q"), altair.Y("accuracy:Q").scale(zero=False), altair.Color("picked:N"))
    )
    lines.properties(width=220, height=160).facet("set:N", columns=3).resolve_scale(y="independent").save(
        path
    )


def main() -> None:
    """Walks through the sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--texts", type=Path, nargs="*", default=[])
    parser.add_argument("--images", type=Path, nargs="*", default=[])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--chart", type=Path)
    given = parser.parse_args()
    kept.keep_in(given.keep)
    curves: dict[str, Curve] = {}
    sets: list[tuple[Callable[[Path], tuple[Array, Array]], Path]] = [(texts, path) for path in given.texts]
    sets += [(squares if path.suffix == ".npz" else images, path) for path in given.images]
    for load, path in sets:
        x, y = load(path)
        begin = time.perf_counter()
        name = path.parent.name if path.suffix == ".npz" else path.name.split(".")[0]
        curves[name] = compare(x, y, given.repeats)
        tell(name, curves[name], time.perf_counter() - begin)
    if given.chart:
        draw(given.chart, curves)


if __name__ == "__main__":
    main()
