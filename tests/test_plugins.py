"""Every plug-in of the documentation is what it says: the very text of the page is loaded and checked."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from milepost.graphs.builder import Builder
from milepost.metrics import METRICS

DOCS = Path(__file__).parent.parent / "docs"
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """A folder whose plugins are those of the plug-in page, each under the name the page gives it."""
    text = (DOCS / "plugins.md").read_text(encoding="utf-8")
    names = re.findall(r"`plugins/(\w+\.py)`", text)
    codes = [code for kind, code in FENCED.findall(text) if kind == "python"]
    (tmp_path / "plugins").mkdir()
    for name, code in zip(names, codes, strict=True):
        (tmp_path / "plugins" / name).write_text(code)
    builder = Builder()
    builder.output(builder.input("bill", "float"), "value", "float", 1)
    (tmp_path / "plugins" / "species.onnx").write_bytes(builder.model().SerializeToString())
    return tmp_path


OURS = ("angle.py", "profit.py", "ridge.py")
BROUGHT = {"mynet": "torch", "kerasnet": "keras", "forest": "sklearn", "species": "onnx", "nearest": "scipy"}
"""The learners of the page that bring their own model, and what that is written in."""


def test_every_plugin_of_the_page_passes_its_checks(plugins: Path) -> None:
    from milepost.data.infer import infer_schema
    from milepost.learners.base import learners
    from milepost.metrics import get
    from milepost.modalities.base import modalities
    from milepost.registry import load_plugins
    from milepost.tasks.heads import IdentityHead
    from milepost.testing.learners import check_learner
    from milepost.testing.metrics import check_metric
    from milepost.testing.modalities import check_modality

    assert load_plugins(plugins / "plugins") == tuple(sorted([*OURS, *(f"{name}.py" for name in BROUGHT)]))
    try:
        check_metric(get("profit"))
        head = IdentityHead.fit(np.random.default_rng(0).normal(size=50))
        check_learner(learners["ridge"], (head,))
        wind = pl.DataFrame({"wind_dir": [None, *range(0, 360, 7)]}, schema={"wind_dir": pl.Float64})
        check_modality(modalities["angle"], wind)
        table = wind.with_columns(y=pl.int_range(pl.len()) % 2)
        assert infer_schema(table, ("y",))["wind_dir"].modality == "angle"
    finally:
        load_plugins(plugins / "none")  # forgets them
    assert not {"profit", "ridge", "angle", *BROUGHT} & {*METRICS, *learners, *modalities}


@pytest.mark.slow
@pytest.mark.parametrize("name", BROUGHT)
def test_every_own_model_of_the_page_learns_and_its_graph_agrees(plugins: Path, name: str) -> None:
    from milepost.learners.base import Batch, Job, learners
    from milepost.learners.loss import constant, mean_loss
    from milepost.registry import load_plugins
    from milepost.tasks.heads import IdentityHead, SoftmaxHead
    from milepost.testing.learners import graph_gap, make_toy

    if find_spec(BROUGHT[name]) is None:  # Keras must not be imported before its backend is chosen
        pytest.skip(f"{BROUGHT[name]} is not installed")
    number = name in ("species", "nearest")
    head = IdentityHead(1, (0.0,), (1.0,), True) if number else SoftmaxHead(3)
    toy = make_toy(head, missing=False)
    if name == "species":  # what the file answers
        toy = replace(
            toy, train=Batch(toy.train.x[:, :1], toy.train.y), valid=Batch(toy.valid.x[:, :1], toy.valid.y)
        )
    load_plugins(plugins / "plugins")
    try:
        learner = learners[name]
        params = learner.portfolio(600, 6, head)[-1]
        model = learner.fit(toy.train, toy.valid, Job({**params, "epochs": 20, "learning_rate": 0.01}, head))
    finally:
        load_plugins(plugins / "none")
    naive = mean_loss(np.tile(constant(toy.train, head.link, head.width), (300, 1)), toy.valid, head.link)
    assert mean_loss(model.raw(toy.valid.x), toy.valid, head.link) < 0.8 * naive
    assert graph_gap(model, toy.valid.x, head.width) < 1e-5


def test_own_models_take_at_most_fifteen_lines(plugins: Path) -> None:
    for name in ("mynet", "kerasnet", "forest", "species"):
        lines = (plugins / "plugins" / f"{name}.py").read_text().splitlines()
        assert len([line for line in lines if line.strip()]) <= 15
