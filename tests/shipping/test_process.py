import os
import subprocess
import sys
import time

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


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="reads /proc")
def test_a_server_ends_with_whoever_started_it(toy, tmp_path):
    """Also where that was killed and could end nothing itself."""
    write(tmp_path / "toy", toy.files())
    code = (
        "import os, signal, sys; from milepost.shipping.process import Process\n"
        "with Process(sys.argv[1], 'toy-binary') as process:\n"
        "    print(process._process.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "toy")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    child = int(done.stdout)
    end = time.monotonic() + 20
    while running(child) and time.monotonic() < end:
        time.sleep(0.05)
    assert not running(child)


def running(process: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
