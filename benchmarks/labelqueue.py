"""A queue of many items under many people: how long `next` and `submit` take, and whether a label is lost.

    python benchmarks/labelqueue.py --items 1000000 --people 50 --think 0.2 --seconds 60

Items are imported, in another process, while people label, then people label alone. Each person is a thread
that asks for the next item, thinks, answers, and now and then tells an answer twice, discards or takes back,
and keeps a journal of what was acknowledged. At the end that is held against the database: every answer there
once, none that nobody gave, no item with more answers than it wants, every count what is counted. `--url`
names a PostgreSQL database, which has to be empty, `--postgres` starts a server of its own; else SQLite in a
temporary folder.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from postgres import running

from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.labels.queue import Reply
from milepost.labels.rules import Rules
from milepost.store.audit import Audit
from milepost.store.people import Person
from milepost.store.stock import NewItem

NAMES = ("cat", "dog", "bird")


@dataclass
class Labeller:
    """A person, as a thread.

    Args:
        labels: the queue.
        id: the person's number.
        think: mean seconds between seeing an item and answering it.
        stop: set when it is time to go home.
        journal: what was acknowledged: by decision, the item and the value.
        undone: decisions that were taken back.
        times: by act and phase, the seconds that each call took.
        phase: what is going on, told by who started the thread.
    """

    labels: Labels
    id: int
    think: float
    stop: threading.Event
    phase: list[str]
    journal: dict[int, tuple[int, Any]] = field(default_factory=dict)
    undone: set[int] = field(default_factory=set)
    times: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    failure: BaseException | None = None

    def run(self) -> None:
        """Labels until it is time to go home."""
        try:
            self._run()
        except BaseException as problem:
            self.failure = problem
            raise

    def _run(self) -> None:
        chance = random.Random(self.id)
        count, last = 0, None
        while not self.stop.wait(chance.expovariate(1 / self.think) if self.think else 0):
            given = self.timed("next", lambda: self.labels.queue.next(self.id))
            if not given:
                time.sleep(0.05)
                continue
            item, count = given[0].id, count + 1
            reply = Reply(item, f"{self.id}-{count}", chance.choice(NAMES), seconds=1.5)
            luck = chance.random()
            if luck < 0.02:
                outcome = self.timed("submit", lambda r=reply: self.labels.queue.discard(self.id, r))
                self.journal[outcome.decision] = (item, None)
                continue
            outcome = self.timed("submit", lambda r=reply: self.labels.queue.submit(self.id, r))
            self.journal[outcome.decision] = (item, reply.value)
            if luck < 0.07:  # the connection broke, the page tries again
                again = self.labels.queue.submit(self.id, reply)
                assert again.decision == outcome.decision
                assert again.repeated
            elif luck < 0.10 and last is not None:
                self.labels.queue.undo(self.id, f"{self.id}-{count}-undo")
                self.undone.add(outcome.decision)
            last = outcome.decision

    def timed(self, act: str, call: Any) -> Any:
        """What a call returns; how long it took is noted."""
        phase, begun = self.phase[0], time.perf_counter()
        found = call()
        self.times.setdefault((act, phase), []).append(time.perf_counter() - begun)
        return found


def rows(count: int) -> Iterator[NewItem]:
    """Items with a short text; keys as they are in use, digests."""
    chance = random.Random(0)
    for i in range(count):
        key = f"{chance.getrandbits(128):032x}"
        text = f"Parcel {i} came late, the box was open and nobody answered the telephone for two days."
        yield NewItem({"text": text, "price": i % 1000}, key=key, unit=f"shop {i % 1000}")


def bring(where: str, count: int) -> int:
    """Imports items, in a process of its own."""
    with Labels.open(where) as labels:
        return labels.add_items(rows(count), "bench")


def held(kind: str) -> int:
    """Memory of this process in MiB: VmRSS now, VmHWM at most."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(kind))
    return int(line.split()[1]) // 1024


def checked(labels: Labels, team: list[Labeller]) -> list[str]:
    """What is wrong between the journals of the clients and the database."""
    wrong = Audit(labels.rows, labels.name).problems()
    told = {decision: entry for person in team for decision, entry in person.journal.items()}
    if len(told) != sum(len(person.journal) for person in team):
        wrong.append("two people were told the same decision")
    undone = {decision for person in team for decision in person.undone}
    found, after = {}, 0
    while part := labels.answers.since(after):
        after = part[-1].id
        found |= {d.id: (d.item, d.value) for d in part if d.act in ("submitted", "discarded")}
    wrong += [f"decision {d} was acknowledged and is lost" for d in told if d not in found]
    wrong += [f"decision {d} is there and nobody gave it" for d in found if d not in told]
    wrong += [f"decision {d} changed" for d, entry in told.items() if found.get(d, entry) != entry]
    counted = Counter(labels.answers.all().items.tolist())
    expected = Counter(item for decision, (item, _) in told.items() if decision not in undone)
    wrong += [
        f"item {item} has {counted[item]} answers, not {n}"
        for item, n in expected.items()
        if counted[item] != n
    ]
    return wrong


def main() -> int:
    """Reads what is asked for and runs it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--think", type=float, default=0.2, help="mean seconds; 0: as fast as it goes")
    parser.add_argument("--seconds", type=float, default=60, help="of labelling after the import")
    parser.add_argument("--wanted", type=int, default=1)
    parser.add_argument("--url", default="")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL server of its own")
    parser.add_argument("--thread", action="store_true", help="import in a thread of the same process")
    options = parser.parse_args()
    with running() if options.postgres else nullcontext(options.url) as url:
        return measured(url or str(Path(tempfile.mkdtemp()) / "rows.db"), options)


def measured(where: str, options: argparse.Namespace) -> int:
    """Runs it on a database and prints one line of JSON; 1 where something is wrong."""
    labels = Labels.open(where)
    labels.start(LabelSet.start("pets", "choice", NAMES), "bench", Rules(labels=options.wanted))
    stop, phase = threading.Event(), ["import"]
    accounts = [labels.people.add(Person(0, f"p{i}", ("labeller",)), "bench") for i in range(options.people)]
    team = [Labeller(labels, account.id, options.think, stop, phase) for account in accounts]
    before = held("VmRSS")
    threads = [threading.Thread(target=person.run) for person in team]
    for thread in threads:
        thread.start()
    begun = time.perf_counter()
    if options.thread:
        added = labels.add_items(rows(options.items), "bench")
    else:
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            added = pool.submit(bring, where, options.items).result()
    imported = time.perf_counter() - begun
    phase[0] = "work"
    stop.wait(options.seconds)
    stop.set()
    for thread in threads:
        thread.join()
    peak = held("VmHWM")
    wrong = checked(labels, team) + [repr(p.failure) for p in team if p.failure]
    told: dict[str, Any] = {
        "database": labels.rows.dialect,
        "items": added,
        "import_seconds": round(imported, 1),
        "people": options.people,
    }
    for act in ("next", "submit"):
        for name in ("import", "work"):
            times = np.array([t for p in team for t in p.times.get((act, name), [])]) * 1000
            if len(times):
                p50, p99, most = np.percentile(times, [50, 99, 100]).round(1)
                told[f"{act}_{name}_ms"] = {"n": len(times), "p50": p50, "p99": p99, "max": most}
    told |= {
        "memory_mib": {"before": before, "peak": peak},
        "acknowledged": sum(len(p.journal) for p in team),
    }
    told |= {"wrong": len(wrong)}
    print(json.dumps(told))
    for line in wrong[:20]:
        print(line, file=sys.stderr)
    labels.close()
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
