"""The graph answers as its members, weights, calibrator and threshold do."""

import numpy as np
import pytest

from milepost.graphs.session import run, session
from milepost.learners.base import Job, learners
from milepost.modalities.base import feed
from milepost.training.assemble import Assembly, Member, decided
from milepost.training.fit import Config

CONFIGS = (Config("linear", {"C": 1.0}), Config("lightgbm", {"num_leaves": 6}))


def assembly(material, form=("identity",), threshold=None) -> Assembly:
    members = []
    for config, weight in zip(CONFIGS, (0.3, 0.7), strict=True):
        learner = learners[config.learner]
        prepared = material.prepared(-1, learner.view)
        model = learner.fit(prepared.train, None, Job(config.params, prepared.head, rounds=10))
        members.append(Member(config, weight, prepared.transform, prepared.head, model))
    return Assembly(material.task, material.recipe.schema, members, form, threshold)


def answers(graph, material) -> dict:
    columns = material.recipe.schema.inputs
    return run(session(graph), {c.name: feed(material.frame[c.name], c.wire) for c in columns})


@pytest.mark.parametrize("target", ["bought", "tier", "spent"])
def test_graph_and_native_predictions_agree(make, target: str) -> None:
    material = make(target=target)
    form = ("affine_logit", 1.2, -0.3) if target == "bought" else ("identity",)
    made = assembly(material, form)
    native, found = made.predict(material.frame), answers(made.graph(), material)
    read = {
        "bought": ("proba", (slice(None), 1)),
        "tier": ("proba", ...),
        "spent": ("value", (slice(None), 0)),
    }
    name, part = read[target]
    scale = np.std(material.truth) if target == "spent" else 1.0
    assert np.abs(found[name][part] - native).max() < 1e-5 * scale


def test_the_decision_follows_the_threshold(make) -> None:
    material = make()
    made = assembly(material)
    native = made.predict(material.frame)
    signed = decided(made.graph(), made.schema, material.task, 0.3)
    for graph in (assembly(material, threshold=0.3).graph(), signed):
        found = answers(graph, material)
        assert (found["decision"][:, 0] == (native.astype(np.float32) >= np.float32(0.3))).mean() > 0.99
        assert set(found["label"][found["decision"][:, 0] == 1, 0]) == {"yes"}


def test_each_label_follows_its_own_threshold(make) -> None:
    material = make(target="topics")
    cuts = (0.2, 0.4, 0.1, 0.3, 0.25)
    form = ("labels", [("affine_logit", 1.3, -0.2), ("beta", 0.8, 1.2, 0.3), *[("identity",)] * 3])
    made = assembly(material, form)
    native = made.predict(material.frame)
    signed = decided(made.graph(), made.schema, material.task, cuts)
    for graph in (assembly(material, form, cuts).graph(), signed):
        found = answers(graph, material)
        assert np.abs(found["proba"] - native).max() < 1e-5
        near = np.abs(native - cuts) < 1e-5
        assert ((found["decision"] == material.task.decide(native, cuts)) | near).all()
        names = np.where(found["decision"] == 1, np.array(material.task.labels), "")
        assert (found["label"] == names).all()
    plain = answers(made.graph(), material)
    assert "decision" not in plain
    assert ((plain["label"] != "") == (plain["proba"] >= 0.5)).all()
