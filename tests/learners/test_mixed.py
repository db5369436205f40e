"""Rows that mix signals and numbers: together they say more than the best of them alone, by a paired test."""

import io
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.stats import ttest_rel

from milepost.data.recipe import Recipe
from milepost.data.schema import Column, Schema
from milepost.learners.base import Batch, Job, learners
from milepost.learners.loss import row_losses
from milepost.modalities import media
from milepost.modalities.base import Block
from milepost.tasks.heads import SigmoidHead
from milepost.testing.signals import BLOCKS, rows
from milepost.testing.sounds import sounds

HEAD = SigmoidHead()


def part(batch: Batch, name: str) -> Batch:
    """Only the text, only the picture, or only the numbers."""
    if name == "numbers":
        return replace(batch, x=batch.x[:, :2], codes=(), blocks=())
    block = BLOCKS[["text", "picture"].index(name)]
    return replace(batch, x=batch.x[:, block.columns], codes=(), blocks=(Block(block.kind, 0, block.shape),))


def losses(name, params, train, valid):
    model = learners[name].fit(train, valid, Job(params, HEAD, seed=1))
    return row_losses(model.raw(valid.x), valid.y, "sigmoid")


def better(both, singles):
    """By a paired test on the same rows, against the best of the singles."""
    best = min(singles, key=lambda name: singles[name].mean())
    test = ttest_rel(both, singles[best], alternative="less")
    assert both.mean() < singles[best].mean()
    assert test.pvalue < 0.01, f"{both.mean():.3f} against {singles[best].mean():.3f} of {best} alone"


@pytest.mark.slow
def test_the_common_network_beats_the_best_single_modality():
    pytest.importorskip("torch", reason="needs the extra [network]")
    train, valid = rows("three", 500), rows("three", 300, seed=1)
    params = {"channels": 8, "width": 32, "dropout": 0.0, "epochs": 10, "learning_rate": 0.01, "augment": 0.5}
    singles = {
        name: losses("deep", params, part(train, name), part(valid, name))
        for name in ("text", "picture", "numbers")
    }
    better(losses("deep", params, train, valid), singles)


def pictures(bright, rng):
    """References to pictures that are bright, or not."""
    image = pytest.importorskip("PIL.Image", reason="needs the extra [image]")
    values = []
    for one in bright:
        stream = io.BytesIO()
        image.fromarray(rng.integers(0, 200 if one else 120, (12, 12, 3), np.uint8)).save(stream, "PNG")
        values.append(media.reference("image", media.put(stream.getvalue())))
    return values


def test_the_scores_of_media_beat_the_best_single_column_in_a_linear_model():
    pytest.importorskip("soundfile", reason="needs the extra [audio]")
    rng = np.random.default_rng(0)
    frame = sounds(360, ("tone", "burst"), seed=3)
    said = [(frame["kind"] == "tone").to_numpy(), rng.random(360) < 0.5, rng.random(360) < 0.5]
    y = (np.sum(said, axis=0) > 1.5).astype(float)
    table = pl.DataFrame(
        {
            "clip": frame["sound"],
            "photo": pictures(said[1], rng),
            "number": said[2] * 3 + rng.normal(size=360),
        }
    )
    columns = {
        "clip": Column("clip", "sound", "sound", "input", "wave"),
        "photo": Column("photo", "image", "image", "input", "pixels"),
        "number": Column("number", "float", "number", "input", "float"),
    }

    def judged(names):
        schema = Schema(tuple(columns[name] for name in names))
        transform, x = Recipe.of(table.select(names), schema).fit(table[:240], "dense", y[:240])
        return losses("linear", {"C": 1.0}, Batch(x, y[:240]), Batch(transform.matrix(table[240:]), y[240:]))

    better(judged(list(columns)), {name: judged([name]) for name in columns})
