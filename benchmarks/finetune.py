"""Sets fine-tuning of the pretrained network's last blocks beside the linear probe that it begins with.

    python benchmarks/finetune.py DIR --image image --target label [--folds 3] [--epochs 8] [--blocks 1]

DIR holds `labels.csv` with the paths of images and a label column. Rows are cut into 5 folds, stratified;
the first of them are answered by three models that learnt from the other four: the probe, its strength
chosen on a fifth of those rows, what fine-tuning makes of it in as many epochs as were asked for, without
looking at any other row, and the mean of the two, as an ensemble would have it. Differences are paired by
fold. Maps are computed once and kept.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from images import encoded, folds, load, scores

from milepost.learners.base import Batch, Job, learners
from milepost.modalities import kept
from milepost.modalities.image import CutVectorizer
from milepost.modalities.stages import Maps
from milepost.tasks.heads import SoftmaxHead

Array = np.ndarray[Any, Any]


def batch(frame: pl.DataFrame, places: tuple[Array, Array], y: Array, given: Any) -> tuple[Batch, Array]:
    """Training rows as the learner sees them, and the features of the rows to answer."""
    stage = Maps(given.size)
    train, test = (frame[rows] for rows in places)
    fitted = CutVectorizer(given.image, stage).fit(train, None, None)
    x, seen = (
        (kept.answers(stage, part[given.image], "pixels") - fitted.middle) * fitted.factor
        for part in (train, test)
    )
    return Batch(x, y[places[0]], blocks=fitted.blocks), seen


def main() -> None:
    """Runs the folds and prints what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--image", default="image")
    parser.add_argument("--target", default="label")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--blocks", type=int, default=1)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--keep", default=str(Path(tempfile.gettempdir()) / "milepost-maps"))
    given = parser.parse_args()
    frame = load(given.folder, given.image, [given.target], given.rows)
    kept.keep_in(Path(given.keep), given.threads)
    y, labels = encoded(frame, [given.target])
    head, found = SoftmaxHead(len(labels)), []
    for places in list(folds(frame, [given.target], 1))[: given.folds]:
        train, seen = batch(frame, places, y, given)
        job = Job({"epochs": given.epochs, "blocks": given.blocks}, head, threads=given.threads)
        start = time.perf_counter()
        single = head.predict(learners["finetune"].fit(train, None, replace(job, rounds=1)).raw(seen))
        middle = time.perf_counter()
        tuned = head.predict(learners["finetune"].fit(train, None, job).raw(seen))
        spent = (middle - start, time.perf_counter() - middle)
        models = {"probe": single, "finetune": tuned, "mean of both": (single + tuned) / 2}
        found.append({name: scores(proba, y[places[1]]) for name, proba in models.items()})
        print(found[-1], f"probe {spent[0]:.0f} s, finetune {spent[1]:.0f} s", flush=True)
    for name in ("finetune", "mean of both"):
        for key in found[0]["probe"]:
            gaps = [each[name][key] - each["probe"][key] for each in found]
            print(
                f"{name} less probe in {key}: {np.mean(gaps):+.4f} ({', '.join(f'{g:+.4f}' for g in gaps)})"
            )


if __name__ == "__main__":
    main()
