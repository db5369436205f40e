"""Runs jobs in threads of this process: the learners and the graph runtime release the interpreter lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

from milepost.engines.base import Engine
from milepost.engines.heap import give_back

J = TypeVar("J")
R = TypeVar("R")

BEAT = 0.3
"""Seconds after which a waiting main thread looks for signals: CatBoost keeps them from waking it."""


class Local(Engine):
    """The default engine.

    Args:
        workers: how many jobs run at once.

    >>> sorted(result for _, result in Local(2).map(lambda job: job * job, [1, 2, 3]))
    [1, 4, 9]
    """

    def __init__(self, workers: int) -> None:
        self.workers = max(1, workers)

    def map(self, function: Callable[[J], R], jobs: Iterable[J]) -> Iterator[tuple[J, R]]:
        """Yields (job, result) as jobs end; jobs are taken from the iterable only when a worker is free."""
        queue = iter(jobs)

        def work(job: J) -> R:
            try:
                return function(job)
            finally:
                give_back()

        if self.workers == 1:
            for job in queue:
                yield job, work(job)
            return
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="milepost")
        running: dict[Future[R], J] = {pool.submit(work, job): job for job in islice(queue, self.workers)}
        patient = True
        try:
            while running:
                done, _ = wait(running, BEAT, FIRST_COMPLETED)
                for future in done:
                    job = running.pop(future)
                    result = future.result()
                    for following in islice(queue, 1):
                        running[pool.submit(work, following)] = following
                    yield job, result
        except KeyboardInterrupt:
            patient = False  # who stops a run does not wait for fits that still train
            raise
        finally:
            close = getattr(queue, "close", None)
            if running and close is not None:
                close()  # a generator of jobs hears of the interruption before running ones are waited for
            pool.shutdown(wait=patient, cancel_futures=True)
