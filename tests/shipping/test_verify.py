import json
import shutil
from dataclasses import replace

import msgspec
import numpy as np
import onnx
import pytest

from milepost.errors import Corrupt, InputError
from milepost.shipping import manifest as manifests
from milepost.shipping.manifest import open_package
from milepost.shipping.package import write
from milepost.shipping.verify import require, verify
from milepost.testing.packages import TASKS, predictions, toy_package
from milepost.testing.wide import wide_package


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("packages")
    for task in TASKS:
        toy_package(root / task, task)
    return root


@pytest.fixture
def copy(folders, tmp_path):
    return lambda task="binary": shutil.copytree(folders / task, tmp_path / task)


def change(folder, file, edit):
    path = folder / file
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content))


def reseal(folder, **fields):
    """What a forger does: changes the package and makes all digests anew."""
    package = open_package(folder)
    graph, golden = fields.pop("graph", package.graph), fields.pop("golden", package.golden)
    made = manifests.seal(msgspec.structs.replace(package.manifest, **fields), graph, golden)
    files = {
        "manifest.json": manifests.encode(made),
        "model.onnx": graph,
        "golden.json": json.dumps(golden).encode(),
    }
    write(folder, files)


@pytest.mark.parametrize("task", TASKS)
def test_an_untouched_package_is_proven_at_three_batch_sizes(folders, task):
    proof = verify(folders / task)
    assert proof.passed, proof.problems
    assert set(proof.worst) == {"1", "5", "100"}
    assert max(proof.worst.values()) <= 1e-5
    assert (proof.flips, proof.rows) == (0, 100)


@pytest.mark.parametrize("task", TASKS)
def test_training_time_predictions_are_compared_too(folders, task):
    package = open_package(folders / task)
    assert verify(package, predictions(package.rows, task)).passed
    other = verify(package, predictions(package.rows, task, seed=1))
    assert not other.passed
    assert any("golden row" in problem for problem in other.problems)


def test_a_changed_graph_is_named(copy):
    folder = copy()
    model = onnx.load(folder / "model.onnx")
    for constant in model.graph.initializer:
        if list(constant.dims) == [9, 1]:
            values = onnx.numpy_helper.to_array(constant).copy()
            values[0] += 1e-4
            constant.CopyFrom(onnx.numpy_helper.from_array(values, constant.name))
    onnx.save(model, folder / "model.onnx")
    proof = verify(folder)
    assert "the graph is not the one that was shipped (its bytes changed)." in proof.problems
    reseal(folder)
    forged = verify(folder)
    assert not forged.passed
    assert any("probability of golden row" in problem for problem in forged.problems)


def test_a_graph_that_is_none_is_named(copy):
    folder = copy()
    (folder / "model.onnx").write_bytes(b"not a graph")
    proof = verify(folder)
    assert any("bytes changed" in problem for problem in proof.problems)
    assert any("cannot be opened" in problem for problem in proof.problems)


def test_a_changed_golden_answer_is_named(copy):
    folder = copy()
    change(folder, "golden.json", lambda g: g["answers"]["proba"][7].__setitem__(1, 0.123))
    proof = verify(folder)
    assert any("golden rows, their answers" in problem for problem in proof.problems)
    assert any("golden row 7" in problem for problem in proof.problems)


def test_a_flipped_decision_is_named(copy):
    folder = copy()
    change(
        folder,
        "golden.json",
        lambda g: g["answers"]["decision"].__setitem__(3, [1 - g["answers"]["decision"][3][0]]),
    )
    reseal(folder, golden=json.loads((folder / "golden.json").read_text()))
    proof = verify(folder)
    assert proof.flips == 3
    assert any("the decision of golden row 3 at batch 1" in problem for problem in proof.problems)


