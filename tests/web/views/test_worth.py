"""Label or tune: a sentence, a curve with its numbers as CSV, and what is missing where there is none."""

from __future__ import annotations

import numpy as np
from tests.web.conftest import Desk, visitor

from milepost.labels.labelset import LabelSet
from milepost.store.stock import NewItem

PETS = LabelSet.start("pets", "choice", ["Cat", "Dog"])


def test_the_page_has_the_sentence_and_the_curve(desk: Desk) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(160, 2))
    app = desk(PETS, [NewItem({"a": float(a), "b": float(b)}, key=str(at)) for at, (a, b) in enumerate(x)])
    bob, labels = visitor(app, "bob"), app.state.site.labels
    assert "no learning curve yet" in visitor(app, "reviewer").get("/worth").text
    while given := bob.act("/label/next", count=20).json()["items"]:
        for item in given:
            noisy = item["content"]["a"] + 0.8 * rng.normal()
            said = {"value": "cat" if noisy > 0 else "dog", "seconds": 4.0, "client": f"c{item['id']}"}
            assert bob.act("/label/act", act="submit", item=item["id"], **said).status_code == 200
    rita = visitor(app, "reviewer")
    found = rita.json("/worth.json")
    assert found["ready"]
    assert found["seconds"] == 4.0
    assert found["says"] in rita.get("/worth").text.replace("&#39;", "'")
    table = rita.get("/worth/chart/0.csv").text.splitlines()
    assert len(table) > 6
    assert len(labels.answers.all()) == 160
    assert bob.get("/worth").status_code == 403
