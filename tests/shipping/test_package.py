import msgspec
import numpy as np
import pytest

from milepost.errors import InputError, UsageError
from milepost.shipping import package as packages
from milepost.shipping.manifest import Column, checksum_of, open_package
from milepost.shipping.package import Contents, build, golden, pack, remeasure
from milepost.shipping.verify import verify
from milepost.shipping.wire import tensors
from milepost.testing import packages as toys

AGE = Column("age", "float", "number", "float")
NAME = Column("name", "text", "category", "string")


def contents(**fields):
    rows = {"age": [1.0, 2.0], "name": ["a", None]}
    base = {
        "name": "m",
        "task": {"name": "regression"},
        "columns": (AGE, NAME),
        "rows": rows,
        "answers": {"value": [[1.0], [2.0]]},
    }
    return Contents(**{**base, **fields})


def test_the_same_content_gives_the_same_digest_wherever_and_whenever(tmp_path):
    first = toys.toy_package(tmp_path / "a")
    second = toys.toy_package(tmp_path / "b")
    assert first.digest == second.digest
    assert toys.toy_package(tmp_path / "c", seed=1).digest != first.digest


def test_a_package_is_replaced_and_nothing_else_remains(tmp_path):
    first = toys.toy_package(tmp_path / "toy")
    second = toys.toy_package(tmp_path / "toy", seed=1)
    assert open_package(tmp_path / "toy").manifest.digest == second.digest != first.digest
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]
    assert sorted(p.name for p in (tmp_path / "toy").iterdir()) == [
        "README.md",
        "golden.json",
        "manifest.json",
        "model.onnx",
    ]


def test_a_folder_with_other_things_is_never_overwritten(tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="is no package"):
        toys.toy_package(tmp_path / "toy")
    assert (tmp_path / "toy" / "thesis.txt").read_text() == "years of work"
    with pytest.raises(UsageError, match="is no package"):
        toys.toy_package(tmp_path / "toy" / "thesis.txt")


def test_a_failed_write_leaves_the_old_package(tmp_path, monkeypatch):
    before = toys.toy_package(tmp_path / "toy")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(packages.os, "fsync", full)
    with pytest.raises(packages.EnvironmentProblem, match="No space left"):
        toys.toy_package(tmp_path / "toy", seed=1)
    monkeypatch.undo()
    assert verify(tmp_path / "toy").passed
    assert open_package(tmp_path / "toy").manifest == before
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"rows": {"age": [1.0, 2.0]}}, "differ at 'name'"),
        ({"rows": {"age": [1.0], "name": ["a", "b"]}}, "lengths"),
        ({"answers": {"value": [[1.0]]}}, "lengths"),
        ({"answers": {}}, "lengths"),
        ({"answers": {"value": [[1.0], [np.nan]]}}, "golden row 1 is not finite"),
        ({"columns": (AGE, AGE)}, "one name"),
    ],
)
def test_contents_that_do_not_fit_are_refused(tmp_path, fields, message):
    with pytest.raises(InputError, match=message):
        build(tmp_path / "p", b"graph", contents(**fields))
    assert not (tmp_path / "p").exists()


def test_golden_rows_hold_every_edge_of_every_column():
    rows = golden(toys.COLUMNS, toys.SAMPLES, 100, seed=3)
    assert {len(values) for values in rows.values()} == {100}
    assert all(rows[name][-1] is None for name in rows)
    for column in toys.COLUMNS:
        lone = [i for i, value in enumerate(rows[column.name][:-1]) if value is None]
        assert lone, column.name
    assert {"", "never seen before", "Zürich 東京 🛫"} < set(rows["carrier"])
    assert min(v for v in rows["age"] if v is not None) <= -1e6
    assert max(v for v in rows["age"] if v is not None) == 1e9
    assert {"1900-01-01", "2100-12-31"} < set(rows["day"])
    assert all(type(value) is int for value in rows["seats"] if value is not None)
    assert golden(toys.COLUMNS, toys.SAMPLES, 100, seed=3) == rows
    assert golden(toys.COLUMNS, toys.SAMPLES, 100, seed=4) != rows


