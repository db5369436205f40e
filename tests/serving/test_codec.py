import json

import pytest

from milepost.serving.codec import decode, encode, member, objectlike, refusal
from milepost.shipping.wire import Refused


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b"NaN", "malformed"),
        (b"1e999", "range"),
        (b"[" * 100_000, "nested too deep"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
    ],
)
def test_what_is_no_json_is_refused_with_the_reason(body, said):
    with pytest.raises(Refused, match=said) as problem:
        decode(body)
    assert (problem.value.field, problem.value.status) == ("body", 400)


def test_whatever_is_read_can_be_written():
    for body in (b"[1,2.5,null,true]", b"123456789012345678901234567890", '"Zürich"'.encode()):
        assert json.loads(encode(decode(body))) == json.loads(body)


def test_a_refusal_names_what_field_and_expected():
    problem = Refused("'age' cannot be 'x'.", "age", expected="a number", row=2)
    parts = {"what": "'age' cannot be 'x'.", "field": "age", "expected": "a number", "row": 2}
    assert json.loads(refusal(problem, False).body) == {"error": parts}
    assert json.loads(refusal(problem, True).body) == {"error": "'age' cannot be 'x'. a number", **parts}
    assert refusal(problem, True).status == 400


def test_members_of_a_body_are_checked():
    assert member({"a": [1]}, "a", list) == [1]
    for body in ({}, {"a": 1}, {"a": None}):
        with pytest.raises(Refused) as problem:
            member(body, "a", list)
        assert problem.value.field == "a"
    with pytest.raises(Refused):
        objectlike([1])
