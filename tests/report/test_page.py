from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

from milepost.report import theme
from milepost.report.blocks import Details, Facts, Notice, Sheet, Table, Text, Tile
from milepost.report.charts import bars
from milepost.report.page import COLOURS, MARKS, Section, anchor, cell, numeric, page, runs

BARS = bars({"yes": 3, "no": 5}, "More say no", "answer", "rows")
SECTIONS = [
    Section(
        "frame", "What?", "passed", "It is <binary>.", 61.0, [Text("a < b"), Facts((("for", "whom"),)), BARS]
    ),
    Section(
        "final",
        "Does it hold?",
        "failed",
        "",
        0.0,
        (Notice("failed", "It flipped."), Details("more", (BARS,))),
    ),
    Section(
        "ship", "Does it fit?", "todo", "", 0.0, [Table(("name", "loss"), (("a", 0.25), ("b", 1)), "Losses")]
    ),
]


class Tags(HTMLParser):
    """Collects tags, and whether each that was opened was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def made() -> str:
    at = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    return page("Late <flights>", SECTIONS, [("next", "milepost run"), ("none", "")], ["88 a day."], at)


def test_the_page_is_one_well_formed_file_without_network_or_script() -> None:
    html = made()
    tags = Tags()
    tags.feed(html)
    assert tags.open == []
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in tags.seen}
    outside = re.findall(r"(?:https?:)?//[\w.]+", html.replace("http://www.w3.org/2000/svg", ""))
    assert outside == []
    assert "Late &lt;flights&gt;" in html
    assert "2026-01-02 03:04 UTC, after 1 min 1 s of work" in html


def test_the_road_links_every_section_with_its_verdict() -> None:
    tags = Tags()
    tags.feed(made())
    links = [attrs["href"] for tag, attrs in tags.seen if tag == "a"]
    anchors = [attrs["id"] for tag, attrs in tags.seen if tag == "section"]
    assert links == [f"#{name}" for name in anchors] == ["#frame", "#final", "#ship"]
    marks = [
        attrs["class"] for tag, attrs in tags.seen if tag == "span" and "mark" in str(attrs.get("class"))
    ]
    assert marks[:3] == ["mark passed", "mark failed", "mark todo"]


def test_what_to_expect_stands_before_everything_else() -> None:
    html = made()
    assert html.index("What you may expect") < html.index("88 a day.") < html.index("milepost run")
    assert html.index("milepost run") < html.index("It is &lt;binary&gt;.")
    assert "What you may expect" not in page("T", SECTIONS[2:])


def test_every_block_is_shown() -> None:
    html = made()
    assert html.count("<svg") == 2
    assert html.count("More say no") == 2
    assert "a &lt; b" in html
    assert "<summary>more</summary>" in html
    assert '<td class="number">0.25</td>' in html
    assert "<td>a</td>" in html


def test_rows_to_look_at_are_shown_with_their_marks() -> None:
    words = Tile(
        text=(("win ", 0.1), ("<prize>", 1.0), (" friend", -0.5)), title="spam; it was fine", grave=True
    )
    sound = Tile("data:image/png;base64,AA", "data:audio/wav;base64,AA", note="2 s")
    html = page("T", [Section("a", "b", "passed", "", 0.0, [Sheet((("one", (words, sound)),), "Rows")])])
    assert '<mark style="--w:100%">&lt;prize&gt;</mark>' in html
    assert '<mark class="not" style="--w:50%"> friend</mark>' in html
    assert "<mark" not in html.partition("win ")[0].partition("<body>")[2]
    assert '<img src="data:image/png;base64,AA" alt="2 s"' in html
    assert '<audio controls preload="none" src="data:audio/wav;base64,AA">' in html
    tags = Tags()
    tags.feed(html)
    assert not tags.open


def test_charts_take_the_pages_colours() -> None:
    html = made()
    for name in (theme.INK, theme.MUTED, theme.GRID, theme.ACCENT, theme.SOFT, theme.OTHER, theme.WARN):
        assert f'[fill="{name}"]{{fill:var(--{COLOURS[name]})}}' in html
    used = set(re.findall(r'(?:fill|stroke)="(#\w+)"', html))
    assert used <= set(COLOURS)


def test_helpers() -> None:
    assert [len(run.blocks) for run in runs([BARS, BARS, Text("t"), BARS])] == [2, 1, 1]
    assert (cell("x"), cell(3), cell(False)) == ("x", "3", "no")
    assert numeric([("0.1 to 0.2", "v1")], 0)
    assert not numeric([("0.1 to 0.2", "v1")], 1)
    assert not numeric([("",)], 0)
    assert anchor(" A b/c ") == "a-b-c"
    assert {"passed", "noted", "failed", "waiting", "waived", "stale", "todo"} <= set(MARKS)
