"""The registry finds our own modules and a project's plugins, and names what is missing."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from milepost import registry
from milepost.errors import UsageError
from milepost.metrics import METRICS
from milepost.registry import Registry, import_file, import_source, load_plugins, trusted

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


def test_a_plugin_is_never_away_while_threads_load_it_again(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(PLUGIN.replace("largest_error_of_all", "largest_error_of_many"))
    load_plugins(tmp_path)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads take turns as often as they can
    try:
        with ThreadPoolExecutor(4) as pool:
            loading = [pool.submit(load_plugins, tmp_path) for _ in range(1000)]
            seen = []
            while not loading[-1].done():
                seen.append("largest_error_of_many" in METRICS)
            assert all(load.result() == ("mine.py",) for load in loading)
    finally:
        sys.setswitchinterval(before)
    assert len(seen) > 100
    assert all(seen)


def test_a_plugin_counts_for_its_own_project_only(tmp_path: Path) -> None:
    for place, factor in (("one", 1), ("two", 2), ("none", 0)):
        (tmp_path / place).mkdir()
        text = PLUGIN.replace("abs(truth", f"{factor} * abs(truth")
        if factor:
            (tmp_path / place / "mine.py").write_text(text)
    for place, worst in (("one", 3.0), ("two", 6.0), ("one", 3.0)):
        load_plugins(tmp_path / place)
        assert METRICS["largest_error_of_all"]([1.0, 2.0], [1.0, 5.0]) == worst
    load_plugins(tmp_path / "none")
    assert "largest_error_of_all" not in METRICS
    assert "roc_auc" in METRICS


def test_a_plugin_may_be_the_first_to_ask_a_registry(tmp_path: Path) -> None:
    code = "from milepost.modalities.base import modalities\nassert 'number' in modalities\n"
    (tmp_path / "asks.py").write_text(code)
    script = (
        "import sys; from pathlib import Path; from milepost.registry import load_plugins\n"
        "load_plugins(Path(sys.argv[1])); load_plugins(Path('nowhere'))\n"
        "from milepost.modalities.base import modalities; print(sorted(modalities))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True)
    kinds = ["category", "image", "moment", "number", "place", "sound", "text"]
    assert done.stdout.strip() == str(kinds), done.stderr


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


def test_what_a_project_brought_is_listed_and_its_code_may_run(tmp_path: Path) -> None:
    registry._allowed.clear()
    load_plugins(tmp_path)
    assert not trusted()
    assert METRICS.guests == ()
    (tmp_path / "mine.py").write_text(PLUGIN)
    try:
        load_plugins(tmp_path)
        assert METRICS.guests == ("largest_error_of_all",)
        assert trusted()
    finally:
        load_plugins(tmp_path / "none")
        registry._allowed.clear()


def test_source_that_a_package_carries_becomes_its_module_again() -> None:
    module = import_source("milepost_plugin_carried_0", "carried.py", b"ANSWER = 42")
    assert sys.modules.pop(module.__name__).ANSWER == 42
    with pytest.raises(UsageError, match="'carried.py' raised ZeroDivisionError"):
        import_source("milepost_plugin_carried_1", "carried.py", b"1 / 0")
    assert "milepost_plugin_carried_1" not in sys.modules
