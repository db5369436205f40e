"""Answers are read where they were kept, and asked for where they were not."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from milepost.data.traffic import traffic
from milepost.shipping.manifest import open_package
from milepost.steps.answered import names, prediction
from milepost.tasks.infer import infer
from milepost.testing.packages import toy_package


@pytest.mark.parametrize(
    ("task", "columns"),
    [
        ("binary", ["proba_yes"]),
        ("multiclass", ["proba_a", "proba_b", "proba_c"]),
        ("regression", ["prediction"]),
    ],
)
def test_the_columns_of_an_answer(task, columns) -> None:
    values = [0.5 * i for i in range(27)]
    table = {"binary": ["no", "no", "yes"] * 9, "multiclass": ["a", "b", "c"] * 9, "regression": values}
    made, _ = infer(pl.DataFrame({"y": table[task]}), task, "yes" if task == "binary" else "")
    assert names(made) == columns
    rows = pl.DataFrame({"x": [1, 2]} | {name: [0.25, 0.5] for name in columns})
    said, asked = prediction(made, traffic(rows), Path("nowhere"))
    assert not asked
    assert np.asarray(said).reshape(2, -1)[:, 0].tolist() == [0.25, 0.5]


def test_requests_without_answers_are_asked_again(tmp_path) -> None:
    toy_package(tmp_path / "p", "binary")
    package = open_package(tmp_path / "p")
    from milepost.shipping.batch import predict, task_of

    rows = pl.DataFrame([{c.name: c.example for c in package.manifest.columns}] * 3)
    task = task_of(package)
    said, asked = prediction(task, traffic(rows), tmp_path / "p")
    assert asked
    assert said.tolist() == pytest.approx(predict(package, rows)[names(task)[0]].to_list())
    partly = rows.with_columns(pl.Series(names(task)[0], [0.5, None, 0.5]))
    assert prediction(task, traffic(partly), tmp_path / "p")[1]
