"""The packages of text, images and sound are proven: NumPy and the graph agree on every golden row."""

import pytest

from milepost.shipping.manifest import open_package
from milepost.shipping.verify import verify
from milepost.testing.wide import wide_package


@pytest.mark.parametrize("names", [("message",), ("photo",), ("clip",), ("clip", "message", "photo", "age")])
def test_a_package_is_proven_at_every_batch_size(tmp_path, names):
    if "photo" in names:
        pytest.importorskip("PIL")
    if "clip" in names:
        pytest.importorskip("soundfile")
    wide_package(tmp_path / "wide", names)
    proof = verify(tmp_path / "wide")
    assert proof.passed, proof.problems
    assert set(proof.worst) == {"1", "5", "40"}
    assert proof.flips == 0
    assert len(open_package(tmp_path / "wide").graph) < 5_000
