"""Which files are tables, and what a loaded part says of itself."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from milepost.data import formats
from milepost.errors import InputError


def test_known_looks_through_packing() -> None:
    assert formats.known(Path("a.csv.gz"))
    assert formats.known(Path("A.PARQUET"))
    assert not formats.known(Path("a.gz"))
    assert not formats.known(Path("a.md"))


def test_text_formats_are_untyped_and_others_are_not(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a;b\n1,5;2\n")
    part = formats.load(tmp_path / "a.csv")
    assert (part.untyped, part.comma, part.kind) == (True, True, "csv")
    assert part.frame.dtypes == [pl.String, pl.String]
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "a.parquet")
    assert not formats.load(tmp_path / "a.parquet").untyped


def test_few_shortens() -> None:
    assert formats.few(["a", "b"]) == "'a', 'b'"
    assert formats.few(str(i) for i in range(10)).endswith("'7' and 2 more")


def test_a_suffix_is_needed(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="suffix"):
        formats.load(tmp_path / "plain")
