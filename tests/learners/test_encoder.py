"""The encoder's graph gives what it gives itself, and pieces are where the rows are."""

from dataclasses import replace

import numpy as np
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.compare import compare
from milepost.learners.encoder import CLIP, MOST, Encoder, robust


def made(pieces: int = 5, codes: tuple[int, ...] = (0, 4, 0, 0)) -> tuple[Encoder, np.ndarray]:
    rng = np.random.default_rng(0)
    x = np.column_stack(
        [rng.normal(size=300), rng.integers(0, 4, 300), rng.integers(0, 2, 300), rng.exponential(size=300)]
    ).astype(np.float32)
    found = Encoder.of(x, codes, pieces, 8)
    tables = tuple(rng.normal(size=table.shape).astype(np.float32) for table in found.tables)
    return replace(found, tables=tables), x


@pytest.mark.parametrize("pieces", [0, 5])
@pytest.mark.parametrize("codes", [(), (0, 4, 0, 0)])
def test_the_graph_gives_the_same(pieces, codes):
    encoder, x = made(pieces, codes)
    x[0] = [1e9, 3, -1e9, np.float32(1e30)]
    builder = Builder()
    features = builder.input("features", "float", 4)
    builder.output(encoder.emit(builder, features), "raw", "float", encoder.width)
    assert encoder.raw(x).shape == (300, encoder.width)
    assert compare(builder.model(), {"features": x}, {"raw": encoder.raw(x)}, most=50) < 1e-6


def test_pieces_are_cut_at_quantiles_and_not_for_two_values():
    encoder, x = made()
    counts = np.bincount(encoder.pieces, minlength=3)
    assert counts.tolist() == [5, 0, 5]
    first = encoder.raw(x)[:, 3:8]
    assert ((first == 1).sum(axis=1) + ((first > 0) & (first < 1)).sum(axis=1) <= 5).all()
    full = (first > 0).mean(axis=0)
    assert full == pytest.approx([1, 0.8, 0.6, 0.4, 0.2], abs=0.01)


def test_numbers_come_through_scaled_and_bent_and_codes_as_rows_of_their_table():
    encoder, x = made(0)
    x[0, 0] = 1e6
    found = encoder.raw(x)
    assert found[0, 0] == pytest.approx(CLIP, rel=1e-4)
    small = np.abs(found[:, 0]) < 0.5
    scaled = (x[small, 0] - np.median(x[1:, 0])) / np.subtract(*np.quantile(x[1:, 0], [0.75, 0.25]))
    assert found[small, 0] == pytest.approx(scaled, abs=0.03)
    assert (np.argsort(found[:, 0]) == np.argsort(x[:, 0], kind="stable")).all()
    assert found.shape[1] == 3 + 2
    assert np.array_equal(found[:, 3:], encoder.tables[0][x[:, 1].astype(int)])


@pytest.mark.filterwarnings("error")
def test_short_pieces_overflow_quietly_to_one():
    made = Encoder.of(np.float32([[0], [0], [1e-38], [1e-38], [5]] * 20), (), 4)
    assert made.span.min() < 1e-31
    assert made.raw(np.float32([[5.0]]))[0, 1:].max() == 1


def test_many_features_have_few_pieces():
    x = np.random.default_rng(0).normal(size=(100, 900)).astype(np.float32)
    assert len(Encoder.of(x, (), 32).pieces) <= MOST
    assert len(Encoder.of(np.tile(x, 6), (), 32).pieces) == 0


def test_rare_marks_are_told_apart_and_constants_are_nothing():
    marks = np.zeros((100, 3), np.float32)
    marks[:5, 0], marks[:, 1], marks[:, 2] = 1, 7, np.r_[np.zeros(99), 1e-30]
    encoder = Encoder.of(marks, (), 4)
    found = encoder.raw(marks)
    assert np.ptp(found[:, 0]) > 1
    assert not found[:, 1].any()
    assert np.isfinite(found).all()
    assert robust(marks[:0])[1].tolist() == [1, 1, 1]
