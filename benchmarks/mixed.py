"""Sets rows of several kinds of columns beside the best kind alone, by a paired test.

    python benchmarks/mixed.py TABLE --target COLUMN [--families linear,lightgbm,deep] [--rows N] [--folds 3]
        [--seconds 60]
    MILEPOST_DATA=DIR python benchmarks/mixed.py fashion|messages [...]

TABLE is what `milepost new --data` takes: a file with a text column, or with paths of images or sounds. Its
input columns are grouped: text, image, sound, and all others. Each family is fitted on all of them, and on
each group alone, with the first form of its portfolio; every row is judged by the model of the folds it is
not in. The difference of the losses of a row is paired; standard errors are those of its mean.

`fashion` builds a table from Fashion-MNIST: 4,000 pictures of sneakers, ankle boots, sandals and bags as
references to PNG files, and two numbers that are made: a weight in grams and a price, whose means differ
between the classes by less than they spread. `messages` gives each SMS of the spam collection the capital
runs and the marks of a mail of Spambase of the same class, drawn by chance, and asks which of them are spam:
both are real, that they belong together is made.
"""

from __future__ import annotations

import argparse
import io
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.model_selection import KFold

from milepost.data.infer import infer_schema
from milepost.data.read import read
from milepost.data.recipe import Recipe
from milepost.data.schema import Schema
from milepost.learners.base import Batch, Job, learners
from milepost.modalities import media
from milepost.tasks.base import Task
from milepost.tasks.infer import infer

Array = np.ndarray[Any, Any]
MEDIA = ("text", "image", "sound")


def fashion(rows: int) -> pl.DataFrame:
    """Pictures of four classes, and two made numbers."""
    from PIL import Image

    part = np.load(Path(os.environ["MILEPOST_DATA"]) / "images" / "fashion_mnist" / "train20k.npz")
    chosen = np.flatnonzero(np.isin(part["y"], [5, 7, 8, 9]))[: rows or 4_000]
    rng, found = np.random.default_rng(0), []
    for pixels in part["x"][chosen]:
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "PNG")
        found.append(media.reference("image", media.put(stream.getvalue())))
    places = np.searchsorted([5, 7, 8, 9], part["y"][chosen])
    return pl.DataFrame(
        {
            "picture": found,
            "weight": np.array([400.0, 600.0, 700.0, 900.0])[places] + 200 * rng.normal(size=len(chosen)),
            "price": np.array([40.0, 80.0, 60.0, 90.0])[places] + 30 * rng.normal(size=len(chosen)),
            "kind": np.array(["sandal", "sneaker", "bag", "boot"])[places],
        }
    )


def messages(rows: int) -> pl.DataFrame:
    """SMS, each with numbers of a mail of its class; no mail is given twice."""
    home, rng = Path(os.environ["MILEPOST_DATA"]), np.random.default_rng(0)
    texts = pl.read_csv(home / "2_chat" / "sms_spam" / "sms_spam.csv.gz").drop_nulls("text")
    mails = pl.read_csv(home / "tabular" / "spambase" / "spambase.csv.gz")
    spam, chosen = mails["type"] == "spam", ("capitalLong", "capitalAve", "charExclamation", "charDollar")
    found = []
    for label in ("spam", "ham"):
        own = texts.filter(pl.col("label") == label).sample(fraction=1.0, shuffle=True, seed=0)
        given = mails.filter(spam if label == "spam" else ~spam).select(chosen)
        given = given[rng.permutation(len(given))]
        size = min(len(own), len(given), *([rows // 2] if rows else []))
        found.append(pl.concat([own[:size], given[:size]], how="horizontal"))
    return pl.concat(found).rename({"label": "kind"}).sample(fraction=1.0, shuffle=True, seed=0)


def groups(schema: Schema) -> dict[str, Schema]:
    """All inputs, then each group alone."""
    kind = {c.name: c.modality if c.modality in MEDIA else "other columns" for c in schema.inputs}
    found = {"all": schema}
    for group in dict.fromkeys(kind.values()):
        found[group] = schema.without([name for name, own in kind.items() if own != group], "another group")
    return found


def judged(
    frame: pl.DataFrame, schema: Schema, task: Task, family: str, limits: tuple[int, float]
) -> Array | None:
    """Loss of each row, out of fold; None where the family does not suit."""
    learner, truth = learners[family], task.encode(frame.select(task.targets))
    recipe, losses = Recipe.of(frame, schema), np.empty(len(frame))
    if learner.needs and not learner.needs & recipe.kinds:
        return None
    folds, seconds = limits
    for train, held in KFold(folds, shuffle=True, random_state=0).split(frame):
        head = task.head(truth[train])
        view = recipe.view(learner.view)
        transform, x = recipe.fit(frame[train], view, head.statistics_target(truth[train]))
        inside = np.arange(len(train)) % 6 > 0  # every sixth row chooses rounds and epochs

        def batch(rows: Array, x: Array, y: Array, transform: Any = transform) -> Batch:
            return Batch(x[rows], y[rows], None, transform.codes, transform.blocks)

        encoded = head.encode(truth[train])
        params = learner.portfolio(len(train), x.shape[1], head)[0]
        job = Job(params, head, threads=2, deadline=time.monotonic() + seconds)
        model = learner.fit(batch(inside, x, encoded), batch(~inside, x, encoded), job)
        losses[held] = task.losses(truth[held], head.predict(model.raw(transform.matrix(frame[held]))))
    return losses


MADE = {"fashion": fashion, "messages": messages}


def main() -> None:
    """Prints mean losses, and the paired difference between all columns and the best group."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("table")
    parser.add_argument("--target", default="kind")
    parser.add_argument("--families", default="linear,lightgbm,deep")
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=60.0, help="of each fit")
    given = parser.parse_args()
    if given.table in MADE:
        frame = MADE[given.table](given.rows)
    else:
        frame = read(given.table).frame.drop_nulls(given.target)
        frame = frame.sample(given.rows, seed=0) if 0 < given.rows < len(frame) else frame
    task, _ = infer(frame.select(given.target))
    for family in given.families.split(","):
        found = {
            name: judged(frame, part, task, family, (given.folds, given.seconds))
            for name, part in groups(infer_schema(frame, [given.target])).items()
        }
        known = {name: losses for name, losses in found.items() if losses is not None}
        print(family, "  ".join(f"{name} {losses.mean():.4f}" for name, losses in known.items()), flush=True)
        best = min((name for name in known if name != "all"), key=lambda name: known[name].mean(), default="")
        if best and "all" in known:
            gap = known[best] - known["all"]
            error = gap.std(ddof=1) / np.sqrt(len(gap))
            print(f"  all columns gain {gap.mean():.4f} ± {error:.4f} over {best} ({gap.mean() / error:.1f})")


if __name__ == "__main__":
    main()
