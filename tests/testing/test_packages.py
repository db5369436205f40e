import pytest

from milepost.shipping.manifest import open_package
from milepost.shipping.verify import verify
from milepost.testing.packages import TASKS, predictions, toy_package


@pytest.mark.parametrize("task", TASKS)
def test_toy_packages_pass_their_proof(tmp_path, task):
    made = toy_package(tmp_path / task, task, rows=60)
    assert made.task["name"] == task
    assert verify(tmp_path / task).passed


def test_another_seed_gives_another_model(tmp_path):
    toy_package(tmp_path / "toy")
    rows = open_package(tmp_path / "toy").rows
    assert (predictions(rows, "binary", 0)["proba"] != predictions(rows, "binary", 1)["proba"]).any()
