"""Bytes that are foretold are those of the graph that ships."""

from dataclasses import replace

import pytest

from milepost.graphs.slim import packed
from milepost.training.assemble import Assembly, Member
from milepost.training.bulk import bulk
from milepost.training.fit import Config, Fit, run, train


@pytest.mark.parametrize("rounds", [5, 200])
def test_they_are_those_of_the_assembled_graph(make, rounds) -> None:
    material = make(400)
    config = Config("lightgbm", {"num_leaves": 31, "rounds": rounds})
    prepared = material.prepared(0, "trees")
    model = train(prepared, Fit(config, 0, rounds=rounds))
    member = Member(config, 1.0, prepared.transform, prepared.head, model)
    whole = len(packed(Assembly(material.task, material.recipe.schema, [member], ("identity",)).graph()))
    models, features = bulk(prepared, model, material.recipe.schema)
    assert models > 0
    assert features > 0
    assert models + features == pytest.approx(whole, rel=0.02, abs=3000)


def test_a_fit_is_weighed_where_that_is_asked_for(make) -> None:
    material, fit = make(200), Fit(Config("lightgbm", {"num_leaves": 4, "rounds": 30}), 0)
    assert run(material, fit).bytes == 0
    found = run(replace(material, weighed=True), fit)
    assert found.bytes > 0
    assert found.view_bytes > 0
