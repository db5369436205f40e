"""A quick model of the labels so far, and labels by any of their names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.labelling import label, pool, truth_of

from milepost import Project
from milepost.errors import InputError
from milepost.labels.plan import Terms
from milepost.project.guess import known, label_of, quick, shipped, together
from milepost.steps.labelled import keys


def test_a_quick_model_waits_for_ten_labels_a_class() -> None:
    rng = np.random.default_rng(0)
    place, ids = rng.normal(size=(60, 2)), []
    ids = np.where(place[:, 0] > 0, "up", "down").tolist()
    assert quick(place, place[:19], ids[:19]) is None
    assert quick(place, place[:30], ["up"] * 30) is None
    made = quick(place[40:], place[:40], ids[:40])
    assert made is not None
    assert made.ids == ("down", "up")
    assert np.mean([said == id for (said, _), id in zip(made.best, ids[40:], strict=True)]) > 0.8
    assert made.version.startswith("quick, 40 labels ")
    again = quick(place, place[:41], ids[:41])
    assert again is not None
    assert again.version != made.version


def test_what_came_with_the_rows_and_what_people_say_are_known_and_nothing_sealed(tmp_path: Path) -> None:
    table, truth = pool(200)
    some = pl.Series("y", [name if at < 50 else None for at, name in enumerate(truth)])
    project = Project.new(tmp_path / "p", table.with_columns(some), "y")
    project.run(until="collect", yes=True)
    project.labels.start(Terms("we"), overlap=1)
    label(project, truth_of(table, truth), {"ann": 1.0}, 60)
    have = known(project.labels._work("collect"), project.labels.store)
    names = keys(table, ["y"])
    right = {key: label_of(project.labels.store, word) for key, word in zip(names, truth, strict=True)}
    assert all(right[key] == id for key, id in zip(have.keys, have.ids, strict=True))
    came, answered = set(names[:50]), set(project.labels.store.answers.all().keys)
    assert answered <= set(have.keys)
    assert came & set(have.keys)
    hidden = {item.key for item in project.labels.store.pool.waiting() if item.sealed}
    hidden |= set(project.labels.store.answers.hidden())
    assert not hidden & set(have.keys)
    place, learnt = together(table, have.rows)
    assert (len(place), len(learnt), place.shape[1]) == (200, len(have.ids), learnt.shape[1])
    assert shipped(project.folder) is None
    with pytest.raises(InputError, match="no label 'maybe'"):
        label_of(project.labels.store, "maybe")
