"""Near copies of texts: reference similarities, none missed that brute force finds, distinct ones apart."""

from __future__ import annotations

import time

import numpy as np
import polars as pl
import pytest

from milepost.data import neartext
from milepost.data.neartext import jaccard, near_texts

FOX = "The quick brown fox jumps over the lazy dog near the river bank on a sunny day"
WORDS = (
    "river",
    "stone",
    "cloud",
    "letter",
    "window",
    "garden",
    "paper",
    "winter",
    "music",
    "bread",
    "silver",
)


def sentences(number: int, words: int, seed: int = 0) -> list[str]:
    random = np.random.default_rng(seed)
    return [
        " ".join(f"{WORDS[k]}{random.integers(1000)}" for k in random.integers(0, len(WORDS), words))
        for _ in range(number)
    ]


def exact(texts: list[str]) -> set[tuple[int, int]]:
    """All pairs whose character 5-grams overlap by four fifths, by brute force."""
    sets = [{t[i : i + 5] for i in range(len(t) - 4)} for t in texts]
    pairs = ((i, j) for i in range(len(sets)) for j in range(i + 1, len(sets)))
    return {(i, j) for i, j in pairs if len(sets[i] & sets[j]) / len(sets[i] | sets[j]) >= 0.8}


def test_the_reference_similarity_is_reproduced() -> None:
    assert jaccard(FOX, FOX.replace("jumps", "jumped") + "!") == pytest.approx(0.8481, abs=5e-5)


def test_signatures_agree_as_often_as_shingles_overlap() -> None:
    pairs = [(FOX, FOX.replace("jumps", "jumped") + "!"), (FOX, FOX.replace("lazy dog", "old grey cat"))]
    pairs += [(a, a[: len(a) // 2] + b[len(b) // 2 :]) for a, b in [sentences(2, 40, s) for s in range(20)]]
    for one, other in pairs:
        signed = neartext._signatures(*neartext._shingles(pl.Series([one.lower(), other.lower()]), False))
        truth = jaccard(one, other)
        assert np.mean(signed[0] == signed[1]) == pytest.approx(truth, abs=3.5 * np.sqrt(0.25 / 128))


def test_what_brute_force_finds_is_found() -> None:
    base = sentences(300, 12)
    random = np.random.default_rng(1)
    edited = []
    for text in base[:150]:
        letters = list(text)
        for place in random.integers(0, len(letters), random.integers(1, 4)):
            letters[place] = "#"
        edited.append("".join(letters))
    texts = base + edited
    truth = exact(texts)
    found = {(int(i), int(j)) for i, j in near_texts(pl.Series(texts))}
    assert len(truth) > 100
    assert found <= truth, "what is told is verified exactly"
    assert len(found) >= 0.95 * len(truth)


def test_writing_does_not_count_but_words_do() -> None:
    texts = pl.Series([FOX, f"  {FOX.upper()} ", FOX.replace("fox", "cow").replace("river", "house"), None])
    assert near_texts(texts).tolist() == [[0, 1]]


def test_short_texts_repeat_by_nature() -> None:
    assert len(near_texts(pl.Series(["ok, thanks", "ok thanks", "Ok. thanks"]))) == 0


def test_long_documents_are_compared_by_words() -> None:
    base = sentences(40, 500)
    edited = [text.replace(text.split()[250], "changed") for text in base[:10]]
    found = near_texts(pl.Series(base + edited))
    assert found.tolist() == [[i, 40 + i] for i in range(10)]


def test_a_crowd_is_held_together_without_all_its_pairs() -> None:
    crowd = [f"{FOX} number {k:04d}" for k in range(1_500)]
    pairs = near_texts(pl.Series([*crowd, *sentences(50, 12)]))
    assert len(np.unique(pairs)) == 1_500
    assert len(pairs) < 200_000


def test_thirty_thousand_texts_take_seconds() -> None:
    texts = pl.Series(sentences(30_000, 8))
    start = time.process_time()
    assert len(near_texts(texts)) == 0
    assert time.process_time() - start < 20


def test_pairs_are_those_of_datasketch() -> None:
    datasketch = pytest.importorskip("datasketch")
    base = sentences(200, 12)
    texts = base + [text[:-6] + " at last" for text in base[:80]]
    sets = [{t[i : i + 5].encode() for i in range(len(t) - 4)} for t in texts]
    index, pairs = datasketch.MinHashLSH(num_perm=128, params=(16, 8)), set()
    for place, signed in enumerate(datasketch.MinHash.bulk(sets, num_perm=128, seed=1)):
        for other in index.query(signed):
            one, two = sets[other], sets[place]
            if len(one & two) / len(one | two) >= 0.8:
                pairs.add((other, place))
        index.insert(place, signed)
    found = {(int(i), int(j)) for i, j in near_texts(pl.Series(texts))}
    assert pairs
    assert len(found ^ pairs) <= 0.1 * len(pairs)
