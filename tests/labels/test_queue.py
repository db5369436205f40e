"""The queue through the doors that the web uses: what people see, and what nothing may break."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections import Counter
from typing import Any

import pytest

from milepost.errors import InputError, Sealed
from milepost.labels import queue as queues
from milepost.labels.labels import Labels
from milepost.labels.people import Forbidden
from milepost.labels.queue import Reply
from milepost.store.aided import Aid
from milepost.store.audit import Audit
from milepost.store.rows import Rows

_LABELLER = """
import sys
from milepost.labels.labels import Labels
from milepost.labels.queue import Reply
labels, person = Labels.open(sys.argv[1]), int(sys.argv[2])
while given := labels.queue.next(person, 3):
    for item in given:
        reply = Reply(item.id, f"{person}-{item.id}", "cat")
        print(item.id, labels.queue.submit(person, reply).decision, flush=True)
"""


def labeller(where: str, person: int) -> subprocess.Popen[str]:
    """A process that labels until nothing is left, and tells what was acknowledged."""
    command = [sys.executable, "-c", _LABELLER, where, str(person)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def told(text: str) -> list[tuple[int, int]]:
    """Items and decisions of whole lines."""
    lines = [line.split() for line in text.splitlines(keepends=True) if line.endswith("\n")]
    return [(int(item), int(decision)) for item, decision in lines]


def test_threads_never_get_an_item_beyond_what_it_wants(office: Any) -> None:
    office.add(*(f"{i}" for i in range(40)))
    office.add(*(f"two {i}" for i in range(20)), wanted=2)
    people = [office.ann, office.bob, office.cy]
    got: list[tuple[int, int]] = []

    def work(person: int) -> None:
        while given := office.labels.queue.next(person, 2):
            got.extend((item.id, person) for item in given)
            for item in given:
                office.labels.queue.submit(person, Reply(item.id, f"{item.id}", "cat"))

    threads = [threading.Thread(target=work, args=(person,)) for person in people * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    takers = Counter(item for item, _ in set(got))
    wanted = Counter(takers.values())
    assert wanted == {1: 40, 2: 20}
    assert len(office.labels.answers.all()) == 80


@pytest.mark.slow
def test_processes_never_get_an_item_beyond_what_it_wants(office: Any, where: str) -> None:
    office.add(*(f"{i}" for i in range(60)))
    office.add(*(f"two {i}" for i in range(30)), wanted=2)
    children = [labeller(where, person) for person in (office.ann, office.bob, office.cy)]
    said = [told(child.communicate(timeout=120)[0]) for child in children]
    assert [child.returncode for child in children] == [0, 0, 0]
    everything = [entry for part in said for entry in part]
    assert Counter(Counter(item for item, _ in everything).values()) == {1: 60, 2: 30}
    assert len({decision for _, decision in everything}) == len(everything) == 120
    assert sorted(office.labels.answers.all().items.tolist()) == sorted(item for item, _ in everything)


def test_a_killed_process_loses_nothing_that_was_acknowledged(office: Any, where: str) -> None:
    office.rules(lease=1)
    office.add(*(f"{i}" for i in range(3000)))
    child = labeller(where, office.bob)
    assert child.stdout is not None
    text = "".join(child.stdout.readline() for _ in range(25))
    child.send_signal(signal.SIGKILL)
    said = told(text + child.stdout.read())
    child.wait()
    child.stdout.close()
    kept = {(d.item, d.id): d for d in office.labels.answers.since() if d.act == "submitted"}
    assert len(said) >= 25
    assert set(said) <= set(kept)
    assert len(kept) <= len(said) + 1, "one may have been kept without being told"
    assert Audit(office.labels.rows, "labels").problems() == []
    for (item, decision), kind in kept.items():
        again = office.labels.queue.submit(office.bob, Reply(item, f"{office.bob}-{item}", "cat"))
        assert (again.decision, again.repeated, kind.value) == (decision, True, "cat")
    office.time = 4e9  # long after its leases ended
    rest = office.labels.queue.next(office.cy, 100)
    assert not {given.id for given in rest} & {item for item, _ in kept}


def test_what_a_labeller_sees_says_nothing_of_reason_others_or_the_seal(office: Any) -> None:
    office.add("a", wanted=2, reason="audit", sealed=True)
    office.add("b", wanted=2, reason="margin")
    office.label(office.bob, "bird")
    office.label(office.bob, "bird")
    seen = repr(office.labels.queue.next(office.cy, 2))
    for word in ("audit", "margin", "sealed", "bird", "gold"):
        assert word not in seen


def test_blind_is_the_default_and_others_are_seen_only_after_ones_own_answer(office: Any) -> None:
    office.add("a", wanted=3)
    item = office.label(office.bob, "cat").item
    queue = office.labels.queue
    with pytest.raises(Forbidden, match="not shown"):
        queue.others(office.bob, item)
    office.rules(blind=False)
    with pytest.raises(Forbidden, match="not shown"):
        queue.others(office.cy, item)
    office.label(office.cy, "dog")
    assert [label.value for label in queue.others(office.cy, item)] == ["cat"]
    office.add("s", wanted=2, sealed=True)
    sealed = office.label(office.bob, "cat").item
    with pytest.raises(Sealed, match="sealed"):
        queue.others(office.bob, sealed)


def test_a_rule_shows_what_others_answered_before(office: Any) -> None:
    office.add("a", wanted=2)
    item = office.label(office.bob, "cat").item
    office.rules(blind=False, before=True)
    with pytest.raises(Forbidden, match="not shown"):
        office.labels.queue.others(office.cy, item)
    office.labels.queue.next(office.cy)
    assert [label.value for label in office.labels.queue.others(office.cy, item)] == ["cat"]


def test_whether_a_suggestion_was_accepted_follows_from_the_answer(office: Any) -> None:
    office.add("a", "b")
    for value in ("cat", "dog"):
        office.label(office.bob, value, aid=Aid("suggestion", "m1", "cat", 0.9))
    assert office.labels.aids.accepted() == {"m1": (1, 2)}
    assert office.labels.answers.all().alone.tolist() == [False, False]


def test_queues_and_progress_of_a_person(office: Any) -> None:
    office.add(*"abcd")
    queue = office.labels.queue
    a, b, c, _ = queue.next(office.bob, 4)
    queue.submit(office.bob, office.reply(a.id, "cat", seconds=2))
    queue.discard(office.bob, office.reply(b.id, "dog", comment="black"))
    queue.draft(office.bob, office.reply(c.id, {"any": ["thing"]}))
    assert queue.progress(office.bob) == {
        "pending": 2, "draft": 1, "submitted": 1, "discarded": 1, "review": 0,
    }  # fmt: skip
    assert [(g.id, g.value) for g in queue.mine(office.bob, "draft")] == [(c.id, {"any": ["thing"]})]
    assert [(g.id, g.value) for g in queue.mine(office.bob, "discarded")] == [(b.id, None)]
    assert [(g.id, g.value) for g in queue.mine(office.bob, "submitted")] == [(a.id, "cat")]
    assert queue.mine(office.cy, "submitted") == []
    with pytest.raises(InputError, match="no queue 'done'"):
        queue.mine(office.bob, "done")
    back = queue.undo(office.bob, "u1")
    assert (back.id, back.state) == (b.id, "leased")
    assert queue.undo(office.bob, "u1").id == b.id, "told again"
    assert queue.undo(office.bob, "u2").value == "cat"
    assert queue.progress(office.bob)["submitted"] == 0


def test_a_page_that_is_opened_again_goes_on_where_it_was(office: Any, where: str) -> None:
    office.add(*"abcdef")
    queue = office.labels.queue
    given = queue.next(office.bob, 3)
    queue.submit(office.bob, office.reply(given[0].id, "cat"))
    with Rows(where) as rows:  # another server, after a crash of the first
        again = Labels(rows, clock=lambda: office.time).queue.next(office.bob, 3)
    assert [g.content["text"] for g in again] == ["b", "c", "d"]
    assert queue.release(office.bob, [g.id for g in again]) == 3
    assert office.texts(office.cy) == ["b", "c", "d", "e", "f"]


def test_owners_may_claim_certain_items(office: Any) -> None:
    office.add("a", "b")
    ids = [g.id for g in office.labels.queue.next(office.bob, 2)]
    office.labels.queue.release(office.bob, ids)
    assert [g.id for g in office.labels.queue.claim(office.ann, ids[1:])] == ids[1:]
    with pytest.raises(Forbidden, match="no owner"):
        office.labels.queue.claim(office.bob, ids)


def test_who_may_not_label_gets_nothing(office: Any) -> None:
    office.add("a")
    queue = office.labels.queue
    item = queue.next(office.bob)[0].id
    for act in (
        lambda: queue.next(office.rita),
        lambda: queue.submit(office.rita, office.reply(item, "cat")),
        lambda: queue.discard(office.rita, office.reply(item)),
        lambda: queue.draft(office.rita, office.reply(item)),
        lambda: queue.undo(office.rita, "u"),
        lambda: queue.mine(office.rita, "submitted"),
        lambda: queue.others(office.rita, item),
    ):
        with pytest.raises(Forbidden, match="no labeller"):
            act()


def test_what_is_no_reply_is_refused(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    office.add("a")
    item = office.labels.queue.next(office.bob)[0].id
    monkeypatch.setattr(queues, "BYTES", 100)
    for reply, said in (
        (Reply(item, "", "cat"), "client id has 0 characters"),
        (Reply(item, "x" * 65, "cat"), "client id has 65"),
        (Reply(item, "c", "cow"), "choice is 'cow'"),
        (Reply(item, "c", float("nan")), "no JSON"),
        (Reply(item, "c", {1, 2}), "no JSON"),
        (Reply(item, "c", "x" * 200), "has 202 bytes"),
        (Reply(item, "c", "cat", seconds=-1), "-1 seconds"),
        (Reply(item, "c", "cat", comment="x" * 10_001), "comment has 10,001"),
        (Reply(item, "c", "cat", version=7), "no version 7"),
        (Reply(item, "c", "cat", version=2**70), "the version is"),
        (Reply(10**30, "c", "cat"), "the item is 1000"),
        (Reply(item, "c", "cat", comment="a\0b"), "comment is no text"),
        (Reply(item, "\ud800", "cat"), "client id is no text"),
        (Reply(item, "c", "\udfff"), "no JSON"),
    ):
        with pytest.raises(InputError, match=said):
            office.labels.queue.submit(office.bob, reply)
    assert office.labels.answers.since() == []


def test_items_are_answered_until_a_quorum_agrees(office: Any) -> None:
    office.rules(labels=2, quorum=2, most=3, disputes=True)
    office.add("agreed", "disputed")
    for person, values in ((office.bob, ("cat", "cat")), (office.cy, ("cat", "dog"))):
        for value in values:
            office.label(person, value)
    assert office.texts(office.ann) == ["disputed"]
    office.label(office.ann, "bird")
    (case,) = office.labels.review.next(office.rita, 9)
    assert [answer.value for answer in case.answers] == ["cat", "dog", "bird"]


def test_an_item_is_shown_to_whoever_holds_it_or_answered_it(office: Any) -> None:
    office.add("a", "b")
    (item,) = office.labels.queue.next(office.bob)
    assert office.labels.queue.shown(office.bob, item.id).content == {"text": "a"}
    assert office.labels.queue.shown(office.cy, item.id) is None
    office.labels.queue.submit(office.bob, office.reply(item.id, "cat"))
    assert office.labels.queue.shown(office.bob, item.id).value == "cat"
    with pytest.raises(Forbidden):
        office.labels.queue.shown(office.rita, item.id)
