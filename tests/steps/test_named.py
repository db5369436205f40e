"""What the brief names has to be in the data, and may not be said twice in different ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from milepost.brief import Brief
from milepost.errors import UsageError
from milepost.steps.named import named

COLUMNS = ["age", "city", "late", "when"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"target": {"columns": "lat"}}, r"\[target\] columns names 'lat'.*Did you mean 'late'"),
        ({"data": {"time": "wen"}}, "Did you mean 'when'"),
        ({"data": {"group": "town"}}, r"\[data\] group names 'town'"),
        ({"data": {"keys": ["id"]}}, r"\[data\] keys"),
        ({"columns": {"aeg": {"role": "ignored"}}}, "Did you mean 'age'"),
        ({"people": {"columns": ["sex"]}}, r"\[people\] columns"),
        ({"value": {"cost_miss": "price"}}, r"\[value\] cost_miss"),
        ({"value": {"cost_false_alarm": "price"}}, r"\[value\] cost_false_alarm"),
        ({"existing": {"column": "score"}}, r"\[existing\] column"),
        ({"existing": {"rule": "rules.py:late"}}, "no such file"),
        ({"correction": {"method": "raking", "margins": {"sex": {"f": 1.0}}}}, r"\[correction\] margins"),
        ({"columns": {"age": {"role": "target"}}}, r"Name it there: \[target\] columns"),
        ({"columns": {"when": {"role": "time"}}}, r"Name it there: \[data\] time"),
        ({"columns": {"city": {"role": "group"}}}, r"Name it there: \[data\] group"),
        ({"columns": {"late": {"role": "ignored"}}}, "is what is predicted"),
        ({"columns": {"late": {"available": False}}}, "available = false"),
        ({"columns": {"late": {"monotone": "up"}}}, "'late' is no input"),
        ({"columns": {"age": {"monotone": "up", "role": "weight"}}}, "'age' is no input"),
        ({"columns": {"age": {"role": "weight"}, "city": {"role": "weight"}}}, "Give it to one column"),
    ],
)
def test_what_cannot_be_is_refused(content: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=says):
        named(Brief.of({"target": {"columns": "late"}, **content}), COLUMNS, tmp_path)


def test_what_is_there_passes(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text("def late(rows):\n    return rows['age'] > 3\n")
    content = {
        "target": {"columns": "late"},
        "data": {"time": "when", "group": "city"},
        "columns": {"when": {"role": "time"}, "late": {"role": "target"}, "age": {"role": "weight"}},
        "existing": {"rule": "rules.py:late"},
    }
    named(Brief.of(content), COLUMNS, tmp_path)
