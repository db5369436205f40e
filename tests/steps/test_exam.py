"""A graph is held against its model on golden and development rows, asked one by one and together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.steps.stages import assembled

from milepost.errors import MilepostError
from milepost.graphs.session import session
from milepost.modalities.feeds import answers
from milepost.shipping.verify import distance
from milepost.steps.exam import ROUGH, Exam, Gap, finite
from milepost.steps.material import material
from milepost.steps.search import Findings as Tuned
from milepost.tasks.classification import Binary


def test_a_graph_that_answers_as_its_model_does_is_given_out(refitted) -> None:
    work, data, exam, stands = refitted("")
    model = stands.fitted.model
    wires = {column.name: column.wire for column in exam.columns}
    said = answers(session(exam.graph(model)), exam.made, wires)["value"][:, 0]
    apart = distance(said, model.predict(exam.made), exam.scale, np.median(said))
    assert apart.max() < exam.tolerance
    assert exam.rows.height == data.frame.height
    seen = exam.alike(exam.seen(model, work.rows("test"), None))
    assert (seen.native == model.predict(work.rows("test"))).all()
    assert 0 < seen.gap.difference < 1e-4
    assert not exam.strays(seen.gap)


@pytest.mark.parametrize(
    ("mood", "said"),
    [
        ("mute", "there are no nodes for this"),
        ("torn", "MatMul"),
        ("crooked", r"its graph is up to 0\.\d+ target standard deviations off on golden rows"),
        ("herd", "off on golden rows"),
        ("stuck", "it cannot be pickled"),
    ],
)
def test_what_a_graph_does_wrong_is_said(refitted, mood, said) -> None:
    *_, exam, stands = refitted(mood)
    with pytest.raises(Exception, match=said):
        exam.graph(stands.fitted.model)


def test_a_model_is_built_once_and_asked_once_about_the_same_rows(refitted) -> None:
    work, _, exam, stands = refitted("")
    model, rows = stands.fitted.model, work.rows("test")
    first = exam.seen(model, rows, None)
    assert exam.graph(model) is first.graph
    assert exam.seen(replace(model), rows, None).graph is not first.graph
    assert exam.graph(replace(model)) == first.graph
    for table in (rows, exam.made, exam.rows):
        assert all(exam.known.has(member, table) for member in model.members)
    assert (exam.seen(model, rows, None).native == model.predict(rows)).all()


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel", "regression", "vector"])
def test_graphs_of_every_task_are_proven(staged, task) -> None:
    work = staged(task).work("final")
    data, (tried,) = material(work), work.found("tune", Tuned).tried
    model, exam = assembled(data, tried), Exam.of(work, data)
    exam.graph(model)
    seen = exam.alike(exam.seen(model, work.rows("test"), work.found("tune", Tuned).threshold))
    assert 0 <= seen.gap.apart <= exam.tolerance
    assert seen.gap.flips == 0
    said = model.predict(exam.made)
    wide = np.column_stack([1 - said, said]) if data.task.labels and said.ndim == 1 else said
    assert exam.gap(model, wide.reshape(len(wide), -1), said).difference == 0
    assert exam.gap(model, wide.reshape(len(wide), -1)[::-1], said).difference > 0.1


def test_a_model_without_a_graph_is_proven_as_it_ships(refitted) -> None:
    *_, exam, stands = refitted("python")
    assert any(node.domain == "milepost.python" for node in exam.graph(stands.fitted.model).graph.node)


def test_a_graph_that_is_wrong_on_given_rows_only_strays_there(refitted) -> None:
    work, _, exam, stands = refitted("sly")
    exam.graph(stands.fitted.model)
    seen = exam.seen(stands.fitted.model, work.rows("test"), None)
    assert exam.strays(seen.gap)
    with pytest.raises(MilepostError, match="target standard deviations off on sealed rows"):
        exam.alike(seen)


def test_distances_are_those_of_a_packages_proof(refitted) -> None:
    *_, exam, stands = refitted("")
    model = stands.fitted.model
    native = np.array([0.0, 1.0, 2.0, 1e6])
    gap = exam.gap(model, np.array([[0.0], [1.5], [2.0], [1e6]]), native)
    assert gap == Gap(0.5, 0.5 / float(exam.scale), 0)
    assert exam.gap(model, np.array([[np.nan]]), native).apart == np.inf
    assert exam.gap(model, native[:, None] + [[0], [0], [0], [1]], native).apart == pytest.approx(
        1e-5, rel=1e-4
    )
    two = replace(model, task=Binary(("y",), ("no", "yes")))
    gap = exam.gap(two, np.array([[0.4, 0.6], [0.9, 0.1]]), np.array([0.45, 0.1]), 0.5)
    assert gap == Gap(pytest.approx(0.15), pytest.approx(0.15), 1)
    assert not exam.strays(Gap(1.0, ROUGH * exam.tolerance, 0))
    assert exam.strays(Gap(1.0, np.nan, 0))


def test_answers_that_are_no_numbers_are_counted() -> None:
    assert finite(np.ones(3), "rows").tolist() == [1, 1, 1]
    with pytest.raises(MilepostError, match="its answers to 1 of 2 rows are no numbers"):
        finite(np.array([[1.0, 2.0], [np.nan, np.inf]]), "rows")
