"""The graph answers as its members, weights, calibrator and threshold do."""

import io
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from milepost.data.infer import infer_schema
from milepost.data.recipe import Recipe
from milepost.data.split import Fold
from milepost.digest import digest
from milepost.graphs.session import run, session
from milepost.learners.base import Job, learners
from milepost.modalities import image, lite, media
from milepost.modalities.base import feed
from milepost.modalities.feeds import parts
from milepost.tasks.infer import infer
from milepost.training import assemble
from milepost.training.assemble import Assembly, Known, Member, decided
from milepost.training.fit import Config
from milepost.training.material import Material

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


def test_blends_that_share_members_ask_each_once(make) -> None:
    material = make()
    made, known, frame = assembly(material), Known(), material.frame
    one, other = made.members
    said = made.predict(frame, known)
    assert known.has(one, frame)
    assert known.has(replace(other, weight=1.0), frame)
    assert not known.has(one, frame[:5])
    assert known.features(one.transform, frame) is known.features(one.transform, frame)
    assert (made.predict(frame, known) == said).all()
    turned = replace(made, members=[replace(one, weight=0.9), replace(other, weight=0.1)])
    assert (turned.predict(frame, known) == turned.predict(frame)).all()
    assert (turned.predict(frame[:5], known) == turned.predict(frame[:5])).all()


def test_no_more_features_are_held_than_there_is_room_for(make) -> None:
    made, tables = assembly(make()).members[0].transform, [make().frame[:n] for n in (40, 30, 20)]
    width = len(made.features)
    known = Known(60 * width)
    held = [known.features(made, table) for table in tables]  # the first goes when the second comes
    assert [known.features(made, table) is one for table, one in zip(tables[1:], held[1:], strict=True)] == [
        True,
        True,
    ]
    again = known.features(made, tables[0])
    assert again is not held[0]
    np.testing.assert_array_equal(again, held[0])
    big = make().frame[:61]
    assert known.features(made, big) is not known.features(made, big)


def test_members_that_answer_side_by_side_answer_alike(make) -> None:
    made = assembly(make())
    frame = make().frame
    assert (replace(made, threads=2).predict(frame) == made.predict(frame)).all()


@pytest.mark.parametrize("target", ["bought", "tier", "spent"])
def test_members_under_one_head_say_together_what_they_say_one_by_one(make, monkeypatch, target: str) -> None:
    material = make(target=target)
    two = assembly(material)
    weights = (0.25, 0.4, 0.15, 0.2)
    members = [replace(m, weight=w) for m, w in zip([*two.members, *two.members], weights, strict=True)]
    together = replace(two, members=members).graph()
    monkeypatch.setattr(assemble, "SEVERAL", 5)
    alone = replace(two, members=members).graph()
    assert len(together.graph.node) < len(alone.graph.node)
    found, expected = answers(together, material), answers(alone, material)
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name])


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


def pictures(rows: int) -> Material:
    """Noise of three brightnesses beside a number, of which each says a part of three classes."""
    pil = pytest.importorskip("PIL.Image", reason="needs the extra [image]")
    rng = np.random.default_rng(0)
    kinds, references = np.arange(rows) % 3, []
    for kind in kinds:
        pixels = rng.normal(80 + 30 * kind, 25, (20, 24, 3)).clip(0, 255).astype(np.uint8)
        stream = io.BytesIO()
        pil.fromarray(pixels).save(stream, "PNG")
        references.append(media.reference("image", media.put(stream.getvalue())))
    names = [("low", "middle", "high")[kind] for kind in kinds]
    frame = pl.DataFrame({"p": references, "n": rng.normal(kinds, 1.0), "y": names})
    task, _ = infer(frame.select("y"))
    half = np.arange(rows) < rows // 2
    folds = (Fold(np.flatnonzero(half), np.flatnonzero(~half)),)
    recipe = Recipe.of(frame, infer_schema(frame, ("y",)), {})
    truth = task.encode(frame.select("y"))
    return Material(frame, truth, task, recipe, folds, None, None, 0, digest("pictures", rows))


@pytest.mark.skipif(not lite.installed(), reason="the weights are not installed (extra [image])")
def test_a_probe_and_fine_tuned_blocks_share_one_graph_with_other_columns(monkeypatch) -> None:
    """Maps that were kept in 16 bits, PyTorch's weights, and the graph from pixels on agree."""
    pytest.importorskip("torch", reason="needs the extra [network]")
    monkeypatch.setattr(image, "SIZES", ())
    material = pictures(48)
    members = []
    settings = {"C": 1.0}, {"C": 1.0, "epochs": 2, "learning_rate": 1e-3}
    for name, weight, params in zip(("probe", "finetune"), (0.4, 0.6), settings, strict=True):
        prepared = material.prepared(-1, learners[name].view)
        model = learners[name].fit(prepared.train, None, Job(params, prepared.head))
        members.append(Member(Config(name, params), weight, prepared.transform, prepared.head, model))
    made = Assembly(material.task, material.recipe.schema, members, ("identity",))
    native = made.predict(material.frame)
    assert (native.argmax(1) == material.truth).mean() > 0.6
    opened = session(made.graph())
    for size in (1, 5, 16):
        found = np.empty_like(native)
        for start in range(0, len(native), size):
            chunk = material.frame[start : start + size].select("p", "n")
            for places, feeds in parts(chunk, {c.name: c.wire for c in material.recipe.schema.inputs}):
                found[start + places] = run(opened, feeds)["proba"]
        assert np.abs(found - native).max() < 1e-4
