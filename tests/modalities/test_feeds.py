"""Values at the doors: every row once, those of one form together."""

import hashlib
import threading

import numpy as np
import polars as pl
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.session import session
from milepost.modalities import doors, feeds, media


def shelved(values):
    """References to media whose bytes are their shape as text, and a decoder for the time of a test."""
    kept = {hashlib.sha256(v).hexdigest(): v for v in values}
    media.shelve("test", kept.get)
    return [f"image:{hashlib.sha256(v).hexdigest()}" for v in values]


def test_media_of_one_size_share_a_tensor_beside_other_columns(monkeypatch):
    def decode(data):
        height, width = map(int, data.split(b"x"))
        return np.full((height, width, 3), height, np.uint8)

    monkeypatch.setitem(doors.decoders, "pixels", decode)
    a, b = shelved([b"2x3", b"4x5"])
    frame = pl.DataFrame({"p": [a, b, a, None], "n": [1.0, 2.0, None, 4.0]})
    seen = np.zeros(4)
    for places, tensors in feeds.parts(frame, {"p": "pixels", "n": "float"}):
        assert len(tensors["p"]) == len(tensors["n"]) == len(places)
        assert tensors["n"].dtype == np.float32
        seen[places] += tensors["p"].shape[1]
    assert seen.tolist() == [2, 4, 2, 1], "a missing image is one pixel"


def test_texts_come_shortest_first_and_all_of_them():
    words = pl.Series(["x" * n for n in np.random.default_rng(0).integers(0, 300, 5000)])
    widths, found = [], np.zeros(5000, int)
    for places, tensors in feeds.parts(words.to_frame("t"), {"t": "bytes"}):
        widths.append(tensors["t"].shape[1])
        found[places] = (tensors["t"] > 0).sum(axis=1)
    assert widths == sorted(widths)
    assert len(widths) == -(-5000 // doors.CHUNK["bytes"])
    assert found.tolist() == words.str.len_bytes().to_list()


def test_sounds_of_another_rate_do_not_share_a_tensor():
    waves = [np.array([8000, 0, 0], np.float32), np.array([16000, 0, 0], np.float32)]
    assert feeds.form(waves[0], "wave") != feeds.form(waves[1], "wave")
    assert [g.tolist() for g in feeds.alike([("a",), ("b",), ("a",)])] == [[0, 2], [1]]


def test_side_by_side_the_order_stays_few_are_taken_ahead_and_an_error_is_raised():
    taken, most = [], []

    def items():
        for n in range(50):
            taken.append(n)
            yield n

    for done, n in enumerate(feeds.beside(lambda n: n * n, items(), 3)):
        assert n == done * done
        most.append(len(taken) - done)
    assert done == 49
    assert max(most) <= 5
    with pytest.raises(ZeroDivisionError):
        list(feeds.beside(lambda n: 1 / n, [1, 0], 2))


def test_one_item_alone_starts_no_thread():
    def where(_):
        return threading.get_ident()

    assert list(feeds.beside(where, [0], 3)) == [threading.get_ident()]
    assert threading.get_ident() not in feeds.beside(where, [0, 1], 3)
    assert list(feeds.beside(where, [], 3)) == []


def test_answers_are_the_same_by_one_thread_and_by_two():
    builder = Builder()
    one = builder.const(np.int64([1]))
    there = builder.cast(
        builder.node("Greater", builder.input("t", "bytes"), builder.const(np.uint8(0))), "float"
    )
    builder.output(builder.node("ReduceSum", there, one, keepdims=1), "length", "float", 1)
    opened, words = session(builder.model()), pl.Series("t", ["x" * (n % 90) for n in range(3000)])
    for threads in (1, 2):
        found = feeds.answers(opened, words.to_frame(), {"t": "bytes"}, threads=threads)["length"]
        assert found.ravel().tolist() == words.str.len_bytes().to_list()
