"""A project's media: examined and stored once, whatever happens in between."""

from pathlib import Path

import pytest

from milepost.data import shelf as module
from milepost.data.shelf import JOURNAL, Shelf, opened
from milepost.errors import Corrupt, InputError
from milepost.modalities import kept, media
from milepost.store.blobs import Blobs


@pytest.fixture
def place(tmp_path: Path):
    """Makes files known and returns their references."""

    def made(*contents: bytes) -> list[str]:
        found = []
        for data in contents:
            path = tmp_path / f"file{len(list(tmp_path.glob('file*')))}"
            path.write_bytes(data)
            found.append(media.reference("image", media.place(path)))
        return found

    return made


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """An examination that refuses what begins with "bad", and every call of it."""
    seen: list[bytes] = []

    def examine(data: bytes, kind: str):
        seen.append(data)
        if data == b"stop":
            raise KeyboardInterrupt
        return ({}, "it is bad.") if data.startswith(b"bad") else ({"width": len(data)}, "")

    monkeypatch.setattr(module, "examine", examine)
    return seen


def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "store", Blobs(tmp_path / "store" / "blobs"))


def test_good_bytes_are_stored_and_bad_ones_told(tmp_path: Path, place, looks):
    good, bad = place(b"good", b"bad one")
    made = shelf(tmp_path)
    assert made.take([good, bad], threads=2) == {bad: "it is bad"}
    assert made.get(media.digest_of(good)) == b"good"
    assert made.get(media.digest_of(bad)) is None
    assert made.facts(good) == {"width": 4}
    assert sorted(looks) == [b"bad one", b"good"], "two threads, in any order"


def test_nothing_is_done_twice_not_even_by_another_process(tmp_path: Path, place, looks):
    references = place(*(b"picture %d" % i for i in range(20)), b"bad")
    first = shelf(tmp_path).take(references)
    looks.clear()
    assert shelf(tmp_path).take(references) == first == {references[-1]: "it is bad"}
    assert looks == []


def test_what_was_stopped_goes_on_where_it_was(tmp_path: Path, place, looks):
    references = place(*(b"picture %d" % i for i in range(9)), b"stop", *(b"more %d" % i for i in range(9)))
    with pytest.raises(KeyboardInterrupt):
        shelf(tmp_path).take(references)
    journal = tmp_path / "store" / JOURNAL
    lines = journal.read_bytes().count(b"\n")
    assert 7 <= lines <= 9
    journal.write_bytes(journal.read_bytes()[:-20])  # as a kill in the middle of a line leaves it
    looks.clear()
    rest = [one for one in references if one != references[9]]
    assert shelf(tmp_path).take(rest) == {}
    assert len(looks) == len(rest) - lines + 1
    assert all(shelf(tmp_path).get(media.digest_of(one)) for one in rest)


def test_bytes_that_were_lost_are_stored_again(tmp_path: Path, place, looks):
    (one,) = place(b"lost")
    made = shelf(tmp_path)
    made.take([one])
    made.blobs.path(media.digest_of(one)).unlink()
    assert made.take([one]) == {}
    assert made.get(media.digest_of(one)) == b"lost"


def test_a_file_that_changes_meanwhile_is_told_and_tried_again(tmp_path: Path, place, looks):
    (one,) = place(b"before")
    path = next(tmp_path.glob("file*"))
    path.write_bytes(b"after!")
    assert shelf(tmp_path).take([one]) == {one: "it changed while it was read"}
    path.unlink()
    assert "it cannot be read" in shelf(tmp_path).take([one])[one]
    path.write_bytes(b"before")
    assert shelf(tmp_path).take([one]) == {}


def test_progress_is_told(tmp_path: Path, place, looks):
    said: list[str] = []
    shelf(tmp_path).take(place(*(b"%d" % i for i in range(401))), 1, lambda text, share: said.append(text))
    assert said == [f"{n} of 401 images and sounds looked at" for n in (0, 200, 400)]


def test_an_opened_project_answers_for_its_media_and_keeps_networks_answers(tmp_path: Path, place, looks):
    (one,) = place(b"mine")
    store, blobs = tmp_path / "store", Blobs(tmp_path / "store" / "blobs")
    opened(store, blobs, 3).take([one])
    media._files.clear()
    assert media.load(one) == b"mine"
    assert (kept.kept.folder, kept.kept.threads) == (store / "kept", 3)
    path = blobs.path(media.digest_of(one))
    path.chmod(0o644)
    path.write_bytes(b"torn")
    with pytest.raises(Corrupt):
        media.load(one)
    with pytest.raises(InputError, match="not there"):
        media.load(one)
