"""What is remembered comes back as it was."""

import numpy as np
import pytest

from milepost.learners.base import Point
from milepost.store.blobs import Blobs
from milepost.store.rows import Rows
from milepost.training.fit import Fitted
from milepost.training.memory import Remembered


@pytest.fixture
def memory(tmp_path) -> Remembered:
    return Remembered(Rows(tmp_path / "rows.db"), Blobs(tmp_path / "blobs"))


def fitted(rows: int, cut: bool = False) -> Fitted:
    return Fitted(
        np.arange(rows, dtype=np.float32), 0.5, 7, (Point(1, 0.9, 0.8), Point(2, 0.8, 0.7)), 1.5, cut
    )


def plain(fit: Fitted) -> dict:
    return {**vars(fit), "prediction": fit.prediction.tolist()}


def test_a_fit(memory: Remembered) -> None:
    memory.remember("a", fitted(5))
    assert plain(memory.recall("a")) == plain(fitted(5))
    assert memory.recall("b") is None


def test_a_fit_that_was_cut_says_so_and_the_newest_counts(memory: Remembered) -> None:
    memory.remember("a", fitted(5, cut=True))
    assert memory.recall("a").cut
    memory.remember("a", fitted(5))
    assert not memory.recall("a").cut


def test_all_folds_of_a_configuration_at_once(memory: Remembered) -> None:
    memory.remember_all("a", [fitted(5), fitted(3)])
    assert [plain(fit) for fit in memory.recall_all("a")] == [plain(fitted(5)), plain(fitted(3))]
    assert memory.recall_all("b") is None
    assert memory.recall("a") is None


def test_running_fits_have_a_file_where_there_is_a_folder(tmp_path, memory: Remembered) -> None:
    assert memory.checkpoint("a" * 64) is None
    kept = Remembered(memory.rows, memory.blobs, tmp_path / "checkpoints")
    assert kept.checkpoint("a" * 64).parent == tmp_path / "checkpoints"
    assert kept.checkpoint("a" * 64) != kept.checkpoint("b" * 64)
