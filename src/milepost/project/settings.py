"""A step's settings as words: how a default is typed, and what is meant by what was typed."""

from __future__ import annotations

import typing
from typing import Any

from milepost.brief import seconds
from milepost.errors import UsageError

WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def shown(value: Any) -> str:
    """A default as it would be typed.

    >>> shown(("a", "b")), shown(None), shown(0.5)
    ('a,b', 'its share', '0.5')
    """
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "its share" if value is None else str(value)


def read(name: str, text: str, hint: Any) -> Any:
    """A setting's text as its type: numbers, durations for `budget`, comma-separated lists.

    Raises:
        UsageError: the text is no such value.

    >>> read("budget", "1m30s", float), read("families", "linear, network", tuple[str, ...])
    (90.0, ['linear', 'network'])
    """
    kinds = set(typing.get_args(hint)) or {hint}
    try:
        if name == "budget":
            return seconds(text)
        if typing.get_origin(hint) is tuple:
            return [part.strip() for part in text.split(",") if part.strip()]
        if bool in kinds:
            return WORDS[text.lower()]
        if int in kinds:
            return int(text)
        return float(text) if float in kinds else text
    except (ValueError, KeyError) as problem:
        wanted = "yes or no" if bool in kinds else "a whole number" if int in kinds else "a number"
        spelled = name.replace("_", "-")
        raise UsageError(f"'{spelled}' got '{text}'.", expected=f"Expected {wanted}.") from problem
