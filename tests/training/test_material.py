"""Matrices are made once, on training rows only, and rows are told apart from repeats."""

import numpy as np

from milepost.training import material as module


def test_matrices_are_made_once_and_their_cost_is_known(make) -> None:
    material = make()
    first = material.prepared(0, "trees")
    assert material.prepared(0, "trees") is first
    assert len(material.seconds["trees"]) == 1
    assert len(first.train.x) == len(material.folds[0].train)
    assert len(first.valid.x) == len(material.folds[0].valid)
    assert material.prepared(-1, "trees").valid is None


def test_memory_is_bounded(make, monkeypatch) -> None:
    monkeypatch.setattr(module, "CACHE_BYTES", 1)
    material = make()
    for fold in range(3):
        material.prepared(fold, "dense")
    assert material.evicted == 1


def test_repeats_judge_rows_again(make) -> None:
    material = make(120, parts=3, repeats=2)
    assert len(material.scored) == 240
    assert len(np.unique(material.units)) == 120
    assert np.bincount(material.fold_of).sum() == 240


def test_fewer_rows_are_a_part_of_more(make) -> None:
    material = make()
    few, more = material.train_rows(0, 20), material.train_rows(0)
    assert len(few) == 20
    assert set(few) < set(more)
    assert (material.train_rows(0, 20) == few).all()


def test_where_nothing_is_coded_a_network_shares_the_matrices_of_a_line(make) -> None:
    material = make()
    shared = material.recipe.view("network") == "dense"
    assert (material.prepared(0, "network") is material.prepared(0, "dense")) == shared
    assert len(material.seconds["network"]) == 1
    coded = material.prepared(0, "network").train.codes
    assert bool(coded) != shared
