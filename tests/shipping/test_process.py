import os

import numpy as np
import pytest

from milepost.errors import EnvironmentProblem
from milepost.shipping.package import write
from milepost.shipping.process import Process


def test_a_server_is_asked_measured_and_stopped(toy, tmp_path):
    write(tmp_path / "toy", toy.files())
    with Process(tmp_path / "toy", "toy-binary") as process:
        answers = process.answers(toy.rows, 30)
        np.testing.assert_allclose(answers["proba"], toy.answers["proba"], atol=1e-6)
        assert answers["label"].tolist() == toy.answers["label"]
        if os.path.exists("/proc/self/status"):
            assert 20 < process.memory_mb() < 1000
        with pytest.raises(EnvironmentProblem, match="the server says 404"):
            process.ask("GET", "/nowhere")
        child = process._process
    assert child.poll() is not None


def test_a_server_that_does_not_start_says_why(tmp_path):
    with pytest.raises(EnvironmentProblem, match="there is no package"), Process(tmp_path / "none", "x"):
        pass
