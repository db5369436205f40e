"""What learners under test share: one head of each link, and a fit that is killed and goes on."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from milepost.tasks.heads import IdentityHead, SigmoidHead, SigmoidsHead, SoftmaxHead


@pytest.fixture
def heads():
    """Binary, three classes, one number, two numbers, three labels."""
    number = IdentityHead(1, (0.0,), (1.0,), True)
    pair = IdentityHead(2, (0.0, 0.0), (1.0, 1.0), False)
    return SigmoidHead(), SoftmaxHead(3), number, pair, SigmoidsHead(3)


@pytest.fixture
def killed(tmp_path: Path) -> Callable[[str, str], None]:
    """Kills a fit in its third round with kill -9, then holds the next process against one that ran through.

    The rounds are printed one a line as they begin; the weights are saved to the file that is named last.
    """

    def run(setting: str, fit: str) -> None:
        code = f"""
import sys, time, numpy as np
from pathlib import Path
import milepost.learners.checkpoint as kept
kept.EVERY = 0.0
from milepost.learners.base import Job
from milepost.tasks.heads import SigmoidHead
{setting}
def watch(epoch, loss):
    print(epoch, flush=True)
    time.sleep(float(sys.argv[2]))
path = Path(sys.argv[1]) if sys.argv[1] else None
job = Job(LIGHT, SigmoidHead(), seed=5, threads=2, checkpoint=path, watch=watch)
layers = {fit}
np.save(sys.argv[3], np.concatenate([a.ravel() for w in layers.values() for a in w]))
"""

        def process(state: Path | str, wait: float, to: str) -> subprocess.Popen[str]:
            command = [sys.executable, "-c", code, str(state), str(wait), str(tmp_path / to)]
            return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

        def rounds(of: subprocess.Popen[str]) -> list[str]:
            return of.communicate()[0].split()

        state = tmp_path / "killed.state"
        first = process(state, 0.5, "never.npy")
        assert first.stdout is not None
        begun = [first.stdout.readline().strip() for _ in range(3)]
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        assert begun == ["1", "2", "3"]
        assert not (tmp_path / "never.npy").exists()
        second, whole = process(state, 0.0, "again.npy"), process("", 0.0, "whole.npy")
        assert rounds(second)[0] == "3", "round 2 was kept, round 3 was under way"
        assert rounds(whole)[0] == "1"
        assert np.array_equal(np.load(tmp_path / "again.npy"), np.load(tmp_path / "whole.npy"))

    return run
