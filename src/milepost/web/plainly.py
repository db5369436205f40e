"""What a page shows as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

import msgspec

from milepost.digest import plain
from milepost.report import blocks as b
from milepost.report.page import Section


def plainly(value: Any) -> Any:
    """Returns what a page shows as plain JSON; blocks keep the name of their kind."""
    if isinstance(value, Section):
        return {**{k: v for k, v in vars(value).items() if k != "blocks"}, "blocks": plainly(value.blocks)}
    if isinstance(value, b.Block):
        return plainly(b.plain([value])[0])
    if isinstance(value, Mapping):
        return {str(name): plainly(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plainly(inner) for inner in value]
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, msgspec.Struct):
        return plainly(msgspec.to_builtins(value))
    if is_dataclass(value):
        return plainly({name: getattr(value, name) for name in value.__dataclass_fields__})
    return plain(value)
