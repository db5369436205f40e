"""Forms are read with bounds, and no cell becomes a formula."""

from __future__ import annotations

import csv
import io

import pytest

from milepost.errors import UsageError
from milepost.web.forms import FIELDS, Form, harmless, sheet

KIND = "application/x-www-form-urlencoded; charset=utf-8"


def test_a_form_keeps_every_value_of_a_field() -> None:
    form = Form.of(b"a=1&b=&a=%E2%82%AC+x", KIND)
    assert form == {"a": "€ x", "b": ""}
    assert form.all("a") == ["1", "€ x"]
    assert Form.of(b"", "") == {}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{}", "application/json"),
        (b"--x", "multipart/form-data; boundary=x"),
        (b"a=\xff%", "text/plain"),
        (b"\xff=1", KIND),
        (b"&".join(b"a=1" for _ in range(FIELDS + 1)), KIND),
    ],
)
def test_what_is_no_form_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises(UsageError):
        Form.of(body, kind)


def test_no_secret_and_no_book_reaches_the_audit() -> None:
    told = Form([("password-new", "x"), ("csrf", "y"), ("why", "z" * 9000)]).told()
    assert told["password-new"] == "(not kept)"
    assert "csrf" not in told
    assert len(told["why"]) == 2000


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", "=-5"])
def test_a_cell_that_begins_like_a_formula_does_not_stay_one(text: str) -> None:
    assert harmless(text) == f"'{text}"
    ((head,), (cell,)) = csv.reader(io.StringIO(sheet([text], [[text]])))
    assert head == cell == f"'{text}"


@pytest.mark.parametrize("value", ["-1.5", "+3e-7", "12 %", "-12%", "plain", "", -1, None, 2.5])
def test_numbers_and_plain_texts_stay_as_they_are(value: object) -> None:
    assert harmless(value) == value
