"""Process-wide numbers of threads are held while jobs run and put back after the last."""

import threading

import pytest
from threadpoolctl import threadpool_info

from milepost.learners import threads
from milepost.learners.threads import Limit


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
