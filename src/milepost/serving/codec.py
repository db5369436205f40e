"""JSON in and out: what cannot be read is refused with the reason, what can be read can be written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from milepost.digest import Json
from milepost.shipping.manifest import MALFORMED
from milepost.shipping.wire import Refused

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Reply(NamedTuple):
    """A response that is no prediction."""

    body: bytes
    status: int = 200
    kind: bytes = b"application/json"


class Answered(NamedTuple):
    """A prediction: the response's body, and what the log wants to know, made when it asks."""

    body: bytes
    height: int
    rows: Callable[[], list[Any]]
    answers: Callable[[], list[Any]]


Handler = Callable[[bytes], "Reply | Answered"]
Routes = dict[str, dict[str, Handler]]
"""Handlers by path and method."""


def decode(body: bytes) -> Json:
    """Reads a JSON body.

    Raises:
        Refused: it is empty, no JSON, no UTF-8, nested too deep, or has a number out of range.

    >>> decode(b'{"a": [1, null]}')
    {'a': [1, None]}
    """
    try:
        return _decode(body)
    except MALFORMED as problem:
        said = str(problem) if isinstance(problem, msgspec.DecodeError) else _plainly(problem)
        raise Refused(f"the body is no JSON: {said}.", "body", expected="JSON in UTF-8.") from None


def _plainly(problem: Exception) -> str:
    return "it is nested too deep" if isinstance(problem, RecursionError) else "it is not UTF-8"


def encode(value: Json) -> bytes:
    """Writes JSON; numbers that are not finite become null.

    >>> encode({"a": 10**30})
    b'{"a":1000000000000000000000000000000}'
    """
    try:
        return _encode(value)
    except OverflowError:  # some versions of msgspec write integers of up to 64 bits only
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def refusal(problem: Refused, flat: bool) -> Reply:
    """A refusal as a response.

    Args:
        problem: what was refused.
        flat: `error` is text, as TF Serving and the Open Inference Protocol ask, with the parts beside it.
    """
    parts: dict[str, Json] = {"what": problem.what, "field": problem.field, "expected": problem.expected}
    if problem.row is not None:
        parts["row"] = problem.row
    body = {"error": str(problem), **parts} if flat else {"error": parts}
    return Reply(encode(body), problem.status)


def member(body: Json, name: str, kind: type[list[Any]] | type[dict[str, Any]]) -> Any:
    """A field of a request's object, of a kind.

    Raises:
        Refused: the field is missing or of another kind.
    """
    word = "A list" if kind is list else "An object"
    if name not in body:
        raise Refused(f"the body has no '{name}'.", name, expected=f"{word} '{name}'.")
    if not isinstance(body[name], kind):
        raise Refused(f"'{name}' is of the wrong type.", name, expected=f"{word}.")
    return body[name]


def objectlike(body: Json) -> dict[str, Any]:
    """The body, where it is an object.

    Raises:
        Refused: it is something else.
    """
    if not isinstance(body, dict):
        raise Refused("the body is no JSON object.", "body", expected="A JSON object.")
    return body