@pytest.mark.parametrize("forged", [False, True])
def test_a_changed_threshold_is_named(copy, forged):
    folder = copy()
    if forged:
        signed = open_package(folder).manifest.threshold
        reseal(folder, threshold=msgspec.structs.replace(signed, value=0.9))
    else:
        change(folder, "manifest.json", lambda m: m["threshold"].__setitem__("value", 0.9))
    proof = verify(folder)
    assert not proof.passed
    assert all("threshold" in problem for problem in proof.problems), proof.problems


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("columns", lambda m: m["columns"][0].__setitem__("dtype", "int"), "columns"),
        ("task", lambda m: m["task"]["labels"].reverse(), "task"),
        ("expectations", lambda m: m["expectations"].__setitem__("f1", 0.99), "a field of the manifest"),
        ("lineage", lambda m: m["lineage"].__setitem__("seed", 7), "a field of the manifest"),
        ("by", lambda m: m["threshold"].__setitem__("by", "Bob"), "a field of the manifest"),
        ("name", lambda m: m.__setitem__("name", "better"), "a field of the manifest"),
        ("digest", lambda m: m.__setitem__("digest", "0" * 64), "a field of the manifest"),
        ("tolerance", lambda m: m["golden"].__setitem__("tolerance", 1.0), "tolerance"),
    ],
)
def test_a_changed_manifest_is_named(copy, field, value, named):
    folder = copy()
    change(folder, "manifest.json", value)
    proof = verify(folder)
    assert not proof.passed, field
    assert any(named in problem for problem in proof.problems)


def test_a_regression_is_compared_in_target_deviations(folders):
    package = open_package(folders / "regression")
    for by, passes in ((0.9e-5, True), (3e-5, False)):
        expected = predictions(package.rows, "regression")
        expected["value"] = expected["value"] + by * package.manifest.scale[0]
        assert verify(package, expected).passed is passes, by


def test_a_flip_within_tolerance_of_the_border_is_a_tie(folders):
    package = open_package(folders / "multiclass")
    expected = predictions(package.rows, "multiclass")
    expected["proba"] = np.full_like(expected["proba"], 1 / 3)
    expected["label"] = np.where(expected["label"] == "late", "early", "late")
    proof = verify(package, expected)
    assert proof.flips == 0
    assert proof.ties > 0
    assert not proof.passed  # the probabilities themselves are off


def test_rows_of_another_number_are_named(copy):
    folder = copy()
    golden = json.loads((folder / "golden.json").read_text())
    golden["rows"]["age"].pop()
    reseal(folder, golden=golden)
    assert any("golden rows, the manifest says 100" in problem for problem in verify(folder).problems)
    del golden["rows"]["age"]
    reseal(folder, golden=golden)
    assert any("'age'" in problem for problem in verify(folder).problems)


def test_a_graph_with_other_doors_is_named(copy):
    folder = copy()
    columns = open_package(folder).manifest.columns
    reseal(folder, columns=(msgspec.structs.replace(columns[0], wire="double"), *columns[1:]))
    assert any("reads 'age' as tensor(float)" in problem for problem in verify(folder).problems)
    reseal(folder, columns=columns[1:])
    assert any("reads 'age', which is no column" in problem for problem in verify(folder).problems)


def test_require_raises_with_everything_that_is_wrong(folders, copy):
    assert require(folders / "binary").manifest.name == "toy-binary"
    folder = copy()
    change(folder, "manifest.json", lambda m: m["threshold"].__setitem__("value", 0.9))
    with pytest.raises(Corrupt, match="threshold"):
        require(folder)
    with pytest.raises(InputError):
        require(folder / "none")


def test_another_decoder_is_named_where_the_proof_fails(tmp_path):
    pytest.importorskip("PIL")
    wide_package(tmp_path / "wide", ("photo",))
    package = open_package(tmp_path / "wide")
    other = msgspec.structs.replace(package.manifest, decoders={"pillow": "0.1"})
    resealed = manifests.seal(other, package.graph, package.golden)
    assert verify(replace(package, manifest=resealed)).passed, "another version may see the same pixels"
    golden = {**package.golden, "answers": {**package.answers, "proba": [[0.5, 0.5]] * 40}}
    proof = verify(replace(package, golden=golden, manifest=manifests.seal(other, package.graph, golden)))
    assert not proof.passed
    assert "it was shipped with pillow 0.1, and here" in proof.sentence
