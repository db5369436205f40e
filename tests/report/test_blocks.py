from __future__ import annotations

import json

from milepost.report.blocks import Chart, Details, Facts, Notice, Table, Text, charts, plain


def test_plain_is_json_and_keeps_the_kind_of_each_block() -> None:
    chart = Chart({"mark": "bar"}, "Title", "words")
    blocks = [
        Text("t"),
        Facts((("a", "b"),)),
        Table(("h",), ((1.5,), (None,)), "c"),
        Notice("noted", "n"),
        Details("more", (chart, Details("deeper", (chart,)))),
    ]
    found = json.loads(json.dumps(plain(blocks)))
    assert [block["block"] for block in found] == ["text", "facts", "table", "notice", "details"]
    assert found[4]["blocks"][1]["blocks"][0] == {
        "block": "chart",
        "spec": {"mark": "bar"},
        "caption": "Title",
        "alt": "words",
        "svg": "",
    }
    assert charts(blocks) == [chart, chart]
