"""An engine of one's own needs one method."""

from collections.abc import Iterator

from milepost.engines.base import Engine


class Backwards(Engine):
    workers = 1

    def map(self, function, jobs) -> Iterator:
        for job in reversed(list(jobs)):
            yield job, function(job)


def test_an_engine_yields_jobs_with_results() -> None:
    assert list(Backwards().map(str, [1, 2])) == [(2, "2"), (1, "1")]
