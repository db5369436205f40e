import json
import shutil
from dataclasses import replace

import msgspec
import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from tests.steps.stages import assembled, blank

from milepost.cli import run as command
from milepost.digest import digest, plain
from milepost.errors import InputError, MilepostError, UsageError
from milepost.graphs.slim import packed
from milepost.project.answer import predict
from milepost.shipping import manifest as manifests
from milepost.shipping.manifest import Column, open_package
from milepost.shipping.verify import verify
from milepost.steps import proof
from milepost.steps.alternatives import Built
from milepost.steps.base import Told
from milepost.steps.explain import Explain
from milepost.steps.material import material
from milepost.steps.ship import Ship
from milepost.steps.sign import QUESTION
from milepost.steps.tune import Tried


def ship(stage, step=None, **brief):
    explained = Explain().run(stage.work("explain", **brief))
    stage.keep("explain", explained.findings)
    work = stage.work("ship", **brief)
    return work, (step or Ship()).run(work)


@pytest.fixture(scope="module")
def shipped(staged):
    stage = staged("binary", anew=True)
    work, outcome = ship(stage, value__events_per_day=100.0, problem__name="Late Ones!", data__keys=["id"])
    return stage, work, outcome


def test_the_package_is_proven_and_carries_what_was_promised(shipped):
    _, work, outcome = shipped
    assert outcome.verdict == "passed"
    assert outcome.findings.difference < 1e-5
    assert outcome.findings.served < 1e-5
    package = open_package(work.folder / "package")
    manifest = package.manifest
    assert manifest.name == "late-ones"
    assert (manifest.threshold.value, manifest.threshold.by) == (0.3, "ada (--yes)")
    assert (
        manifest.expectations["counts"]["caught"]["low"] <= manifest.expectations["counts"]["caught"]["mean"]
    )
    assert manifest.expectations["per"] == "day"
    assert manifest.measured["p99_ms"] >= manifest.measured["p50_ms"] > 0
    assert manifest.lineage["evidence"]["final"] == "key of final"
    assert "## What may be expected" in package.card
    assert manifest.keys == ("id",)
    json.dumps(manifest.expectations, allow_nan=False)
    assert verify(package).passed


def test_the_same_evidence_gives_the_same_digest_at_any_time(shipped):
    stage, work, outcome = shipped
    before = open_package(work.folder / "package").manifest
    again = Ship().run(
        stage.work("ship", value__events_per_day=100.0, problem__name="Late Ones!", data__keys=["id"])
    )
    after = open_package(work.folder / "package").manifest
    assert again.findings.digest == outcome.findings.digest == after.digest
    assert before.parts == after.parts


def test_what_was_built_for_the_server_is_whole(shipped):
    _, work, _ = shipped
    folder = work.folder / "ship" / "server"
    assert {"package", "requirements.txt", "Dockerfile", "README.md"} <= {p.name for p in folder.iterdir()}
    built = open_package(folder / "package").manifest
    assert built == open_package(work.folder / "package").manifest


def test_development_rows_get_the_decision_of_the_signed_threshold(shipped):
    stage, work, _ = shipped
    found = predict(work.folder / "package", stage.development)
    assert found["id"].to_list() == stage.development["id"].to_list()
    decided = (found["proba_1"] >= 0.3).cast(int).cast(str)
    assert found["decision"].to_list() == decided.to_list()


def reseal(package, folder, manifest=None, graph=None):
    """Writes a copy whose digests fit what was changed, so that only the golden rows can tell."""
    made = manifests.Package(
        manifests.seal(manifest or package.manifest, graph or package.graph, package.golden),
        graph or package.graph,
        package.golden,
        package.card,
    )
    for name, data in made.files().items():
        (folder / name).write_bytes(data)


def spoil(package, folder, trap):
    model = onnx.load_from_string(package.graph)
    if trap == "category":
        changed = 0
        for node in model.graph.node:
            for attribute in node.attribute:
                if node.op_type == "LabelEncoder" and attribute.name in ("values_int64s", "values_floats"):
                    kept = attribute.ints if attribute.name == "values_int64s" else attribute.floats
                    kept[:] = [*kept[1:], kept[0]]
                    changed += 1
                if node.op_type == "LabelEncoder" and attribute.name == "values_tensor":
                    values = numpy_helper.to_array(attribute.t)
                    attribute.t.CopyFrom(numpy_helper.from_array(np.roll(values, 1, axis=0)))
                    changed += 1
        assert changed
        reseal(package, folder, graph=model.SerializeToString())
    elif trap == "threshold":
        signed = msgspec.structs.replace(package.manifest.threshold, value=0.6)
        reseal(package, folder, manifest=msgspec.structs.replace(package.manifest, threshold=signed))
    elif trap == "byte":
        (folder / "model.onnx").write_bytes(package.graph + b"\0")
    else:
        text = (folder / "manifest.json").read_text()
        assert '"value": 0.3' in text
        (folder / "manifest.json").write_text(text.replace('"value": 0.3', '"value": 0.31'))


@pytest.mark.parametrize("trap", ["category", "threshold", "byte", "field"])
def test_a_changed_copy_is_not_proven_and_verify_says_3(shipped, tmp_path, capfd, trap):
    _, work, _ = shipped
    copy = tmp_path / "copy"
    shutil.copytree(work.folder / "package", copy)
    assert command(["verify", str(copy)]) == 0
    spoil(open_package(copy), copy, trap)
    assert command(["verify", str(copy)]) == 3
    assert not verify(copy).passed
    capfd.readouterr()


