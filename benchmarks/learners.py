"""Seconds and validation loss of each learner's first configuration on a made table of 50,000 rows.

Run it with `python benchmarks/learners.py`; `--rows`, `--features` and `--threads` change the table and what
a fit may use, `--all` runs every configuration of each portfolio.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

from milepost.learners.base import Array, Batch, Job, Learner, learners
from milepost.learners.loss import constant, mean_loss
from milepost.tasks.base import Head
from milepost.tasks.heads import IdentityHead, SigmoidHead, SoftmaxHead


def table(rows: int, features: int, seed: int = 0) -> tuple[Array, Array]:
    """Features with 5 % NaN, and a score of them with lines, steps, products and noise."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(rows, features)).astype(np.float32)
    score = x[:, 0] + x[:, 1] * x[:, 2] + np.sin(2 * x[:, 3]) + (x[:, 4] > 0.5) - 1
    score += 0.3 * (x[:, 5:15] @ generator.normal(size=10))
    x[generator.random(x.shape) < 0.05] = np.nan
    return x, score + generator.logistic(size=rows)


def problems(score: Array) -> dict[str, tuple[Head, Array]]:
    """The same table as a binary, a three-class and a numeric task."""
    classes = np.digitize(score, np.quantile(score, [0.5, 0.8]))
    head = IdentityHead.fit(score)
    return {
        "binary": (SigmoidHead(), (score > 0).astype(np.float64)),
        "3 classes": (SoftmaxHead(3), classes.astype(np.int64)),
        "number": (head, head.encode(score)),
    }


def run(learner: Learner, head: Head, x: Array, y: Array, arguments: argparse.Namespace) -> None:
    """Fits and prints a line a configuration."""
    seen = x if learner.view == "trees" else np.nan_to_num(x)
    edge = len(x) * 4 // 5
    train, valid = Batch(seen[:edge], y[:edge]), Batch(seen[edge:], y[edge:])
    naive = mean_loss(np.tile(constant(train, head.link, head.width), (len(valid.x), 1)), valid, head.link)
    listed: tuple[Any, ...] = learner.portfolio(edge, x.shape[1], head)
    for params in listed if arguments.all else listed[:1]:
        wall, processor = time.monotonic(), time.process_time()
        model = learner.fit(train, valid, Job(params, head, threads=arguments.threads))
        wall, processor = time.monotonic() - wall, time.process_time() - processor
        loss = mean_loss(model.raw(valid.x), valid, head.link)
        print(
            f"{learner.name:10} {wall:8.1f} s {processor:8.1f} cpu-s {model.rounds:6} rounds "
            f"  loss {loss:.4f} (constant {naive:.4f})  {dict(params) if arguments.all else ''}",
            flush=True,
        )


def main() -> None:
    """Reads the arguments and runs every learner on every problem."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--features", type=int, default=40)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    x, score = table(arguments.rows, arguments.features)
    for name, (head, y) in problems(score).items():
        print(f"{name}: {arguments.rows:,} rows, {arguments.features} features")
        for learner in learners.values():
            problem = learner.objection(arguments.rows, arguments.features, head)
            if problem:
                print(f"{learner.name:10} {problem}")
            else:
                run(learner, head, x, y, arguments)


if __name__ == "__main__":
    main()
