import json
import shutil
import zipfile

import msgspec
import pytest

from milepost.errors import Corrupt, InputError
from milepost.shipping import manifest as manifests
from milepost.shipping.manifest import Column, Manifest, Package, Stage, open_package
from milepost.shipping.package import pack
from milepost.testing.packages import toy_package


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packages") / "toy"
    toy_package(folder)
    return folder


@pytest.fixture
def copy(folder, tmp_path):
    return shutil.copytree(folder, tmp_path / "copy")


def edit(folder, **fields):
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_a_manifest_is_written_and_read_again(folder):
    data = (folder / "manifest.json").read_bytes()
    found = manifests.decode(data)
    assert manifests.encode(found) == data
    assert data.startswith(b'{\n  "format": 1,')
    assert found.version == found.digest[:12]
    assert found.labels == ("on time", "late")
    assert found.targets == ("arrival",)
    assert found.checksum == manifests.checksum_of(found)


def test_a_newer_format_says_to_install_a_newer_milepost(copy):
    edit(copy, format=2, wonders=[1])
    with pytest.raises(InputError, match=r"format 2, newer .* pip install -U milepost"):
        open_package(copy)


@pytest.mark.parametrize("value", [0, "1", None, True, 1.0])
def test_a_format_that_is_none_is_refused(copy, value):
    edit(copy, format=value)
    with pytest.raises(InputError, match="has the format"):
        open_package(copy)


def test_an_unknown_field_is_named_with_the_nearest(copy):
    edit(copy, treshold=None)
    with pytest.raises(InputError, match=r"unknown field 'treshold'.*Did you mean 'threshold'"):
        open_package(copy)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"columns": [{"name": "a"}]}, "columns"),
        ({"keys": 3}, "keys"),
        ({"threshold": {"value": "x"}}, "threshold"),
    ],
)
def test_a_field_of_the_wrong_type_is_named(copy, fields, message):
    edit(copy, **fields)
    with pytest.raises(InputError, match=message):
        open_package(copy)


@pytest.mark.parametrize("data", [b"", b"[", b"\xff", b"[" * 100_000, b"[]"])
def test_what_is_no_manifest_is_refused(copy, data):
    (copy / "manifest.json").write_bytes(data)
    with pytest.raises(InputError):
        open_package(copy)


def test_a_zip_opens_like_its_folder(folder, tmp_path):
    packed = pack(folder, tmp_path / "toy.zip")
    assert open_package(packed) == open_package(folder)
    around = tmp_path / "around.zip"
    with zipfile.ZipFile(around, "w") as archive:
        for path in folder.iterdir():
            archive.write(path, f"toy/{path.name}")
    assert open_package(around) == open_package(folder)


def test_what_is_no_package_is_refused(tmp_path):
    with pytest.raises(InputError, match="there is no package"):
        open_package(tmp_path / "none")
    with pytest.raises(InputError, match=r"no manifest\.json"):
        open_package(tmp_path)
    (tmp_path / "text.zip").write_text("hello")
    with pytest.raises(InputError, match="neither a folder nor"):
        open_package(tmp_path / "text.zip")


def test_missing_and_outside_files_are_corrupt(copy):
    manifest = json.loads((copy / "manifest.json").read_text())
    edit(copy, stages=[{**manifest["stages"][0], "file": "../../secret"}])
    with pytest.raises(Corrupt, match="outside of the package"):
        open_package(copy)
    edit(copy, stages=manifest["stages"])
    (copy / "golden.json").write_text("[1]")
    with pytest.raises(Corrupt, match="no rows and answers"):
        open_package(copy)
    (copy / "model.onnx").unlink()
    with pytest.raises(Corrupt, match="cannot be read"):
        open_package(copy)


def test_only_one_graph_stage_is_known(copy):
    edit(copy, stages=[])
    with pytest.raises(InputError, match="0 stages"):
        open_package(copy)
    edit(copy, stages=[{"kind": "index", "file": "a", "inputs": [], "outputs": []}])
    with pytest.raises(InputError, match="index"):
        open_package(copy)


def small(**fields):
    column = Column("x", "float", "number", "float", 1.5)
    stage = Stage("graph", "model.onnx", ("x",), ("value",))
    return Manifest(
        **{"name": "m", "task": {"name": "regression"}, "columns": (column,), "stages": (stage,), **fields}
    )


def test_the_digest_leaves_out_times_and_names():
    golden = {"rows": {"x": [1.0]}, "answers": {"value": [[2.0]]}}
    first = manifests.seal(small(), b"graph", golden)
    signed = manifests.Threshold(0.5, "yes", by="Ada", at="2026-01-01")
    assert manifests.seal(small(name="other", created="2026-01-01"), b"graph", golden).digest == first.digest
    assert manifests.seal(small(), b"other", golden).digest != first.digest
    assert manifests.seal(small(), b"graph", {**golden, "rows": {"x": [1.5]}}).digest != first.digest
    assert manifests.seal(small(scale=(2.0,)), b"graph", golden).digest != first.digest
    with_threshold = manifests.seal(small(threshold=signed), b"graph", golden)
    by_another = msgspec.structs.replace(signed, by="Bob", at="2027-01-01")
    assert with_threshold.digest != first.digest
    assert manifests.seal(small(threshold=by_another), b"graph", golden).digest == with_threshold.digest


def test_a_column_is_found_by_name():
    assert small().column("x").example == 1.5
    with pytest.raises(InputError, match="no column 'y'"):
        small().column("y")


def test_package_gives_rows_and_answers(folder):
    package = open_package(folder)
    assert isinstance(package, Package)
    assert len(package.rows["age"]) == len(package.answers["proba"]) == package.manifest.golden.rows == 100
