"""Where no twin can be made the judged model ships, and says so."""

from __future__ import annotations

import numpy as np

from milepost.graphs.session import session
from milepost.modalities.feeds import answers
from milepost.project.tell import onlooker
from milepost.steps.material import recipe_of
from milepost.steps.work import Talk


def shipped(project):
    """What the graph says of the opened rows, and what was judged."""
    work = onlooker(project.road, "final")
    wires = {column.name: column.wire for column in recipe_of(work).schema.inputs}
    graph = session(work.blobs.get(work.artifact("final", "graph")))
    said = answers(graph, work.rows("test"), wires)["value"][:, 0]
    return said, work.array("final", "prediction")


def test_the_twin_has_learnt_from_the_opened_rows(fickle) -> None:
    project = fickle("")
    project.step("final", Talk(yes=True))
    assert project.found("final").refit == "all"
    assert project.found("final").instead == ""
    said, judged = shipped(project)
    assert np.abs(said - judged).max() > 0.01


def test_the_judged_model_ships_where_a_member_fails_with_the_opened_rows(fickle) -> None:
    rows = onlooker(fickle("").road, "tune").rows("development").height
    project = fickle(f"above {rows} raise")
    done, found = project.step("final", Talk(yes=True)), project.found("final")
    assert found.refit == "development"
    assert found.lost == ()
    assert found.expected == project.found("tune").corrected
    assert "There is no twin on all labelled rows" in done.reason
    assert "fickle-" in found.instead
    assert "ValueError: the second fit is too much" in found.instead
    said, judged = shipped(project)
    np.testing.assert_allclose(said, judged, rtol=1e-4, atol=1e-5)


def test_the_judged_model_ships_where_the_twin_has_no_graph(fickle) -> None:
    rows = onlooker(fickle("").road, "tune").rows("development").height
    project = fickle(f"above {rows} crooked")
    project.step("final", Talk(yes=True))
    found = project.found("final")
    assert (found.refit, found.lost, found.missing) == ("development", (), ())
    assert "no twin on all labelled rows (its graph is up to" in found.instead
    said, judged = shipped(project)
    np.testing.assert_allclose(said, judged, rtol=1e-4, atol=1e-5)
