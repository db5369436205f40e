"""When an opening is taken up again, and when it counts anew; the rest is in the traps."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from milepost.steps.opening import _cut_off

EARLY, LATE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


def work(evidence: datetime | None):
    last = None if evidence is None else SimpleNamespace(at=evidence.isoformat(timespec="milliseconds"))
    return SimpleNamespace(ledger=SimpleNamespace(last=lambda step: last))


@pytest.mark.parametrize(
    ("model", "opened", "recorded", "again"),
    [
        ("a", EARLY, None, True),
        ("a", LATE, EARLY, True),
        ("a", EARLY, LATE, False),
        ("b", EARLY, None, False),
    ],
)
def test_an_opening_is_taken_up_when_nothing_was_recorded_since(model, opened, recorded, again) -> None:
    assert _cut_off(work(recorded), [{"model": model, "at": opened}], {"model": "a"}) is again


def test_the_first_opening_is_new() -> None:
    assert not _cut_off(work(None), [], {"model": "a"})
