"""The local engine runs jobs side by side, takes them lazily, and passes errors on."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from milepost.engines.local import Local


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_every_job_comes_back_with_its_result(workers: int) -> None:
    assert sorted(Local(workers).map(lambda job: job * 2, range(20))) == [(n, 2 * n) for n in range(20)]


def test_jobs_run_at_the_same_time() -> None:
    meet = threading.Barrier(2, timeout=10)
    assert len(list(Local(2).map(lambda job: meet.wait(), [1, 2]))) == 2


def test_jobs_are_taken_only_when_a_worker_is_free() -> None:
    taken = []

    def jobs() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    for done, _ in enumerate(Local(2).map(lambda job: time.sleep(0.001), jobs()), 1):
        if done == 5:
            break
    assert len(taken) <= 9


def test_the_first_error_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        list(Local(2).map(lambda job: 1 // job, [1, 0, 2]))


STOPPED = """
import os, signal, sys, time
from milepost.engines.local import Local
signal.siginterrupt(signal.SIGINT, False)  # as CatBoost does while it trains
print("ready", flush=True)
try:
    list(Local(2).map(lambda job: time.sleep(60), [1, 2]))
except KeyboardInterrupt:
    print("stopped", flush=True)
    os._exit(130)
"""


def test_who_stops_a_run_does_not_wait_for_jobs() -> None:
    with subprocess.Popen([sys.executable, "-c", STOPPED], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.2)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert time.monotonic() - start < 15
        assert process.stdout.read() == "stopped\n"
