"""Files of word vectors: every form of them is read alike, and what is none is refused with its line."""

import gzip

import numpy as np
import pytest
from tests import wordland

from milepost.errors import InputError
from milepost.graphs.ngrams import word_keys
from milepost.modalities import media
from milepost.modalities.vecfile import BATCH, Table, read, shares, table

NONE = np.zeros(0, np.int64)


def written(tmp_path, content):
    path = tmp_path / "words.vec"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def vector(found: Table, word: str) -> np.ndarray:
    place = found.keys.tolist().index(word_keys([word])[0])
    return found.values[place] * found.scale[place]


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("zipped", [True, False])
def test_word2vec_glove_and_gzip_are_the_same(tmp_path, header, zipped):
    made = wordland.vectors()
    path = wordland.write(tmp_path / "words.vec", made, header)
    if zipped:
        path.write_bytes(gzip.compress(path.read_bytes()))
    found = read(path, NONE, 10_000)
    assert (len(found.keys), found.first, found.lines) == (wordland.COUNT,) * 3
    for word in wordland.WORDS[::500]:
        # 8 bits: half a step of the largest number of a vector
        np.testing.assert_allclose(vector(found, word), made[word], atol=np.abs(made[word]).max() / 250)


def test_words_of_the_rows_and_the_first_of_the_file_are_kept(tmp_path):
    path = wordland.write(tmp_path / "words.vec", wordland.vectors())
    late, stranger = wordland.WORDS[500], "nowhere"
    found = read(path, word_keys([late, stranger]), 20)
    assert found.keys.tolist() == word_keys([*wordland.WORDS[:20], late]).tolist()
    assert (found.first, found.lines) == (20, wordland.COUNT)


def test_lower_case_first_one_wins_and_what_is_no_word_is_passed_over(tmp_path):
    path = written(tmp_path, "The 1 2 \nthe 3 4\n, 5 6\nat me 7 8\nÄRGER\t9 10\n\nx 1 1\nnew_york 0 0\n")
    found = read(path, NONE, 100)
    assert found.keys.tolist() == word_keys(["the", "ärger", "new_york"]).tolist()
    np.testing.assert_allclose(vector(found, "the"), [1, 2], atol=0.02)
    assert vector(found, "new_york").tolist() == [0, 0]
    assert found.lines == 7


def test_more_words_than_a_batch(tmp_path):
    lines = [f"w{n} {n % 7 + 1} 1" for n in range(BATCH + 5)]
    found = read(written(tmp_path, "\n".join(lines)), word_keys([f"w{BATCH + 4}"]), 3)
    assert len(found.keys) == 4
    np.testing.assert_allclose(vector(found, f"w{BATCH + 4}"), [(BATCH + 4) % 7 + 1, 1], atol=0.05)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("cat 1 2\ndog 1\n", "line 2 of 'words.vec' has 1 numbers where 2 are expected"),
        ("cat 1 2\ndog 1 2 3\n", "line 2 of 'words.vec' has 3 numbers where 2 are expected"),
        ("cat 1 2\ndog  12\n", "line 2 of 'words.vec' has 1 numbers"),
        ("cat 1 2\ndog 1 nan\n", "line 2 of 'words.vec' holds NaN"),
        ("cat 1 inf\n", "line 1 of 'words.vec' holds NaN or an infinite number"),
        ("cat 1 x\n", "line 1 of 'words.vec' holds something else than numbers"),
        ("5 0\ncat\n", "line 1 of 'words.vec' leaves a word no numbers"),
        ("cat\n", "line 1 of 'words.vec' leaves a word no numbers"),
        ("3 2\ncat 1 2\ndog 1 2\n", "ends after 2 of the 3 words"),
        (b"2 2\ncat \0\0\x80?\0\0\0@\n", "line 2 of 'words.vec' is no text"),
        (b"x" * 2**21, "line 1 of 'words.vec' is no text"),
        (", 1 2\n. 1 2\n", "2 lines and no word"),
        (gzip.compress(b"cat 1 2\n" * 1000)[:40], "cannot be read"),
        (gzip.compress(b"cat 1 2\n" + (b" " * 100_000 + b"\n") * 200), "beyond 100 times the file's size"),
    ],
)
def test_what_is_no_file_of_vectors_is_refused_with_its_line(tmp_path, content, said):
    with pytest.raises(InputError, match=said):
        read(written(tmp_path, content), NONE, 100)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"there is no file '.*none\.vec'"):
        read(tmp_path / "none.vec", NONE, 10)


def test_a_table_comes_back_from_its_bytes(tmp_path):
    made = read(wordland.write(tmp_path / "words.vec", wordland.vectors()), NONE, 50)
    back = table(media.put(made.packed()))
    assert back.keys.tolist() == made.keys.tolist()
    assert (back.values == made.values).all()
    assert back.scale.tolist() == made.scale.tolist()
    assert (back.first, back.lines) == (50, wordland.COUNT)


def test_shares_are_of_words_as_often_as_they_occur_and_of_distinct_ones(tmp_path):
    found = read(written(tmp_path, "cat 1 2\ndog 1 2\n"), NONE, 10)
    running, distinct = shares(found, word_keys(["cat", "cow", "pig"]), np.array([6, 1, 1]))
    assert (running, distinct) == (0.75, pytest.approx(1 / 3))
