"""Process-wide numbers of threads are held while jobs run and put back after the last."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from milepost.learners import threads
from milepost.learners.base import Batch, Job, learners
from milepost.learners.threads import Limit, apart
from milepost.tasks.heads import SoftmaxHead


def counts():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_blas_is_limited_and_restored():
    before = counts()
    with threads.blas(1):
        assert set(counts()) == {1}
    assert counts() == before


def test_restored_after_an_error():
    before = counts()
    with pytest.raises(ZeroDivisionError), threads.blas(1):
        raise ZeroDivisionError
    assert counts() == before


def test_overlapping_jobs_share_one_limit():
    log = []
    limit = Limit(lambda count: (log.append(count), lambda: log.append("undone"))[1])
    inside, leave = threading.Event(), threading.Event()

    def job():
        with limit(1):
            inside.set()
            leave.wait(5)

    with limit(2):
        other = threading.Thread(target=job)
        other.start()
        inside.wait(5)
    assert log == [2]
    leave.set()
    other.join()
    assert log == [2, "undone"]


@pytest.mark.alone
def test_a_fit_is_as_quick_after_the_main_thread_predicted_or_trained_a_network() -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("it takes two processors")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 20)).astype(np.float32)
    batch = Batch(x, (x[:, :4] + rng.normal(size=(4000, 4))).argmax(1))
    job = Job({"num_leaves": 31, "extra_trees": True}, SoftmaxHead(4), 0, 2, rounds=60)

    def seconds() -> float:
        start = time.perf_counter()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(learners["lightgbm"].fit, batch, None, job).result()
        return time.perf_counter() - start

    seconds()
    before = min(seconds() for _ in range(2))
    learners["lightgbm"].fit(batch, None, job).raw(x)
    assert min(seconds() for _ in range(2)) < 2.5 * before
    network = {"width": 64, "depth": 2, "epochs": 2}
    learners["network"].fit(batch, None, Job(network, SoftmaxHead(4), 0, 2)).raw(x)
    assert min(seconds() for _ in range(2)) < 2.5 * before


def test_what_runs_apart_gives_its_result_and_its_error_and_leaves_no_thread() -> None:
    names = []
    assert apart(1, lambda: threading.current_thread().name) == threading.current_thread().name
    assert apart(2, lambda: (names.append(threading.current_thread().name), 7)[1]) == 7
    assert names[0] not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(ArithmeticError):
        apart(2, lambda: 1 // 0)
