"""What cannot be used is set aside by one rule, and every case of it is listed."""

import polars as pl

from milepost.data.files import Aside
from milepost.data.intake import GONE, MISSING, PASSED, UNNAMED, looked, take, told, usable
from milepost.data.table import Table
from milepost.modalities import media

GOOD, BAD, OTHER = (media.reference("image", digit * 64) for digit in "abc")


def refuse(*bad):
    return lambda references: {one: "it is broken" for one in references if one in bad}


def test_a_row_with_nothing_but_a_broken_image_is_set_aside():
    frame = pl.DataFrame({"file": ["1", "2", "3", "4"], "image": [GOOD, BAD, None, OTHER], "y": [0, 1, 0, 1]})
    table = Table(frame, aside=(Aside("notes.md", "it is none"),), held=("image",))
    taken = take(table, refuse(BAD), {"y"})
    assert taken.frame["file"].to_list() == ["1", "4"]
    assert taken.rows.to_list() == [0, 3]
    assert taken.aside.rows() == [
        ("notes.md", None, None, "it is none", PASSED),
        ("2", "image", 2, "it is broken", GONE),
        ("3", "image", 3, UNNAMED, GONE),
    ]
    assert taken.gone == 2
    assert taken.reasons == {"it is none": 1, "it is broken": 1, UNNAMED: 1}
    assert taken.media == {"image": {"kind": "image", "count": 2, "distinct": 2}}


def test_beside_other_inputs_the_value_counts_as_missing():
    frame = pl.DataFrame({"image": [GOOD, BAD, None], "price": [1.0, 2.0, 3.0], "y": [0, 1, 0]})
    taken = take(Table(frame, held=("image",)), refuse(BAD), {"y"})
    assert taken.frame["image"].to_list() == [GOOD, None, None]
    assert taken.aside.rows() == [("row 2", "image", 2, "it is broken", MISSING)]
    assert taken.gone == 0


def test_columns_that_nothing_is_predicted_from_do_not_save_a_row():
    frame = pl.DataFrame({"image": [GOOD, BAD], "price": [1.0, 2.0], "y": [0, 1]})
    assert take(Table(frame, held=("image",)), refuse(BAD), {"y", "price"}).gone == 1


def test_a_row_stays_while_one_of_its_images_can_be_used():
    frame = pl.DataFrame({"front": [GOOD, BAD, BAD], "back": [OTHER, GOOD, BAD], "y": [0, 1, 0]})
    taken = take(Table(frame, held=("front", "back")), refuse(BAD), {"y"})
    assert taken.frame.rows() == [(GOOD, OTHER, 0), (None, GOOD, 1)]
    assert sorted(taken.aside["then"].to_list()) == sorted([MISSING, GONE, GONE])


def test_what_could_not_be_read_before_is_listed_with_what_became_of_it():
    frame = pl.DataFrame({"text": ["a", None], "y": [0, 1]})
    table = Table(frame, aside=(Aside("b.txt", "it is not text", "text", 1),), held=("text",))
    assert take(table, refuse(), {"y"}).aside.rows() == [("b.txt", "text", 2, "it is not text", GONE)]


def test_tables_without_media_pass_unchanged():
    frame = pl.DataFrame({"a": ["x", None], "y": [0, 1]})
    taken = take(Table(frame), refuse(), {"y"})
    assert taken.frame.equals(frame)
    assert taken.aside.height == 0
    assert taken.media == {}


def test_requests_lose_no_row(tmp_path):
    (tmp_path / "a").write_bytes(b"\x89PNG\r\n\x1a\n")
    broken = media.reference("image", media.place(tmp_path / "a"))
    frame, notes = usable(Table(pl.DataFrame({"image": [broken, None]}), held=("image",)))
    assert frame["image"].to_list() == [None, None]
    assert notes[0].startswith("1 images, sounds or texts count as missing (once ")
    assert looked([media.reference("image", "f" * 64)]) == {
        media.reference("image", "f" * 64): "its bytes are not there"
    }


def test_many_reasons_are_told_in_short():
    reasons = {f"it is {i}": 9 - i for i in range(6)}
    said = "9 times it is 0, 8 times it is 1, 7 times it is 2, 6 times it is 3, 9 times something else"
    assert told(reasons) == said
