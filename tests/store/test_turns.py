"""Turns: in order, passed on when somebody gives up, and among processes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from milepost.store.turns import Queued, Turns

_HOLDER = """
import sys
from pathlib import Path
from milepost.store.turns import Queued
with Queued(Path(sys.argv[1]))():
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_threads_come_in_the_order_in_which_they_asked() -> None:
    turns, order = Turns(), []

    def take(number: int) -> None:
        with turns:
            order.append(number)

    threads = [threading.Thread(target=take, args=(i,)) for i in range(20)]
    with turns:
        for i, thread in enumerate(threads):
            thread.start()
            while len(turns._waiting) <= i:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(20))


def test_who_gives_up_while_waiting_takes_no_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    idle = []
    turns = Turns(idle=lambda: idle.append(1))

    class Interrupted:
        """A lock whose second acquiring is cut off by Ctrl-C."""

        def __init__(self) -> None:
            self.count = 0

        def acquire(self) -> None:
            self.count += 1
            if self.count == 2:
                raise KeyboardInterrupt

        def release(self) -> None:
            pass

    with turns:
        monkeypatch.setattr("milepost.store.turns.threading.Lock", Interrupted)
        with pytest.raises(KeyboardInterrupt), turns:
            pytest.fail("came in")
        monkeypatch.undo()
    assert idle == [1]
    with turns:
        pass


def test_processes_wait_for_each_other(tmp_path: Path) -> None:
    path = tmp_path / "turn"
    command = [sys.executable, "-c", _HOLDER, str(path)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    mine, entered = Queued(path), threading.Event()

    def take() -> None:
        with mine():
            entered.set()

    thread = threading.Thread(target=take)
    thread.start()
    assert not entered.wait(0.2)
    child.kill()  # its lock goes with it
    child.communicate()
    assert entered.wait(20)
    thread.join()
    mine.close()


@pytest.mark.alone
def test_the_file_is_free_again_when_nobody_waits_or_the_slice_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = Queued(tmp_path / "turn"), Queued(tmp_path / "turn")
    with one():
        pass
    with two():
        pass
    monkeypatch.setattr("milepost.store.turns._SLICE", 0.0)
    entered, fair = threading.Event(), []

    def other() -> None:
        with two():
            entered.set()

    def again() -> None:
        with one():
            fair.append(entered.wait(20))

    with one():
        others = [threading.Thread(target=other), threading.Thread(target=again)]
        others[0].start()
        time.sleep(0.1)
        others[1].start()
        time.sleep(0.1)
    for thread in others:
        thread.join(20)
    assert fair == [True], "the threads of one process kept the file to themselves"
    one.close()
    two.close()


def test_without_a_file_threads_take_turns_all_the_same(tmp_path: Path) -> None:
    for path in (None, tmp_path / "no folder" / "turn"):
        queued = Queued(path)
        with queued():
            pass
        queued.close()
