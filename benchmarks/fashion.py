"""Sets the deep network beside the usual two-convolution net on Fashion-MNIST, for equal time.

    MILEPOST_DATA=DIR python benchmarks/fashion.py [--seconds 120] [--threads 2] [--processor] [--only deep]

Both learn from the same 20,000 rows and answer the same 10,000. The usual net: 3 x 3 convolution with 32
channels, 2 x 2 pooling, 3 x 3 convolution with 64, 2 x 2 pooling, a dense layer of 128 units, ReLU; Adam with
a learning rate of 0.001, batches of 128, pixels divided by 255. It comes twice: `usual` on all rows, with the
weights that it has when the time is over, and `early`, where a tenth of the rows chooses the epoch. The deep
network takes the first form of its portfolio, without validation rows: its schedule ends with the time.
Seconds are those of the wall. With `--processor`, for a machine that has other work, each trains on one
thread for as many seconds of the processor as the threads have together: two threads that wait for each other
would burn time that teaches nothing.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest

from milepost.learners import base, deep, deeptrainer, schedule
from milepost.learners.base import Batch, Job
from milepost.modalities.base import Block
from milepost.tasks.heads import SoftmaxHead

Array = np.ndarray[Any, Any]
HEAD = SoftmaxHead(10)


def load() -> tuple[Array, Array, Array, Array]:
    """Training pictures float32 (rows, 784) from 0 to 255 and classes; test pictures and classes."""
    folder = Path(os.environ["MILEPOST_DATA"]) / "images" / "fashion_mnist"
    found: list[Array] = []
    for name in ("train20k.npz", "test.npz"):
        part = np.load(folder / name)
        found += [part["x"].reshape(len(part["x"]), -1).astype(np.float32), part["y"].astype(np.int64)]
    return found[0], found[1], found[2], found[3]


def usual(
    train: tuple[Array, Array],
    test: Array,
    limits: tuple[float, int],
    clock: Callable[[], float],
    early: bool,
) -> tuple[Array, int]:
    """Probabilities of the usual net after so many seconds on so many threads, and its (best) epoch."""
    import torch

    seconds, threads = limits
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    layers = torch.nn.Sequential(
        torch.nn.Conv2d(1, 32, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(32, 64, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(),
        torch.nn.Linear(1600, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10),
    )  # fmt: skip
    net = layers.to(memory_format=torch.channels_last)
    x, y = torch.from_numpy(train[0]).view(-1, 1, 28, 28) / 255, torch.from_numpy(train[1])
    held, held_y = x[::10], y[::10]
    if early:
        x, y = x[np.arange(len(x)) % 10 > 0], y[np.arange(len(y)) % 10 > 0]
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

    def answers(some: Any) -> Any:
        with torch.no_grad():
            return torch.cat([net(some[at : at + 500]) for at in range(0, len(some), 500)])

    start, epoch, best = clock(), 0, (np.inf, 0, {})
    while clock() - start < seconds:
        epoch += 1
        for rows in torch.randperm(len(x)).split(128):
            loss = torch.nn.functional.cross_entropy(net(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        lost = float(torch.nn.functional.cross_entropy(answers(held), held_y))
        if lost < best[0]:
            best = (lost, epoch, {name: value.clone() for name, value in net.state_dict().items()})
    if early:
        net.load_state_dict(best[2])
    proba = HEAD.predict(answers(torch.from_numpy(test).view(-1, 1, 28, 28) / 255).numpy())
    return proba, best[1] if early else epoch


def ours(train: tuple[Array, Array], test: Array, seconds: float, threads: int) -> tuple[Array, int]:
    """Probabilities of the deep network after so many seconds, and its epochs."""
    learner = deep.DeepNetwork()
    params = learner.portfolio(len(train[0]), train[0].shape[1], HEAD)[0]
    job = Job(params, HEAD, threads=threads, deadline=base.time.monotonic() + seconds)
    block = (Block("pixels", 0, (28, 28, 1)),)
    model = learner.fit(Batch(train[0], train[1], blocks=block), None, job)
    return HEAD.predict(model.raw(test)), model.rounds


def main() -> None:
    """Prints accuracy, log loss and seconds of each, and McNemar's exact test of the difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--processor", action="store_true")
    parser.add_argument("--only", default="", choices=("", "usual", "early", "deep"))
    given = parser.parse_args()
    wall: Callable[[], float] = time.monotonic
    clock = (lambda: time.process_time() / given.threads) if given.processor else wall
    if given.processor:  # a deadline is compared with this clock then
        for module in (schedule, deeptrainer, base):
            module.time = type("Clock", (), {"monotonic": staticmethod(clock)})
    threads = 1 if given.processor else given.threads
    x, y, test, truth = load()
    right: dict[str, Array] = {}
    for name in ("usual", "early", "deep"):
        if given.only not in ("", name):
            continue
        start, began = clock(), wall()
        if name != "deep":
            proba, epochs = usual((x, y), test, (given.seconds, threads), clock, name == "early")
        else:
            proba, epochs = ours((x, y), test, given.seconds, threads)
        right[name] = proba.argmax(axis=1) == truth
        lost = -np.log(np.maximum(proba[np.arange(len(truth)), truth], 1e-12)).mean()
        print(
            f"{name:6} accuracy {right[name].mean():.4f}  log loss {lost:.4f}  epochs {epochs:3}  "
            f"{clock() - start:.0f} s (wall {wall() - began:.0f} s)",
            flush=True,
        )
    for name in ("usual", "early") if "deep" in right else ():
        if name in right:
            more = int((right["deep"] & ~right[name]).sum())
            less = int((right[name] & ~right["deep"]).sum())
            chance = binomtest(more, more + less).pvalue
            print(f"right only in one: deep {more}, {name} {less}, p = {chance:.2g}")


if __name__ == "__main__":
    main()
