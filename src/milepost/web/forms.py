"""What a form sends, read without a library, and what a table offers to a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import parse_qsl

from milepost.errors import UsageError

FIELDS = 20_000
"""Fields of a form; a brief of a thousand columns has five thousand."""
_NUMBER = re.compile(r"[-+]?(\d[\d_]*)?\.?\d+([eE][-+]?\d+)?\s*%?")


class Form(dict[str, str]):
    """A form's fields; of a field that is sent several times the last, `all` has every one."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.pairs = list(pairs)
        super().__init__(self.pairs)

    @classmethod
    def of(cls, body: bytes, kind: str) -> Form:
        """Reads the body of a request.

        Raises:
            UsageError: it is no form.

        >>> Form.of(b"a=1&b=%3Cx%3E&a=2", "application/x-www-form-urlencoded")
        {'a': '2', 'b': '<x>'}
        """
        if body and kind.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
            raise UsageError(f"'{kind[:80]}' is no form.", expected="application/x-www-form-urlencoded.")
        try:
            return cls(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS))
        except ValueError as problem:
            raise UsageError(f"the form cannot be read: {problem}.") from problem

    def all(self, name: str) -> list[str]:
        """Every value of a field, in order."""
        return [value for key, value in self.pairs if key == name]

    def told(self) -> dict[str, str]:
        """The fields as the audit keeps them: no secret, and nothing longer than a page.

        >>> Form([("name", "ada"), ("password", "x"), ("csrf", "y")]).told()
        {'name': 'ada', 'password': '(not kept)'}
        """
        shown = {name: value[:2000] for name, value in self.items() if name != "csrf"}
        return {name: "(not kept)" if "password" in name else value for name, value in shown.items()}


def sheet(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    r"""Returns a table as CSV that no spreadsheet takes for a formula.

    Texts that begin like one get an apostrophe before them; numbers stay as they are.

    >>> sheet(["a", "=b"], [("=1+1", -1.5), ("-3", None)])
    "a,'=b\r\n'=1+1,-1.5\r\n-3,\r\n"
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([harmless(name) for name in head])
    for row in rows:
        writer.writerow([harmless(value) for value in row])
    return out.getvalue()


def harmless(value: Any) -> Any:
    """Returns a cell that a spreadsheet shows and does not reckon with."""
    if not isinstance(value, str):
        return value
    risky = value[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
    return f"'{value}" if risky and not _NUMBER.fullmatch(value) else value
