"""The blocks about texts, images and sounds: sheets by class, words, measures, odd rows folded away."""

from __future__ import annotations

from tests.steps.test_samples import messages

from milepost.report.blocks import Details, Notice, Sheet, Table
from milepost.steps.base import Told
from milepost.steps.looks import looks
from milepost.steps.work import Talk, Work


def test_a_text_column_is_told_by_class(make) -> None:
    project = make(messages(), "kind", until="understand")
    road, evidence = project.road, project.ledger.last("understand")
    earlier = {name: project.ledger.last(name) for name in ("frame", "collect", "annotate")}
    stores = road.folder, road.brief, road.ledger, road.blobs, road.engine
    work = Work("understand", *stores, None, earlier, {}, Talk())
    blocks = looks(Told(project.found("understand"), evidence, work))
    sheet = next(block for block in blocks if isinstance(block, Sheet))
    assert [name.split(" (")[0] for name, _ in sheet.bands] == ["fine", "spam"]
    assert all(tile.text for _, tiles in sheet.bands for tile in tiles)
    table = next(block for block in blocks if isinstance(block, Table))
    assert dict(table.rows)["spam"].startswith("prize")
    folded = [block.title for block in blocks if isinstance(block, Details)]
    assert folded == ["How long and how written 'said' is", "'said': rows unlike the others, to look at"]
    assert not [block for block in blocks if isinstance(block, Notice)]
