import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "serving.py"


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="CPU time of a process is read from /proc")
def test_a_row_of_40_columns_and_400_trees_costs_what_is_promised():
    spec = importlib.util.spec_from_file_location("benchmark_serving", SCRIPT)
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    found = benchmark.measure(600)
    assert found["in process: a row answered"] < 300
    assert found["in process: a row answered"] - found["bare ONNX Runtime call"] < 100
    assert found["milepost"] < found["plain FastAPI"]
