"""The registry finds our own modules and a project's plugins, and names what is missing."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from milepost.errors import UsageError
from milepost.metrics import METRICS
from milepost.registry import Registry, import_file, load_plugins

PLUGIN = """
from milepost.metrics import metric

@metric(better="lower", reads="values", tasks=("regression",), says="{value}", kind="loss", perfect=0.0)
def largest_error_of_all(truth, prediction, weight=None):
    return float(abs(truth - prediction).max())
"""


def test_a_folder_is_loaded_on_first_use() -> None:
    from milepost.modalities.base import modalities

    assert {"number", "category", "moment", "place"} <= set(modalities)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    things = Registry[int]("thing", "milepost.engines")
    things.add("target", 1)
    with pytest.raises(UsageError, match="no thing 'targt'. Did you mean 'target'"):
        things["targt"]


def test_a_projects_plugin_registers_itself(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(PLUGIN)
    assert load_plugins(tmp_path) == ("mine.py",)
    assert METRICS["largest_error_of_all"]([1.0, 2.0], [1.0, 5.0]) == 3.0


def test_a_plugin_that_raises_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("1 / 0")
    with pytest.raises(UsageError, match=r"'bad.py' raised ZeroDivisionError"):
        load_plugins(tmp_path)
    with pytest.raises(UsageError, match="no Python file"):
        import_file(tmp_path / "absent.py")
    assert load_plugins(tmp_path / "no such folder") == ()


def test_threads_that_come_together_all_find_everything(monkeypatch) -> None:
    """A second thread waits until the first one has found all, and does not take nothing for an answer."""
    things = Registry[int]("thing", "milepost.engines")

    def find() -> None:
        time.sleep(0.2)
        things.add("one", 1)

    def ask(wait: float) -> int:
        time.sleep(wait)
        return things["one"]

    monkeypatch.setattr(things, "_find", find)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, [0.0, 0.1])) == [1, 1]