def test_a_category_index_off_by_one_is_found_by_its_answers_alone(shipped, tmp_path):
    _, work, _ = shipped
    copy = tmp_path / "copy"
    shutil.copytree(work.folder / "package", copy)
    spoil(open_package(copy), copy, "category")
    proof = verify(copy)
    assert not any("changed after" in problem or "bytes changed" in problem for problem in proof.problems)
    assert any("golden row" in problem for problem in proof.problems)


def test_broken_constraints_fail_with_a_sentence(staged):
    stage = staged("binary")
    _, outcome = ship(stage, constraints__size_mb=0.001, constraints__where="browser")
    assert outcome.verdict == "failed"
    assert "more than the 0.001 MB allowed" in outcome.reason
    assert "browser" in outcome.findings.objections[1]


def test_memory_is_measured_where_it_is_limited(staged):
    _, outcome = ship(staged("binary"), constraints__memory_mb=5000.0)
    assert outcome.verdict == "passed"
    assert 10 < outcome.findings.measured["memory_mb"] < 5000


def test_an_answer_unlike_training_fails_the_gate(staged):
    stage = staged("multiclass", anew=True)
    work = stage.work("ship")
    native = np.asarray(work.array("final", "golden answers"))
    before = stage.evidence["final"]
    wrong = work.keep(np.roll(native, 1, axis=1))
    stage.evidence["final"] = type(before)(
        **{**vars(before), "artifacts": {**before.artifacts, "golden answers": wrong}}
    )
    _, outcome = ship(stage)
    assert outcome.verdict == "failed"
    assert "differs from training" in outcome.reason
    assert "golden row" in outcome.reason
    assert not outcome.findings.measured


@pytest.mark.parametrize("task", ["multiclass", "regression", "vector"])
def test_other_tasks_ship_without_a_threshold(staged, task):
    stage = staged(task)
    work, outcome = ship(stage)
    assert outcome.verdict == "passed", outcome.reason
    manifest = open_package(work.folder / "package").manifest
    assert manifest.threshold is None
    found = predict(work.folder / "package", stage.development.head(20))
    assert found.height == 20
    assert "decision" not in found.columns


def test_labels_ship_with_a_threshold_each(staged):
    stage = staged("multilabel")
    work, outcome = ship(stage)
    assert outcome.verdict == "passed", outcome.reason
    manifest = open_package(work.folder / "package").manifest
    assert manifest.cuts == {"big": 0.3, "late": 0.4, "rush": 0.2}
    assert manifest.widths["label"] == 3
    found = predict(work.folder / "package", stage.development.head(20))
    proba = found.select("proba_big", "proba_late", "proba_rush").to_numpy()
    borne = proba >= np.array([0.3, 0.4, 0.2], np.float32)
    names = [";".join(np.array(manifest.labels)[row]) for row in borne]
    assert found["prediction"].to_list() == found["decision"].to_list() == names


def test_the_chapter_tells_the_proof_in_numbers(shipped):
    stage, work, outcome = shipped
    evidence = stage.keep("ship", outcome.findings)
    blocks = Ship().tell(Told(outcome.findings, evidence, work))
    text = str([vars(block) for block in blocks])
    assert "one by one, by fives and all at once" in text
    assert "milepost verify package" in text
    assert "99th percentile" in text


def test_an_unknown_target_is_refused_with_the_known_ones(staged):
    with pytest.raises(MilepostError, match="server"):
        ship(staged("binary"), Ship(to="servr"))


def test_what_is_no_threshold_is_refused_by_the_project(shipped):
    stage, _, _ = shipped
    with pytest.raises(InputError, match="is no threshold"):
        stage.project.answer(QUESTION, "much")
    assert digest(stage.project.ledger.answers(QUESTION)[QUESTION]["value"]) == digest("0.3")


def test_a_rounded_point_is_proven_as_strictly_and_says_so(staged):
    stage = staged("regression", anew=True)
    work, before = stage.work("ship"), stage.evidence["final"]
    data = material(work)
    tried = blank(Tried, name="trees", learner="lightgbm", params={"num_leaves": 8}, rounds=60, weight=1.0)
    model = assembled(data, tried)
    rounded, golden = model.rounded(), work.json("final", "golden")
    columns = [msgspec.convert(column, Column) for column in golden["columns"]]
    rows = proof.raw(columns, golden["rows"])
    kept = {"graph:small": packed(rounded.graph()), "golden answers:small": rounded.predict(rows)}
    small = blank(Built, name="small", rounded=True)
    artifacts = {**before.artifacts, **{name: work.keep(thing) for name, thing in kept.items()}}
    findings = {**before.findings, "points": [plain(small)]}
    stage.evidence["final"] = replace(before, findings=findings, artifacts=artifacts)
    work, outcome = ship(stage, Ship(point="small"))
    assert outcome.verdict == "passed", outcome.reason
    manifest = open_package(work.folder / "package").manifest
    assert (manifest.lineage["point"], manifest.lineage["rounded"]) == ("small", True)
    assert manifest.golden.tolerance == 1e-5
    assert np.abs(rounded.predict(rows) - model.predict(rows)).max() > 1e-4
    with pytest.raises(UsageError, match="time is left for it"):
        ship(stage, Ship(point="student"))
