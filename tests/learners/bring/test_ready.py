from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from milepost.data.readers import readers
from milepost.errors import InputError
from milepost.graphs.builder import Builder
from milepost.learners.base import Batch, Job, Learner
from milepost.learners.loss import constant, mean_loss
from milepost.tasks.heads import IdentityHead, SigmoidHead, SoftmaxHead
from milepost.testing.learners import graph_gap

CODE = 'from milepost.learners.bring import from_onnx\n\nfrom_onnx("m.onnx", name="ready")\n'
Load = Callable[[str, str], Learner]
GENERATOR = np.random.default_rng(0)


@pytest.fixture
def ready(plugin: Load, tmp_path: Path) -> Learner:
    builder = Builder()
    builder.output(builder.input("age", "float"), "score", "float", 1)
    (tmp_path / "plugins" / "m.onnx").write_bytes(builder.model().SerializeToString())
    return plugin("ready", CODE)


def test_it_reads_a_view_of_its_own_and_says_that_it_was_trained_elsewhere(ready: Learner) -> None:
    assert ready.view in readers
    assert "trained elsewhere: whether it has seen these rows" in ready.remark


@pytest.mark.parametrize("flipped", [False, True])
def test_the_order_of_two_classes_is_told_from_the_rows(ready: Learner, flipped: bool) -> None:
    p = GENERATOR.uniform(0.05, 0.95, 400)
    y = (GENERATOR.random(400) < p).astype(float)
    x = (1 - p if flipped else p)[:, None].astype(np.float32)
    batch, head = Batch(x, y), SigmoidHead(1)
    model = ready.fit(batch, None, Job({"fit": "as it is"}, head))
    assert head.predict(model.raw(x)) == pytest.approx(p, abs=1e-4)
    assert graph_gap(model, x, 1) < 1e-6


def test_the_order_of_several_classes_is_told_from_the_rows(ready: Learner) -> None:
    codes = GENERATOR.integers(0, 3, 300)
    scores = np.eye(3)[codes] * 3 + GENERATOR.normal(size=(300, 3))
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    model = ready.fit(Batch(p[:, [2, 0, 1]].astype(np.float32), codes), None, Job({}, SoftmaxHead(3)))
    assert SoftmaxHead(3).predict(model.raw(p[:, [2, 0, 1]].astype(np.float32))) == pytest.approx(p, abs=1e-4)


def test_values_are_in_the_target_s_unit_and_a_line_mends_what_is_off(ready: Learner) -> None:
    truth = GENERATOR.normal(50, 10, 200)
    head = IdentityHead.fit(truth)
    x = (2 * truth + 7)[:, None].astype(np.float32)
    batch = Batch(x, head.encode(truth))
    plain = ready.fit(batch, None, Job({"fit": "as it is"}, head))
    assert head.predict(plain.raw(x)) == pytest.approx(2 * truth + 7, rel=1e-4)
    mended = ready.fit(batch, batch, Job({"fit": "rescaled"}, head))
    naive = mean_loss(np.tile(constant(batch, "identity", 1), (200, 1)), batch, "identity")
    assert mended.curve[-1].valid < 0.01 * naive
    assert graph_gap(mended, x, 1) < 1e-5


def test_answers_that_do_not_fit_or_are_no_numbers_are_refused(ready: Learner) -> None:
    with pytest.raises(InputError, match="gives 3 numbers a row. 1 or 2: as many as there are classes"):
        ready.fit(Batch(np.zeros((4, 3), np.float32), np.zeros(4)), None, Job({}, SigmoidHead(1)))
    holes = np.array([[0.5], [np.nan]], np.float32)
    with pytest.raises(InputError, match="no finite answer to 1 of 2 rows.*imputer"):
        ready.fit(Batch(holes, np.array([0.0, 1.0])), None, Job({}, SigmoidHead(1)))
