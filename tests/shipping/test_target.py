import pytest

from milepost.errors import UsageError
from milepost.shipping.target import refuse, targets

MEASURED = {"p50_ms": 0.2, "p99_ms": 1.5, "size_mb": 3.0}


def test_targets_are_found_by_name():
    assert "server" in tuple(targets)
    with pytest.raises(UsageError, match=r"no target 'sever'\. Did you mean 'server'"):
        targets["sever"]


def test_kept_constraints_raise_no_objection():
    server = targets["server"]
    for constraints in (
        {},
        {"latency_ms": None, "where": ""},
        {"latency_ms": 1.5, "size_mb": 3, "where": "server"},
    ):
        assert server.objections(MEASURED, constraints) == ()


@pytest.mark.parametrize(
    ("constraints", "said"),
    [
        ({"latency_ms": 1.0}, "one row takes 1.5 ms (99th percentile), more than the 1 ms allowed."),
        ({"size_mb": 2.5}, "the package has 3 MB, more than the 2.5 MB allowed."),
        ({"memory_mb": 100}, "memory_mb is limited to 100 MB and cannot be measured here."),
        ({"where": "browser"}, "it is to run on a browser, and this is what a server needs."),
    ],
)
def test_a_broken_constraint_is_told_with_both_numbers(constraints, said):
    assert targets["server"].objections(MEASURED, constraints) == (said,)


def test_measure_gives_measurements_and_objections(toy):
    measured, objections = targets["server"].measure(toy, {"latency_ms": 1000, "size_mb": 1e-6})
    assert 0 < measured["p50_ms"] <= measured["p99_ms"]
    assert len(objections) == 1
    assert "the package has" in objections[0]


def test_what_keeps_a_package_from_another_place_is_told(toy):
    _, objections = targets["server"].measure(toy, {"where": "device"})
    assert objections == (
        "it is to run on a device, and this is what a server needs.",
        "On a device: 'carrier' enters as text, which LiteRT does not have.",
    )
    assert targets["server"].measure(toy, {"where": "server"})[1] == ()


def test_a_target_or_folder_that_cannot_be_is_refused_before_any_work(tmp_path):
    (tmp_path / "file").write_text("x")
    refuse("server", tmp_path)
    refuse("server", tmp_path / "new")
    with pytest.raises(UsageError, match="no target 'moon'"):
        refuse("moon")
    with pytest.raises(UsageError, match=r"'.*file' is a file\. A folder"):
        refuse("server", tmp_path / "file")
