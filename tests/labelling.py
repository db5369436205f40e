"""People who label by the Python API, with errors that are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl

from milepost import Project
from milepost.labels.queue import Reply
from milepost.steps.labelled import keys
from milepost.steps.together import named
from milepost.store.people import Person

ACCURACIES = {"ann": 0.97, "ben": 0.95, "cid": 0.93, "dee": 0.95, "hasty-hal": 0.5}
"""How often each is right; the last one guesses, in a tenth of the time."""


@dataclass(frozen=True)
class Crowded:
    """A project that people labelled, its table, the true class of each row, and the labels given."""

    project: Project
    table: pl.DataFrame
    truth: tuple[str, ...]
    said: int


def pool(rows: int = 240, seed: int = 0) -> tuple[pl.DataFrame, list[str]]:
    """Rows without a label, and their true class, which follows from two columns with little noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 3))
    score = 2 * x[:, 0] + x[:, 1] + 0.3 * rng.logistic(size=rows)
    return pl.DataFrame({f"x{i}": x[:, i] for i in range(3)}), np.where(score > 0, "yes", "no").tolist()


def truth_of(table: pl.DataFrame, truth: Sequence[str], target: str = "y") -> dict[str, str]:
    """The true class of each row by its key as an item."""
    return dict(zip(keys(table, [target]), truth, strict=True))


def label(
    project: Project, truth: Mapping[str, str], accuracies: Mapping[str, float], most: int = 10_000
) -> int:
    """People label side by side until nothing is left for them, or so many each; returns how many labels.

    Args:
        project: the project.
        truth: the true name of each item, by its key.
        accuracies: how often each is right, by name; otherwise they say another class at random.
        most: labels of each person.
    """
    labels = project.labels.store
    numbers = labels.answers.numbers(list(truth))
    by_number = {number: truth[key] for key, number in numbers.items()}
    ids = {name: id for id, name in named(labels.set).items() if id in labels.set.active}

    def work(name: str) -> int:
        rng, done = np.random.default_rng(sum(map(ord, name))), 0
        known = labels.people.find(name) or labels.people.add(Person(0, name, ("labeller",)), "test")
        while done < most and (items := labels.queue.next(known.id, min(5, most - done))):
            for item in items:
                right = by_number[item.id]
                wrong = [other for other in ids if other != right]
                said = right if rng.random() < accuracies[name] else str(rng.choice(wrong))
                seconds = float(rng.gamma(4.0, 1.0)) * (0.1 if name.startswith("hasty") else 1.0)
                labels.queue.submit(known.id, Reply(item.id, f"{name}-{item.id}", ids[said], seconds=seconds))
                done += 1
        return done

    with ThreadPoolExecutor(len(accuracies)) as pool_:
        return sum(pool_.map(work, accuracies))
