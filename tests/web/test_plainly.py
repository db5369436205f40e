"""What a page shows as plain JSON."""

from milepost.report.blocks import Notice, Text
from milepost.report.page import Section
from milepost.web.plainly import plainly


def test_what_a_page_holds_becomes_plain_json() -> None:
    section = Section("a", "b", "passed", "c", 1.0, (Text("d"), Notice("info", "e")))
    assert plainly({"s": section, "nan": float("nan"), "t": (1, None)}) == {
        "s": {
            "name": "a", "question": "b", "verdict": "passed", "reason": "c", "seconds": 1.0,
            "blocks": [{"block": "text", "text": "d"}, {"block": "notice", "kind": "info", "text": "e"}],
        },
        "nan": None,
        "t": [1, None],
    }  # fmt: skip
