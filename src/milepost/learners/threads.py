"""Keeps libraries with one process-wide number of threads to what the running jobs may use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

R = TypeVar("R")


class Limit:
    """A process-wide setting that the first of several parallel jobs makes and the last one takes back.

    Args:
        apply: sets the number of threads and returns what undoes it.

    >>> log = []
    >>> limit = Limit(lambda threads: (log.append(threads), lambda: log.append("undone"))[1])
    >>> with limit(1), limit(1):
    ...     log.append("work")
    >>> log
    [1, 'work', 'undone']
    """

    def __init__(self, apply: Callable[[int], Callable[[], object]]) -> None:
        self._apply = apply
        self._lock = threading.Lock()
        self._users = 0
        self._undo: Callable[[], object] = lambda: None

    @contextmanager
    def __call__(self, threads: int) -> Iterator[None]:
        """Holds the limit; a job that joins others keeps to the limit of the first."""
        with self._lock:
            if not self._users:
                self._undo = self._apply(threads)
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._undo()


def _blas(threads: int) -> Callable[[], object]:
    from threadpoolctl import threadpool_limits

    undo: Callable[[], object] = threadpool_limits(threads, user_api="blas").restore_original_limits
    return undo


def _torch(threads: int) -> Callable[[], object]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    return lambda: torch.set_num_threads(before)


@contextmanager
def openmp(threads: int) -> Iterator[None]:
    """Holds OpenMP to so many threads for what this thread starts; others have a number of their own."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(threads, user_api="openmp"):
        yield


def apart(threads: int, work: Callable[[], R]) -> R:
    """Runs what starts a team of OpenMP threads in a thread that ends with it, and the team with it.

    libgomp keeps a team for each thread that ever asked for one. Where all teams together have more threads
    than there are processors, threads no longer spin between loops but sleep: a hundred rounds of LightGBM
    took 9.5 s in place of 1.5, only because the main thread had predicted something before.

    Args:
        threads: how many the work may use; one needs no team.
        work: called once.
    """
    if threads < 2:
        return work()
    own, patient = ThreadPoolExecutor(1, thread_name_prefix="milepost team"), True
    try:
        return own.submit(work).result()
    except KeyboardInterrupt:
        patient = False
        raise
    finally:
        own.shutdown(wait=patient, cancel_futures=True)


blas = Limit(_blas)
torch = Limit(_torch)