def test_golden_columns_are_sampled_independently():
    columns = [Column(name, "int", "number", "float") for name in ("a", "b")]
    rows = golden(columns, {"a": list(range(1000)), "b": list(range(1000))}, 2000, seed=0)
    pairs = [(a, b) for a, b in zip(rows["a"], rows["b"], strict=True) if None not in (a, b)]
    assert np.mean([a == b for a, b in pairs]) < 0.01


def test_a_text_that_occurs_once_does_not_leave_the_house():
    sample = ["red", "red", "Ada Lovelace, 12 St James's Square"]
    rows = golden([NAME], {"name": sample}, 500, seed=0)
    assert "red" in rows["name"]
    assert "Ada Lovelace, 12 St James's Square" not in rows["name"]
    alone = golden([NAME], {"name": ["Ada", "Bob"]}, 500, seed=0)
    assert not {"Ada", "Bob"} & set(alone["name"])


def test_an_empty_or_wholly_missing_column_has_golden_rows_too():
    for column in toys.COLUMNS:
        for sample in ([], [None, None]):
            values = golden([column], {column.name: sample}, 50)[column.name]
            assert len(values) == 50
            assert any(value is not None for value in values)


@pytest.mark.parametrize("wire", ["float", "double"])
def test_the_largest_numbers_have_golden_rows_the_wire_can_carry(wire):
    column = Column("x", "float", "number", wire)
    rows = golden([column], {"x": [-3e38, 3e38] if wire == "float" else [-1e308, 1e300]}, 50)
    assert np.isfinite(tensors([column], rows)["x"][:-1][[v is not None for v in rows["x"][:-1]]]).all()


def test_too_few_golden_rows_are_refused():
    with pytest.raises(InputError, match="At least"):
        golden([AGE], {"age": [1.0]}, 5)


def test_examples_are_typical():
    made = {c.name: c.example for c in packages.with_examples(toys.COLUMNS, toys.SAMPLES)}
    assert made == {"age": 40.0, "seats": 3, "carrier": "UA", "day": "2013-07-31", "member": False}


def test_measurements_are_added_without_a_new_digest(tmp_path):
    before = toys.toy_package(tmp_path / "toy")
    after = remeasure(tmp_path / "toy", {"p50_ms": 0.1})
    assert after.digest == before.digest
    assert after.measured == {"p50_ms": 0.1}
    assert open_package(tmp_path / "toy").manifest == after
    assert after.checksum == checksum_of(after) != before.checksum
    assert verify(tmp_path / "toy").passed


def test_a_changed_manifest_is_not_blessed_by_measuring(tmp_path):
    toys.toy_package(tmp_path / "toy")
    path = tmp_path / "toy" / "manifest.json"
    path.write_text(path.read_text().replace('"value": 0.4', '"value": 0.6'))
    with pytest.raises(InputError, match="was changed"):
        remeasure(tmp_path / "toy", {"p50_ms": 0.1})


def test_packing_twice_gives_the_same_bytes(tmp_path):
    toys.toy_package(tmp_path / "toy")
    first = pack(tmp_path / "toy", tmp_path / "a.zip").read_bytes()
    assert pack(tmp_path / "toy", tmp_path / "b.zip").read_bytes() == first
    with pytest.raises(InputError):
        pack(tmp_path, tmp_path / "c.zip")


def test_dates_and_numpy_values_become_plain(tmp_path):
    column = msgspec.structs.replace(AGE, example=np.float32(2.5))
    made = build(tmp_path / "p", b"graph", contents(columns=(column, NAME), lineage={"n": np.int64(3)}))
    again = open_package(tmp_path / "p").manifest
    assert again == made
    assert again.columns[0].example == 2.5
    assert again.lineage == {"n": 3}
