"""What is costly is computed by one at a time and not too often; all others get what was there."""

from __future__ import annotations

import threading
from itertools import count

import pytest

from milepost.web.costly import PAUSE, QUICK, Costly


def test_what_took_long_is_kept_for_a_minute_and_what_did_not_is_made_anew() -> None:
    now, work = [0.0], [0.0]
    made, numbers = Costly(lambda: now[0], lambda: work[0]), count()

    def make(seconds: float) -> int:
        work[0] += seconds
        return next(numbers)

    assert made.get("a", lambda: make(QUICK)).found == 0
    assert made.get("a", lambda: make(QUICK)).found == 0, "of one version once"
    assert made.get("b", lambda: make(QUICK + 1)).found == 1
    now[0] = PAUSE - 1
    old = made.get("c", lambda: make(QUICK))
    assert (old.found, old.version) == (1, "b")
    now[0] = PAUSE
    assert (made.get("c", lambda: make(QUICK)).found, made.get("c", lambda: make(QUICK)).version) == (2, "c")


def test_one_computes_and_the_others_get_the_last() -> None:
    made, began, go, numbers = Costly(), threading.Event(), threading.Event(), count()

    def slow() -> int:
        began.set()
        assert go.wait(30)
        return next(numbers)

    firsts: list[int] = []
    threads = [threading.Thread(target=lambda: firsts.append(made.get("a", slow).found)) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert began.wait(30)
    go.set()
    for thread in threads:
        thread.join(30)
    assert firsts == [0, 0, 0], "nothing was there, so that they waited for the one"
    began.clear()
    go.clear()
    worker = threading.Thread(target=made.get, args=("b", slow))
    worker.start()
    assert began.wait(30)
    assert made.get("b", slow).version == "a"
    go.set()
    worker.join(30)
    assert made.get("b", slow).found == 1


def test_a_failure_is_told_and_tried_again() -> None:
    made = Costly()
    with pytest.raises(ZeroDivisionError):
        made.get("a", lambda: 1 / 0)
    assert made.get("a", lambda: 3).found == 3
